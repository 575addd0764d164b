package api_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/refserver/api"
	"github.com/megilance/lance/storage/memstore"
)

// The engine over HTTP, in a process of the host's own.
func Example() {
	store := memstore.New(nil)
	engine, err := marketplace.New(marketplace.Config{
		Store:    store,
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(api.New(api.Options{Engine: engine, Store: store, Log: slog.New(slog.DiscardHandler)}))
	defer server.Close()

	answer, err := http.Get(server.URL + "/v1/projects") //nolint:noctx // an example
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	fmt.Print(answer.Status, " ", string(body))
	// Output:
	// 200 OK {"items":[],"next_cursor":null}
}
