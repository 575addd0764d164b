package escrowtest

import (
	"context"
	"strconv"
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// BenchVerify measures how long lance.Verify takes per transfer of books with so
// many transfers between 1,000 parties, all sealed: the figure stays flat.
func BenchVerify[R ledger.Repos](b *testing.B, open func(b *testing.B) lance.Runner[R], sizes ...int) {
	for _, size := range sizes {
		b.Run("transfers="+strconv.Itoa(size), func(b *testing.B) {
			db := open(b)
			p, err := NewPosting(b.Context(), db, Workload{Parties: 1000})
			if err != nil {
				b.Fatal(err)
			}
			if err := p.Fill(b.Context(), size); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				audit, err := lance.Verify(b.Context(), db, ledger.Scope[R](), nil)
				if err == nil {
					err = audit.Err()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size+1000), "ns/transfer")
		})
	}
}

// Fill posts transfers in sets of 1,000 until there are so many, and seals them.
// It fails as the store does.
func (p *Posting[R]) Fill(ctx context.Context, transfers int) error {
	worker := lance.NewWorker(p.db, lance.Jobs[R]{}, &lance.Budget{Seal: 10_000})
	parties := int64(p.load.Parties)
	for ; p.filled < transfers; p.filled += 1000 {
		set := make([]ledger.Transfer, 1000)
		for i := range set {
			n := int64(p.filled + i)
			set[i] = p.transfer("fill", order(), p.party(n%parties), p.party((n+1+n/parties)%parties), 1)
			if set[i].Debit == set[i].Credit {
				set[i].Credit = ledger.Fee(lance.USD)
			}
		}
		if _, err := p.to[0].Post(ctx, set...); err != nil {
			return err
		}
		if p.filled%10_000 == 0 {
			if _, err := worker.Step(ctx, lance.SystemClock().Now()); err != nil {
				return err
			}
		}
	}
	_, err := worker.Drain(ctx, lance.SystemClock().Now(), transfers)
	return err
}
