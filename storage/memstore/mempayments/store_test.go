package mempayments_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/memstore/mempayments"
	"github.com/megilance/lance/storage/storagetest/paytest"
)

var harness = paytest.Harness[mempayments.Tx]{
	Open: func(_ *testing.T, clock lance.Clock) lance.Runner[mempayments.Tx] {
		return mempayments.New(&memkit.Options{Clock: clock})
	},
	Histories: 10,
}

func TestPayments(t *testing.T) {
	t.Parallel()
	paytest.Run(t, harness)
}

func TestIncident(t *testing.T) {
	t.Parallel()
	paytest.RunIncidents(t, harness)
}
