package memmarketplace_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/memstore/memmarketplace"
	"github.com/megilance/lance/storage/storagetest/markettest"
)

type (
	escrowTx = memescrow.Tx
	marketTx = memmarketplace.Tx
)

// tx is the marketplace with escrow below it, and nothing else.
type tx struct {
	*memkit.Tx
	escrowTx
	marketTx
}

func bind(t *memkit.Tx) tx { return tx{t, memescrow.Bind(t), memmarketplace.Bind(t)} }

func harness() markettest.Harness[tx] {
	return markettest.Harness[tx]{Open: func(_ *testing.T, clock lance.Clock) lance.Runner[tx] {
		return memkit.New(&memkit.Options{Clock: clock}, bind, memescrow.OnSeal)
	}}
}

func TestMarketplace(t *testing.T) {
	t.Parallel()
	markettest.Run(t, harness())
}
