package escrowtest

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// Workload is what a benchmark of posting posts.
type Workload struct {
	Name string
	// Parties are how many take part, each with plenty of money.
	Parties int
	// Pair adds a second transfer to every set, to another party.
	Pair bool
	// Platform adds one to an account of the platform's, which is in all sets then.
	Platform bool
	// TwoPhase posts each set as a pending transfer and then resolves it, in a
	// transaction of its own.
	TwoPhase bool
	// Plain posts each set in a transaction of its own, by the function Post, where
	// else a ledger.Service does.
	Plain bool
	// Wait is how long such a transaction stays open before it commits, as a host's
	// may that it has joined.
	Wait time.Duration
}

// Workloads are those that are compared: between random parties, two transfers in
// a set, the second of them to one account of the platform's, and in two phases.
func Workloads() []Workload {
	return []Workload{
		{Name: "random", Parties: 1000},
		{Name: "pair", Parties: 1000, Pair: true},
		{Name: "platform", Parties: 1000, Platform: true},
		{Name: "two_phase", Parties: 1000, TwoPhase: true},
	}
}

// Callers are how many post at the same time in the benchmarks that are
// compared.
func Callers() []int { return []int{1, 32, 256} }

// Posting is a prepared workload on a store. Run may be called again and again.
type Posting[R ledger.Repos] struct {
	db   lance.Runner[R]
	to   []*ledger.Service
	load Workload
	run  string // tells the parties of one Posting from those of others
	next atomic.Int64

	filled int // transfers by Fill
}

// NewPosting gives each party of the workload 10,000,000.00 USD. It fails as
// the store does.
func NewPosting[R ledger.Repos](ctx context.Context, db lance.Runner[R], load Workload) (*Posting[R], error) {
	p := &Posting[R]{db: db, to: []*ledger.Service{ledger.NewService(db)}, load: load}
	err := db.View(ctx, func(_ context.Context, r R) error {
		p.run = lance.NewID[string]("run", r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for parties := range slices.Chunk(p.parties(), 500) {
		set := make([]ledger.Transfer, len(parties))
		for i, a := range parties {
			set[i] = p.transfer("top_up", order(), ledger.Clearing("bench", lance.USD), a, 1e9)
			set[i].Lot = &ledger.Lot{Provider: "bench", Method: "card"}
		}
		if _, err := p.to[0].Post(ctx, set...); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Beside lets callers use further openings of the same store in turn, as several
// processes would.
func (p *Posting[R]) Beside(db lance.Runner[R]) { p.to = append(p.to, ledger.NewService(db)) }

func (p *Posting[R]) parties() []ledger.Account {
	out := make([]ledger.Account, p.load.Parties)
	for i := range out {
		out[i] = p.party(int64(i))
	}
	return out
}

// Party returns the account of the i-th party.
func (p *Posting[R]) Party(i int) ledger.Account { return p.party(int64(i)) }

func (p *Posting[R]) party(i int64) ledger.Account {
	return ledger.Available(lance.PartyID(p.run+"/"+strconv.FormatInt(i, 10)), lance.USD)
}

// order makes the identifier of something that is paid for.
func order() string { return lance.NewID[string]("ord", machine{}) }

// machine is the world as it is.
type machine struct{}

// Now returns the time.
func (machine) Now() time.Time { return lance.SystemClock().Now() }

// Entropy returns the system's.
func (machine) Entropy() lance.Entropy { return lance.SystemEntropy() }

func (p *Posting[R]) transfer(step, subject string, debit, credit ledger.Account, minor int64) ledger.Transfer {
	ref := lance.Ref{Kind: "bench", ID: subject}
	return ledger.Transfer{
		ID: ledger.TransferIDFor(ref, step, 0), Code: ledger.CodeRelease,
		Debit: debit, Credit: credit, Amount: lance.NewMoney(minor, lance.USD), Subject: ref,
	}
}

func (p *Posting[R]) post(ctx context.Context, caller int, set ...ledger.Transfer) error {
	if !p.load.Plain {
		_, err := p.to[caller%len(p.to)].Post(ctx, set...)
		return err
	}
	return p.db.InTx(ctx, func(ctx context.Context, r R) error {
		_, err := ledger.Post(ctx, r, set...)
		time.Sleep(p.load.Wait)
		return err
	})
}

// Run posts so many sets, each by a call of its own, from so many callers
// at once, and returns how long each took, shortest first. It fails as the
// store does.
func (p *Posting[R]) Run(ctx context.Context, callers, sets int) ([]time.Duration, error) {
	var group sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(sets))
	took, faults := make([][]time.Duration, callers), make([]error, callers)
	for c := range callers {
		group.Go(func() {
			for left.Add(-1) >= 0 && faults[c] == nil {
				start := time.Now()
				faults[c] = p.one(ctx, c)
				took[c] = append(took[c], time.Since(start))
			}
		})
	}
	group.Wait()
	all := slices.Concat(took...)
	slices.Sort(all)
	for _, err := range faults {
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// one posts the next set of the workload.
func (p *Posting[R]) one(ctx context.Context, caller int) error {
	n := p.next.Add(1)
	from := mix(n) % int64(p.load.Parties)
	to := (from + 1 + mix(-n)%int64(p.load.Parties-1)) % int64(p.load.Parties)
	subject := order()
	set := []ledger.Transfer{p.transfer("pay", subject, p.party(from), p.party(to), 95)}
	if p.load.Pair {
		other := (to + 1) % int64(p.load.Parties)
		if other == from {
			other = (other + 1) % int64(p.load.Parties)
		}
		set = append(set, p.transfer("other", subject, p.party(from), p.party(other), 5))
	}
	if p.load.Platform {
		set = append(set, p.transfer("fee", subject, p.party(from), ledger.Fee(lance.USD), 5))
	}
	if !p.load.TwoPhase {
		return p.post(ctx, caller, set...)
	}
	set[0].Pending = true
	if err := p.post(ctx, caller, set...); err != nil {
		return err
	}
	done := p.transfer("done", subject, set[0].Debit, set[0].Credit, 95)
	done.Resolves = set[0].ID
	return p.post(ctx, caller, done)
}

// mix scatters a number over those that are not negative.
func mix(n int64) int64 {
	x := uint64(n) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	return int64((x ^ x>>27) >> 1)
}

// BenchPost measures every workload at every number of callers on stores that
// open makes: sets per second, and the time that half and 99 of 100 callers
// waited at most.
func BenchPost[R ledger.Repos](b *testing.B, open func(b *testing.B) lance.Runner[R]) {
	for _, load := range Workloads() {
		for _, callers := range Callers() {
			b.Run(load.Name+"/callers="+strconv.Itoa(callers), func(b *testing.B) {
				p, err := NewPosting(b.Context(), open(b), load)
				if err != nil {
					b.Fatal(err)
				}
				b.ResetTimer()
				took, err := p.Run(b.Context(), callers, b.N)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sets/s")
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			})
		}
	}
}
