package escrow

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// maxHypotheses is how many events one forecast takes.
const maxHypotheses = 1000

// Hypothesis is something that might be done to an agreement. What its Do does
// not need is left empty.
type Hypothesis struct {
	At     time.Time   // when; not before the one before it. Zero: right after that, or now
	By     lance.Actor // who
	Do     Action      // what, but Reclaim; a part or the whole is told apart by Amount, as the functions of this package do
	Amount lance.Money // of the price
	Case   lance.Ref   // of Freeze, Thaw and Rule
	Bears  Bearer      // of Rule
	TopUp  lance.Money // what the payer is charged just before it, in the currency of the price; the zero Money: nothing
}

// Part is money that was charged at one time.
type Part struct {
	ChargedAt time.Time
	Amount    lance.Money
}

// Outlook is what a forecast starts from.
type Outlook struct {
	Agreement Agreement
	At        time.Time // the present
	Held      []Part    // what the agreement holds, the oldest first
	Purse     []Part    // what the payer has available, the oldest first
	Endless   bool      // whether the payer has, besides, whatever is needed, charged when it is
}

// Move is one thing that would happen.
type Move struct {
	At        time.Time
	Event     int               // the hypothesis that it is, from 0; -1: a clock fires
	Clock     string            // the kind of that clock
	Fault     error             // why the hypothesis would be refused; nothing changes then
	Transfers []ledger.Transfer // that would be posted
	After     Agreement         // as it would be
	Timers    []lance.Timer     // its clocks then
}

// Payout is money that a party would have available.
type Payout struct {
	At     time.Time
	Party  lance.PartyID
	Amount lance.Money
}

// Forecast returns what would happen to an agreement if events came to pass and
// then nobody did anything more: each event and each clock in the order of their
// times, until no clock is set. Under another document than its own, which nil
// stands for, it tells what would happen had it been made under that one. It uses
// the plans that the actions themselves use, reads nothing and changes nothing.
//
// It fails with Invalid "invalid_input" for events that are out of order, before
// the present or too many, for a top-up that is nothing or in another currency, and
// for a document that is none.
func Forecast(from Outlook, events []Hypothesis, under *policy.Document) ([]Move, error) {
	events = dated(from.At, events)
	if err := checkForecast(&from, events, under); err != nil {
		return nil, err
	}
	f := &future{Agreement: from.Agreement, endless: from.Endless, parts: map[ledger.Account][]Part{}}
	if under != nil {
		f.Policy = *under
	}
	f.parts[f.HoldAccount()] = slices.Clone(from.Held)
	f.parts[f.purse()] = slices.Clone(from.Purse)
	for i, h := range events {
		f.clocks(h.At, false)
		f.do(i, h)
	}
	f.clocks(time.Time{}, true)
	return f.moves, nil
}

// dated gives the events without a time that of the one before.
func dated(at time.Time, events []Hypothesis) []Hypothesis {
	events = slices.Clone(events)
	for i := range events {
		if events[i].At.IsZero() {
			events[i].At = at
		}
		at = events[i].At
	}
	return events
}

func checkForecast(from *Outlook, events []Hypothesis, under *policy.Document) error {
	var f lance.Faults
	if under != nil {
		f.Check("/policy", under.Check())
	}
	if len(events) > maxHypotheses {
		f.Add("/events", "too_many", "a forecast takes at most 1,000 events")
	}
	for i, h := range events {
		if h.TopUp != (lance.Money{}) {
			f.Check("/events/"+strconv.Itoa(i)+"/top_up", from.Agreement.mayTopUp(h.TopUp))
		}
	}
	at := from.At
	for _, h := range events {
		if h.At.Before(at) {
			f.Add("/events", "time_order", "events come after the present, and one after the other")
			break
		}
		at = h.At
	}
	return f.Err()
}

