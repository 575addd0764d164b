package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/auth/throttle"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/refserver/api"
	"github.com/megilance/lance/storage/memblob"
	"github.com/megilance/lance/storage/memstore"
)

// What a server says it can do follows from what it was given.
func TestCapabilitiesAreWhatIsWired(t *testing.T) {
	t.Parallel()
	ask := func(c marketplace.Config, open bool) map[string]string {
		store := memstore.New(nil)
		c.Store, c.Payments = store, payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}}
		engine, err := marketplace.New(c)
		require.NoError(t, err)
		rec := httptest.NewRecorder()
		api.New(api.Options{Engine: engine, Store: store, Log: slog.New(slog.DiscardHandler), OpenSkills: open}).
			ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/capabilities", http.NoBody))
		require.Equal(t, http.StatusOK, rec.Code)
		var said struct {
			Test    bool
			Systems []struct{ System, State string }
		}
		require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &said))
		require.False(t, said.Test, "there are no levers")
		states := map[string]string{}
		for _, s := range said.Systems {
			states[s.System] = s.State
		}
		return states
	}
	require.Equal(t, map[string]string{
		"payments": "test", "mail": "off", "files": "off", "checkpoints": "off", "throttle": "off", "clock lever": "off", "open skills": "off",
	}, ask(marketplace.Config{}, false))
	require.Equal(t, map[string]string{
		"payments": "test", "mail": "off", "files": "real", "checkpoints": "off", "throttle": "real", "clock lever": "off", "open skills": "real",
	}, ask(marketplace.Config{Blobs: memblob.New(), Auth: auth.Options{Throttle: throttle.New(throttle.Options{})}}, true))
}
