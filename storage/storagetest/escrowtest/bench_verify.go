package escrowtest

import (
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
			if err := p.fill(b, size); err != nil {
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

// fill posts so many transfers in sets of 1,000 and seals them.
func (p *Posting[R]) fill(b *testing.B, transfers int) error {
	b.Helper()
	worker := lance.NewWorker(p.db, lance.Jobs[R]{}, &lance.Budget{Seal: 10_000})
	for n := 0; n < transfers; n += 1000 {
		set := make([]ledger.Transfer, 1000)
		for i := range set {
			from, k := int64(i), strconv.Itoa(n+i)
			set[i] = p.transfer("pay", k, p.party(from), p.party((from+1+int64(n/1000))%1000), 1)
			if set[i].Debit == set[i].Credit {
				set[i].Credit = ledger.Fee(lance.USD)
			}
		}
		if err := p.post(b.Context(), set...); err != nil {
			return err
		}
		if n%10_000 == 0 {
			if _, err := worker.Step(b.Context(), lance.SystemClock().Now()); err != nil {
				return err
			}
		}
	}
	_, err := worker.Drain(b.Context(), lance.SystemClock().Now(), transfers)
	return err
}
