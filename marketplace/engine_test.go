package marketplace_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore"
)

func TestAnEngineSaysWhatItNeeds(t *testing.T) {
	t.Parallel()
	_, err := marketplace.New(marketplace.Config{})
	require.ErrorIs(t, err, lance.Invalid)
	require.Equal(t, "store_required", lance.CodeOf(err))
	_, err = marketplace.New(marketplace.Config{Store: memstore.New(nil)})
	require.ErrorIs(t, err, lance.Invalid)
}

func TestRunWorksUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	engine, err := marketplace.New(marketplace.Config{
		Store:    memstore.New(nil),
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	require.NoError(t, err)
	client := lance.Person("42")
	top, err := engine.Payments.TopUp(t.Context(), client, payments.TopUpInput{Amount: lance.NewMoney(100, lance.USD), Method: sandbox.MethodOK})
	require.NoError(t, err)
	require.Equal(t, payments.Confirmed, top.State)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- engine.Run(ctx, time.Millisecond, func(rep lance.Report, err error) {
			if err != nil || len(rep.Faults)+len(rep.Parked) > 0 {
				t.Error(rep, err)
			}
		})
	}()
	require.Eventually(t, func() bool {
		rep, err := engine.Step(t.Context(), time.Now())
		return err == nil && rep.Idle()
	}, 30*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
}
