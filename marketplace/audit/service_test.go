package audit_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/audit"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore"
)

func TestOnlyAdministratorsAsk(t *testing.T) {
	t.Parallel()
	engine, err := marketplace.New(marketplace.Config{
		Store: memstore.New(nil), Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	require.NoError(t, err)
	s, of := engine.Audit, lance.Ref{Kind: "top_up", ID: "1"}
	for name, ask := range map[string]func(context.Context, lance.Actor) error{
		"events": func(ctx context.Context, by lance.Actor) error {
			_, err := s.Events(ctx, by, audit.Query{})
			return err
		},
		"stream": func(ctx context.Context, by lance.Actor) error { _, err := s.Stream(ctx, by, of); return err },
		"parked": func(ctx context.Context, by lance.Actor) error { _, err := s.Parked(ctx, by); return err },
		"unpark": func(ctx context.Context, by lance.Actor) error {
			_, err := s.Unpark(ctx, by, "payments.intake", of)
			return err
		},
		"dead":   func(ctx context.Context, by lance.Actor) error { _, err := s.Dead(ctx, by, ""); return err },
		"revive": func(ctx context.Context, by lance.Actor) error { _, err := s.Revive(ctx, by, "x", "y"); return err },
	} {
		require.ErrorIs(t, ask(t.Context(), lance.Actor{}), lance.Unauthorized, name)
		require.ErrorIs(t, ask(t.Context(), lance.Person("ada")), lance.Forbidden, name)
		if err := ask(t.Context(), lance.Person("root", lance.RoleAdmin)); name != "revive" {
			require.NoError(t, err, name)
		} else {
			require.ErrorIs(t, err, lance.NotFound)
		}
	}
}
