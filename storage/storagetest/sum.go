package storagetest

import (
	"context"
	"maps"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/storagetest/authtest"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
	"github.com/megilance/lance/storage/storagetest/markettest"
	"github.com/megilance/lance/storage/storagetest/paytest"
)

// RunSum proves of an adapter that is a sum of parts what only the sum can get
// wrong. It is for one whose parts each pass the suite of their own domain, and
// whose kernel passes basetest; Run is for all others. Here:
//
//   - every accessor of driver.Repos is bound, to a store that works;
//   - every write method of every domain works in the one transaction and rolls
//     back with it, with a savepoint, and with each kind of host transaction;
//   - the whole job runs, alone and in a host's transactions.
func RunSum(t *testing.T, h Harness) {
	parts := parts(h)
	t.Run("every_accessor_is_bound", func(t *testing.T) {
		t.Parallel()
		checkAccessors(t, h, parts)
	})
	for name, part := range parts {
		t.Run(name+"_writes", func(t *testing.T) {
			t.Parallel()
			basetest.CheckWrites(t, part)
		})
	}
	t.Run("flow", func(t *testing.T) {
		t.Parallel()
		RunFlow(t, h)
	})
}

// parts are the write methods of each domain.
func parts(h Harness) map[string]basetest.Writes[driver.Repos] {
	market := markettest.Writes(markettest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts})
	return map[string]basetest.Writes[driver.Repos]{
		"escrow":   escrowtest.Writes(escrowtest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts}),
		"dispute":  escrowtest.DisputeWrites(escrowtest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts}),
		"auth":     authtest.Writes(authtest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts}),
		"payments": paytest.Writes(paytest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts}),
		"taxonomy": market[0], "profile": market[1], "work": market[2],
	}
}

// checkAccessors asks the sum for every store there is: none is missing, each is
// one whose write methods are among those of the parts, and each that has plain
// rows can read them. The kernel's own are basetest's to prove.
func checkAccessors(t *testing.T, h Harness, parts map[string]basetest.Writes[driver.Repos]) {
	t.Helper()
	stores := map[string]reflect.Type{"Ledger": reflect.TypeFor[ledger.Store]()} // written to all through the flow
	for _, part := range parts {
		maps.Copy(stores, part.Stores)
	}
	kernel := reflect.TypeFor[lance.Repos]()
	require.NoError(t, h.Open(t, clocktest.At(epoch)).View(t.Context(), func(ctx context.Context, r driver.Repos) error {
		for m := range reflect.TypeFor[driver.Repos]().Methods() {
			if _, base := kernel.MethodByName(m.Name); base {
				continue
			}
			require.Equal(t, stores[m.Name], m.Type.Out(0), "the write methods of %s are nobody's to prove", m.Name)
			store := reflect.ValueOf(r).MethodByName(m.Name).Call(nil)[0]
			require.False(t, store.IsNil(), m.Name)
			if find := store.MethodByName("Find"); find.IsValid() && find.Type().In(1) == reflect.TypeFor[lance.Filter]() {
				out := find.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(lance.Filter{})})
				require.True(t, out[1].IsNil(), "%s: %v", m.Name, out[1])
			}
		}
		return nil
	}))
}
