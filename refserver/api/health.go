package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
)

// MaxBehind is how old what waits to be sealed may be before the server says
// that it is not ready: nothing that goes on by itself is done then.
const MaxBehind = time.Minute

func serverOperations() []Operation {
	return []Operation{
		{ID: "get-health", Method: http.MethodGet, Path: "/healthz", Summary: "Whether the process answers", Tag: "Server", Policy: Public, do: do(getHealth)},
		{ID: "get-readiness", Method: http.MethodGet, Path: "/readyz", Summary: "Whether the server can work: it asks the database, and whether the log is being sealed", Tag: "Server", Policy: Public, do: do(getReadiness)},
		{ID: "get-capabilities", Method: http.MethodGet, Path: "/v1/capabilities", Summary: "What is wired here and what is not", Tag: "Server", Policy: Public, do: do(getCapabilities)},
	}
}

// health says that all is well; what is not is a problem.
type health struct {
	Status string `json:"status" enum:"ok"`
}

func getHealth(context.Context, *Call, *struct{}) (*health, error) { return &health{"ok"}, nil }

func getReadiness(ctx context.Context, c *Call, _ *struct{}) (*health, error) {
	if err := c.store.Ready(ctx); err != nil {
		return nil, lance.E(lance.Unavailable, "store_unready", "the database cannot be worked with").Cause(err)
	}
	err := c.store.View(ctx, func(ctx context.Context, r marketplace.Repos) error {
		waits, err := r.Log().Backlog(ctx)
		if err == nil && waits.Count > 0 && r.Now().Sub(waits.Oldest) > MaxBehind {
			err = lance.E(lance.Unavailable, "log_behind", "nothing has sealed the log for a while")
		}
		return err
	})
	if err == nil {
		err = c.Engine.Ledger.Covered(ctx)
	}
	if err != nil {
		return nil, err
	}
	return &health{"ok"}, nil
}
