package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"
	"unicode"

	"github.com/megilance/lance"
	"github.com/megilance/lance/refserver/problem"
)

// line is what the access log says of a request.
type line struct {
	http.ResponseWriter
	status int
	bytes  int
	actor  string
}

type lineKey struct{}

// WriteHeader notes the status.
func (l *line) WriteHeader(status int) {
	if l.status == 0 {
		l.status = status
	}
	l.ResponseWriter.WriteHeader(status)
}

// Write notes how much was written.
func (l *line) Write(b []byte) (int, error) {
	if l.status == 0 {
		l.status = http.StatusOK
	}
	n, err := l.ResponseWriter.Write(b)
	l.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach what lies below.
func (l *line) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// logged gives a request its identifier, answers a panic, and writes a line of
// the access log. It logs the path and never the query, a body or a header.
func (s *Server) logged(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	began := time.Now()
	id := r.Header.Get("X-Request-ID")
	if !requestName(id) {
		id = lance.NewID[string]("req", world{s.Entropy})
	}
	l := &line{ResponseWriter: w}
	ctx := context.WithValue(problem.WithRequestID(r.Context(), id), lineKey{}, l)
	h := w.Header()
	h.Set("X-Request-ID", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	defer func() {
		if v := recover(); v != nil {
			s.Log.ErrorContext(ctx, "request panicked", "request", id, "panic", v, "stack", string(debug.Stack()))
			if l.status == 0 {
				problem.Of(ctx, lance.Internal).Write(l)
			}
		}
		s.Log.LogAttrs(ctx, slog.LevelInfo, "request",
			slog.String("request", id), slog.String("method", method(r)), slog.String("path", clip(r.URL.Path)),
			slog.Int("status", l.status), slog.Int("bytes", l.bytes), slog.Int64("ms", time.Since(began).Milliseconds()),
			slog.String("ip", s.address(r)), slog.String("actor", l.actor))
	}()
	serve(l, r.WithContext(ctx))
}

// requestName reports whether a client's own identifier of a request may be used.
func requestName(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	for _, c := range s {
		if c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// method is a method as the log shows it: a client may send any word.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

func clip(s string) string { return s[:min(len(s), 200)] }

// world makes identifiers of requests at the machine's time.
type world struct{ entropy lance.Entropy }

// Now returns the machine's time.
func (world) Now() time.Time { return lance.Instant(time.Now()) }

// Entropy returns the server's.
func (w world) Entropy() lance.Entropy { return w.entropy }

// parseQuery reads a query strictly: what net/url takes silently is refused.
func parseQuery(raw string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, err
	}
	for name, values := range query {
		for _, v := range append(values, name) {
			if !printable(v) {
				return nil, lance.E(lance.Invalid, "text_utf8", "the query is not text")
			}
		}
	}
	return query, nil
}