// mayTopUp refuses an amount that could not pay for the agreement.
func (a *Agreement) mayTopUp(m lance.Money) error {
	if err := lance.RequirePositive(m); err != nil {
		return err
	}
	_, err := m.Cmp(a.Amount)
	return err
}

// Payouts returns what each move of a forecast would make available to whom.
func Payouts(moves []Move) (out []Payout) {
	for _, m := range moves {
		for _, t := range m.Transfers {
			if t.Credit.Kind == ledger.KindAvailable {
				out = append(out, Payout{m.At, lance.PartyID(t.Credit.Owner), t.Amount})
			}
		}
	}
	return out
}

// future is an agreement as it goes on, and the money that it and its payer have.
type future struct {
	Agreement
	endless bool
	parts   map[ledger.Account][]Part
	moves   []Move
}

func (f *future) purse() ledger.Account { return ledger.Available(f.Payer, f.Amount.Currency()) }

// clocks fires, one after the other, the clocks that are due until then, or all.
func (f *future) clocks(until time.Time, all bool) {
	for {
		set := f.timers()
		set = slices.DeleteFunc(set, func(t lance.Timer) bool {
			return t.DueAt.IsZero() || (!all && t.DueAt.After(until))
		})
		if len(set) == 0 {
			return
		}
		next := slices.MinFunc(set, func(a, b lance.Timer) int {
			return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Kind, b.Kind))
		})
		at := next.DueAt
		if len(f.moves) > 0 && at.Before(f.moves[len(f.moves)-1].At) {
			at = f.moves[len(f.moves)-1].At // it was due already when it was set
		}
		s, is, err := f.due(next.Kind, lance.System(reasons[next.Kind]), at)
		if !is {
			return // it was set and is not due: nothing goes on by itself any more
		}
		f.take(Move{At: at, Event: -1, Clock: next.Kind, Fault: err}, s)
		if f.moves[len(f.moves)-1].Fault != nil {
			return
		}
	}
}

// do does what an event says.
func (f *future) do(i int, h Hypothesis) {
	if h.TopUp.IsPositive() {
		f.put(f.purse(), Part{h.At, h.TopUp})
	}
	in := command{By: h.By, Agreement: f.ID, Amount: h.Amount, Case: h.Case, Keeper: f.keeper(h.Case), Bears: h.Bears}
	s, err := f.attempt(in, h.Do, h.At)
	f.take(Move{At: h.At, Event: i, Fault: err}, s)
}

// keeper is who keeps a case that has the agreement frozen, or would have.
func (f *future) keeper(about lance.Ref) Keeper {
	for _, b := range f.Pause.brakes() {
		if b.Case == about {
			return Keeper{b.Keeper}
		}
	}
	return Keeper{"forecast"}
}

// take lets a step come to pass, if the money is there for it.
func (f *future) take(m Move, s *step) {
	had := maps.Clone(f.parts)
	if m.Fault == nil {
		m.Fault = f.pay(s.transfers, m.At)
	}
	if m.Fault == nil {
		if len(s.transfers) > 0 {
			s.after.since(f.oldest())
		}
		m.Transfers, f.Agreement = s.transfers, s.after
		f.Version++
	} else {
		f.parts = had
	}
	m.After = f.Agreement
	m.Timers = f.timers()
	f.moves = append(f.moves, m)
}

// oldest returns when the oldest of the held money was charged.
func (f *future) oldest() time.Time {
	if held := f.parts[f.HoldAccount()]; len(held) > 0 {
		return held[0].ChargedAt
	}
	return time.Time{}
}

// pay moves parts as the ledger moves lots: the oldest first that may move.
func (f *future) pay(ts []ledger.Transfer, at time.Time) error {
	for _, t := range ts {
		taken, rest, left := f.split(t)
		if left > 0 && t.Debit == f.purse() {
			if !f.endless {
				return lacking(rest, left)
			}
			taken = append(taken, Part{at, f.minor(left)})
		}
		if t.Debit.Kind != ledger.KindClearance {
			f.parts[t.Debit] = rest
		}
		if t.Credit == f.purse() || t.Credit == f.HoldAccount() {
			for _, p := range taken {
				f.put(t.Credit, p)
			}
		}
	}
	return nil
}

