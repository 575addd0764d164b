package ledger

import (
	"context"
	"slices"

	"github.com/megilance/lance"
)

// corrected returns by how much the transfers that a set corrects are corrected
// already. It takes their locks, so that two sets cannot both correct the rest.
func corrected(ctx context.Context, r Repos, ts []Transfer) (map[TransferID]int64, error) {
	q := Query{}
	var refs []lance.Ref
	for i := range ts {
		if id := ts[i].Corrects; id != "" && !slices.Contains(q.Corrects, id) {
			q.Corrects, refs = append(q.Corrects, id), append(refs, id.Ref())
		}
	}
	if len(refs) == 0 {
		return nil, nil //nolint:nilnil // nothing is corrected, and nothing wrong
	}
	if err := r.Lock(ctx, refs...); err != nil {
		return nil, err
	}
	found, err := r.Ledger().Find(ctx, q)
	sums := make(map[TransferID]int64, len(refs))
	for i := range found {
		sums[found[i].Corrects] += found[i].Amount.Minor()
	}
	return sums, err
}

// mend counts a correction, which must not be of more than was moved.
func (b *books) mend(t *Transfer) error {
	if t.Corrects == "" {
		return nil
	}
	wrong := b.known[t.Corrects]
	if wrong == nil {
		return lance.E(lance.NotFound, "transfer_not_found", "there is no transfer of that name to correct")
	}
	if t.Amount.Currency() != wrong.Amount.Currency() || t.Amount.Minor() > wrong.correctable()-b.mended[wrong.ID] {
		return lance.E(lance.Precondition, "correction_exceeds", "a transfer is corrected by no more than it moved, in its currency")
	}
	b.mended[wrong.ID] += t.Amount.Minor()
	return nil
}
