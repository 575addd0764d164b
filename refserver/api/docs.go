package api

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the page of the documents
	"io"
	"net/http"
	"strings"

	"github.com/megilance/lance/refserver/problem"
)

// scalar is @scalar/api-reference 1.46.4 (MIT), its file standalone.js packed by
// gzip. Nothing of the page comes from elsewhere.
//
//go:embed assets/scalar.js.gz
var scalar []byte

const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>lance: the HTTP API</title>
</head>
<body>
<noscript>This page needs JavaScript. The document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script id="api-reference" data-url="/openapi.json" data-configuration='{"withDefaultFonts":false,"hideClientButton":true,"showDeveloperTools":"never","telemetry":false,"agent":{"disabled":true},"mcp":{"disabled":true}}'></script>
<script src="/docs/scalar.js"></script>
</body>
</html>
`

// docsPolicy lets the page load what this server has and nothing else. Scalar
// sets its styles in the page.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// pages adds what is served beside the operations: the document and a page that
// shows it.
func (s *Server) pages() {
	s.mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, r *http.Request) {
		doc, err := s.Document()
		if err != nil {
			problem.Of(r.Context(), err).Write(w)
			return
		}
		send(w, "application/openapi+json", doc)
	})
	s.mux.HandleFunc("GET /docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		send(w, "text/html; charset=utf-8", []byte(docsPage))
	})
	s.mux.HandleFunc("GET /docs/scalar.js", script)
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/docs", http.StatusSeeOther) })
}

func send(w http.ResponseWriter, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(body) // a client that has gone hears nothing
}

// script sends the page's script, packed to those who can unpack it.
func script(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Header().Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(scalar)
		return
	}
	plain, err := gzip.NewReader(bytes.NewReader(scalar))
	if err != nil {
		problem.Of(r.Context(), err).Write(w)
		return
	}
	_, _ = io.Copy(w, plain) //nolint:gosec // our own file, of known size
}
