package memescrow

import (
	"context"
	"slices"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Agreements is the store of agreements.
func (t Tx) Agreements() escrow.Store {
	return agreements{memkit.Rows[escrow.ID](t.Tx, escrow.Table)}
}

type agreements struct {
	lance.Rows[escrow.Agreement, escrow.ID]
}

// HeldBy sums up what the agreements that a party pays for hold.
func (s agreements) HeldBy(ctx context.Context, payer lance.PartyID) ([]lance.Money, error) {
	holding, err := s.Find(ctx, lance.Filter{
		Eq: map[string]any{"payer": string(payer)},
		In: map[string][]string{"state": {string(escrow.Funded), string(escrow.Submitted), string(escrow.Frozen)}},
	})
	var sums []lance.Money
	for _, a := range holding {
		if a.Held.IsZero() {
			continue
		}
		if sums, err = addTo(sums, a.Held); err != nil {
			return nil, err
		}
	}
	return sums, err
}

// addTo adds an amount to the sum in its currency; sums are in order of codes.
func addTo(sums []lance.Money, m lance.Money) (_ []lance.Money, err error) {
	i, found := slices.BinarySearchFunc(sums, m.Currency().Code(), func(s lance.Money, code string) int {
		return strings.Compare(s.Currency().Code(), code)
	})
	if !found {
		return slices.Insert(sums, i, m), nil
	}
	sums[i], err = sums[i].Add(m)
	return sums, err
}
