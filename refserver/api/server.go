package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/refserver/levers"
	"github.com/megilance/lance/refserver/problem"
	"github.com/megilance/lance/storage/driver"
)

// MaxBody bounds the body of a request, in bytes; an upload has its own bound.
const MaxBody = 1 << 20

// Options are what a server is made of. Engine, Store and Log are needed.
type Options struct {
	Engine     *marketplace.Engine
	Store      driver.Store
	Log        *slog.Logger
	Entropy    lance.Entropy  // of request identifiers; nil is the system's
	Proxies    []netip.Prefix // whose X-Forwarded-For is believed; none by default
	Secure     bool           // cookies go over HTTPS only
	OpenSkills bool           // who names a skill that is not known makes it known
	Levers     *levers.Levers // what a test store has besides; nil in a live one
	Version    string         // of this program, for the documents
}

// Server answers requests. It is an http.Handler.
type Server struct {
	Options
	store driver.Store
	mux   *http.ServeMux
	huma  huma.API
}

// New makes a server of all Operations.
func New(o Options) *Server {
	if o.Entropy == nil {
		o.Entropy = lance.SystemEntropy()
	}
	s := &Server{Options: o, store: o.Store, mux: http.NewServeMux()}
	s.huma = humago.New(s.mux, s.config())
	for _, op := range Operations() {
		if !op.Test || o.Levers != nil {
			op.do(s, &op)
		}
	}
	s.pages()
	return s
}

// Operations returns the whole contract, in the order of the documents.
func Operations() []Operation {
	return slices.Concat(
		authOperations(), meOperations(), userOperations(),
		taxonomyOperations(), profileOperations(),
		projectOperations(), proposalOperations(), contractOperations(), milestoneOperations(), fileOperations(), reviewOperations(),
		walletOperations(), chargebackOperations(), agreementOperations(), disputeOperations(), guaranteeOperations(), adminOperations(), verificationOperations(), leverOperations(), serverOperations(),
	)
}

// ServeHTTP answers a request, or says that there is no such thing here.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.logged(w, r, func(w http.ResponseWriter, r *http.Request) {
		if p := refuse(r); p != nil {
			p.In(r.Context()).Write(w)
			return
		}
		handler, pattern := s.mux.Handler(r)
		if pattern == "" {
			s.unknown(w, r, handler)
			return
		}
		s.mux.ServeHTTP(w, r)
	})
}

// unknown answers for what has no handler: 404, or 405 with the methods that
// there are.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request, refusal http.Handler) {
	probe := &probe{header: http.Header{}}
	refusal.ServeHTTP(probe, r)
	p := problem.New(http.StatusNotFound, "not_found", "there is nothing at this address")
	if allow := probe.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		p = problem.New(http.StatusMethodNotAllowed, "method_not_allowed", "this address does not take the method")
	}
	p.In(r.Context()).Write(w)
}

// probe is a response that nobody reads: it shows which headers would be sent.
type probe struct{ header http.Header }

// Header returns the headers.
func (p *probe) Header() http.Header { return p.header }

// Write takes everything and keeps nothing.
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader keeps nothing.
func (p *probe) WriteHeader(int) {}

// told logs what the client is not told: the cause of an Internal fault.
func (s *Server) told(ctx context.Context, p *problem.Problem, err error) {
	if p.Status >= http.StatusInternalServerError {
		s.Log.ErrorContext(ctx, "request failed", "request", problem.RequestID(ctx), "status", p.Status, "code", lance.CodeOf(err), "error", err)
	}
}
