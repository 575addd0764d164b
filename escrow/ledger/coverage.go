package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/megilance/lance"
)

// Sum is what the balances of one kind of account in one currency sum to, in the
// kind's own direction.
type Sum struct {
	Kind   Kind
	Posted lance.Money // by transfers that moved money
}

// SumUp sums balances up by kind and currency, in order of both. Sums that 64
// bits do not hold wrap around.
func SumUp(balances []Balance) []Sum {
	type column struct {
		kind Kind
		cur  lance.Currency
	}
	sums := map[column]Sum{}
	for _, b := range balances {
		at := column{b.Account.Kind, b.Account.Currency}
		sums[at] = Sum{at.kind, minor(sums[at].Posted.Minor()+b.Posted.Minor(), at.cur)}
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b Sum) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Posted.Currency().Code(), b.Posted.Currency().Code()))
	})
}

// Cover says whether what the platform has of a currency covers what it owes.
// Books that sum to zero can be insolvent all the same.
type Cover struct {
	Currency lance.Currency
	Backing  lance.Money // cash and clearing, what providers have or have charged, and what they withhold until a chargeback is decided
	Owed     lance.Money // to parties, held by agreements, and promised to payers by the guarantee fund
}

// Covered reports whether the backing is no less than what is owed.
func (c Cover) Covered() bool { return c.Backing.Minor() >= c.Owed.Minor() }

// Short returns what the backing lacks; nothing when all is covered.
func (c Cover) Short() lance.Money {
	if c.Covered() {
		return minor(0, c.Currency)
	}
	return minor(c.Owed.Minor()-c.Backing.Minor(), c.Currency)
}

// backing and owed are the kinds on both sides of a Cover. What is disputed backs
// what is set aside for it, which nobody can withdraw meanwhile.
var (
	backing = []Kind{KindCash, KindClearing, KindDisputed}
	owed    = []Kind{KindAvailable, KindPending, KindClearance, KindPayout, KindReserve, KindHold, KindGuarantee}
)

// Coverage compares, currency by currency in order of their codes, what backs
// the parties' money with what they are owed. It fails with Invalid
// "money_overflow".
func Coverage(sums []Sum) ([]Cover, error) {
	all := map[lance.Currency]Cover{}
	for _, s := range sums {
		cur := s.Posted.Currency()
		c, ok := all[cur]
		if !ok {
			c = Cover{cur, minor(0, cur), minor(0, cur)}
		}
		var err error
		switch {
		case slices.Contains(backing, s.Kind):
			c.Backing, err = c.Backing.Add(s.Posted)
		case slices.Contains(owed, s.Kind):
			c.Owed, err = c.Owed.Add(s.Posted)
		}
		if err != nil {
			return nil, err
		}
		all[cur] = c
	}
	return slices.SortedFunc(maps.Values(all), func(a, b Cover) int {
		return cmp.Compare(a.Currency.Code(), b.Currency.Code())
	}), nil
}

// CoverageOf returns the Coverage of the books as they are. It looks at every
// balance.
func CoverageOf(ctx context.Context, r Repos) ([]Cover, error) {
	sums, err := r.Ledger().Sums(ctx)
	if err != nil {
		return nil, err
	}
	return Coverage(sums)
}

// coverRef names the stream of a currency's coverage.
func coverRef(c lance.Currency) lance.Ref { return lance.Ref{Kind: "coverage", ID: c.Code()} }

// WatchCoverage tells the log, in the transaction of r, of each currency whose
// coverage has broken since it was last looked at, or is restored, and returns
// those that are not covered. It looks at every balance.
func WatchCoverage(ctx context.Context, r Repos) (short []Cover, err error) {
	all, err := CoverageOf(ctx, r)
	if err != nil {
		return nil, err
	}
	var turned []Cover
	var refs []lance.Ref
	for _, c := range all {
		if !c.Covered() {
			short = append(short, c)
		}
		if is, _, err := turn(ctx, r, c); err != nil {
			return nil, err
		} else if is {
			turned, refs = append(turned, c), append(refs, coverRef(c.Currency))
		}
	}
	if len(turned) == 0 {
		return short, nil
	}
	if err := r.Lock(ctx, refs...); err != nil {
		return nil, err
	}
	for _, c := range turned {
		if err := c.tell(ctx, r); err != nil {
			return nil, err
		}
	}
	return short, nil
}

// tell appends what has turned, if nobody was first.
func (c Cover) tell(ctx context.Context, r Repos) error {
	turned, version, err := turn(ctx, r, c)
	if err != nil || !turned {
		return err
	}
	change := lance.Change{Stream: coverRef(c.Currency), Version: version + 1}
	what := Covering{c.Backing, c.Owed, c.Short()}
	if c.Covered() {
		return lance.Emit(ctx, r, lance.System("coverage"), change, CoverageRestored{what})
	}
	return lance.Emit(ctx, r, lance.System("coverage"), change, CoverageBroken{what})
}

// turn reports whether the log says otherwise of a currency than is, and the
// version that its stream has.
func turn(ctx context.Context, r Repos, c Cover) (turned bool, version int64, err error) {
	events, err := r.Log().Stream(ctx, coverRef(c.Currency))
	if err != nil {
		return false, 0, err
	}
	broken := false
	if n := len(events); n > 0 {
		name, _ := CoverageBroken{}.EventType()
		broken, version = events[n-1].Type == name, events[n-1].Version
	}
	return broken == c.Covered(), version, nil
}

// Covering is what events about coverage carry.
type Covering struct {
	Backing lance.Money `json:"backing"` // cash, clearing and what is disputed
	Owed    lance.Money `json:"owed"`    // to parties, held by agreements, and in the guarantee fund
	Short   lance.Money `json:"short"`   // what the backing lacks
}

// CoverageBroken says that a currency's cash, clearing and what is disputed no longer cover what
// parties are owed.
type CoverageBroken struct{ Covering }

// EventType returns "coverage.broken", schema 1.
func (CoverageBroken) EventType() (string, int) { return "coverage.broken", 1 }

// CoverageRestored says that they do again.
type CoverageRestored struct{ Covering }

// EventType returns "coverage.restored", schema 1.
func (CoverageRestored) EventType() (string, int) { return "coverage.restored", 1 }