// split divides what the debit account has into what the transfer takes and the rest,
// and returns how much is lacking.
func (f *future) split(t ledger.Transfer) (taken, rest []Part, left int64) {
	left = t.Amount.Minor()
	for _, p := range f.parts[t.Debit] {
		n := min(left, p.Amount.Minor())
		if p.ChargedAt.Before(t.Since) {
			n = 0
		}
		if n > 0 {
			taken, left = append(taken, Part{p.ChargedAt, f.minor(n)}), left-n
		}
		if n < p.Amount.Minor() {
			rest = append(rest, Part{p.ChargedAt, f.minor(p.Amount.Minor() - n)})
		}
	}
	return taken, rest, left
}

// lacking is the fault of a purse in which so much is lacking, although it has the
// rest.
func lacking(rest []Part, left int64) error {
	for _, p := range rest {
		left -= p.Amount.Minor()
	}
	if left <= 0 {
		return lance.E(lance.Precondition, "funds_old", "too little of what is available may be held for as long as the inspection takes")
	}
	return lance.E(lance.Insufficient, "balance_insufficient", "there is not enough money in the account")
}

// put adds a part where its date puts it.
func (f *future) put(a ledger.Account, p Part) {
	ps := f.parts[a]
	i, _ := slices.BinarySearchFunc(ps, p, func(x, p Part) int { return cmp.Or(x.ChargedAt.Compare(p.ChargedAt), -1) })
	f.parts[a] = slices.Insert(slices.Clone(ps), i, p)
}

// Forecast returns what would happen to an agreement: Forecast, from what it and
// its payer have now. What the payer has is known to him, an administrator and
// the engine; to others he has whatever is needed. It fails as GetIn and Forecast
// do.
func (s *Service) Forecast(ctx context.Context, by lance.Actor, id ID, events []Hypothesis, under *policy.Document) ([]Move, error) {
	return lance.Read(ctx, s.db, "escrow.Forecast", func(ctx context.Context, r Repos) ([]Move, error) {
		from, err := OutlookIn(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		return Forecast(from, events, under)
	})
}

// OutlookIn returns what a forecast of an agreement starts from now, in the
// transaction of r, as far as the actor knows it: see Service.Forecast. It fails as
// GetIn does.
func OutlookIn(ctx context.Context, r Repos, by lance.Actor, id ID) (Outlook, error) {
	a, err := GetIn(ctx, r, by, id)
	if err != nil {
		return Outlook{}, err
	}
	from := Outlook{Agreement: *a, At: r.Now()}
	if from.Held, err = partsOf(ctx, r, a.HoldAccount()); err != nil {
		return Outlook{}, err
	}
	if from.Endless = by.Party != a.Payer && !by.IsSystem() && !by.Has(lance.RoleAdmin); !from.Endless {
		from.Purse, err = partsOf(ctx, r, ledger.Available(a.Payer, a.Amount.Currency()))
	}
	return from, err
}

// partsOf returns what an account has, by when it was charged.
func partsOf(ctx context.Context, r Repos, a ledger.Account) ([]Part, error) {
	shares, err := ledger.LotsOf(ctx, r, a)
	if err != nil || len(shares) == 0 {
		return nil, err
	}
	ids := make([]ledger.LotID, len(shares))
	for i, s := range shares {
		ids[i] = s.Lot
	}
	lots, err := r.Ledger().Lots(ctx, ids...)
	if err != nil {
		return nil, err
	}
	parts := make([]Part, len(shares))
	for i, s := range shares {
		parts[i] = Part{lots[i].ChargedAt, s.Amount}
	}
	return parts, nil
}
