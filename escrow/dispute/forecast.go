package dispute

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
)

// maxHypotheses is how many events one forecast takes.
const maxHypotheses = 1000

// supposed are the words of whoever says something in a forecast.
const supposed = "As supposed."

// Supposable returns what a Hypothesis may do: what somebody can do in a case.
func Supposable() []Action {
	return []Action{
		Respond, AddEvidence, MakeOffer, AcceptOffer, DeclineOffer, Concede, Withdraw, Escalate, Assign, Rule, Appeal,
	}
}

// Hypothesis is something that might be done in a case. What its Do does not need is
// left empty.
type Hypothesis struct {
	At      time.Time     // when; not before the one before it. Zero: right after that, or now
	By      lance.Actor   // who
	Do      Action        // one of Supposable
	ToPayee lance.Money   // of the price
	Bears   escrow.Bearer // of Rule
	User    lance.UserID  // of Assign; he is taken for an arbiter
}

// Outlook is what a forecast starts from: an open case, and the agreement that it
// has frozen.
type Outlook struct {
	Case Case
	escrow.Outlook
}

// Move is one thing that would happen to the case, or to its agreement.
type Move struct {
	At        time.Time
	Event     int               // the hypothesis that it is, from 0; -1: a clock fires
	Clock     string            // the kind of that clock, which may be the agreement's
	Fault     error             // why it would be refused; nothing changes then
	Transfers []ledger.Transfer // that would be posted
	After     Case              // as it would be
	Agreement escrow.Agreement  // as it would be
}

// Timers returns the clocks that would be set then, of the case and its agreement.
func (m *Move) Timers() []lance.Timer { return append(m.After.Timers(), m.Agreement.Timers()...) }

// Forecast returns what would happen in a case if events came to pass and then nobody
// did anything more: each event and each clock in the order of their times, until no
// clock of it or of its agreement is set. It uses the plans that the actions
// themselves use, reads nothing and changes nothing. A case that is suspended goes on
// when nobody can tell.
//
// It fails with Invalid "invalid_input" for events that are out of order, before the
// present, too many, or none of Supposable.
func Forecast(from Outlook, events []Hypothesis) ([]Move, error) {
	events = slices.Clone(events)
	for i := range events {
		if events[i].At.IsZero() {
			events[i].At = from.At
			if i > 0 {
				events[i].At = events[i-1].At
			}
		}
	}
	if err := checkForecast(from.At, events); err != nil {
		return nil, err
	}
	a := &from.Agreement
	f := &future{bench: bench{&from.Case, a.Policy.Dispute, a.Remaining()}, from: from.Outlook, at: from.At}
	if err := f.ends(nil); err != nil {
		return nil, err
	}
	for i, h := range events {
		f.clocks(h.At, false)
		f.at = h.At
		f.do(i, h)
	}
	f.clocks(time.Time{}, true)
	return f.whole(from.Case), nil
}

func checkForecast(now time.Time, events []Hypothesis) error {
	var f lance.Faults
	if len(events) > maxHypotheses {
		f.Add("/events", "too_many", "a forecast takes at most 1,000 events")
		return f.Err()
	}
	for i, h := range events {
		if !slices.Contains(Supposable(), h.Do) {
			f.Add("/events/"+strconv.Itoa(i)+"/do", "action_unknown", "nobody can do this in a case")
		}
		if h.At.Before(now) {
			f.Add("/events", "time_order", "events come after the present, and one after the other")
			break
		}
		now = h.At
	}
	return f.Err()
}

// future is a case as it goes on.
type future struct {
	bench
	from  escrow.Outlook
	at    time.Time
	moves []Move
	ended int           // the move by which the case has ended, from 1; 0: none
	money []escrow.Move // what its agreement does, as far as is known
}

// clocks fires, one after the other, the clocks that are due until then, or all.
func (f *future) clocks(until time.Time, all bool) {
	for {
		set := slices.DeleteFunc(f.c.Timers(), func(t lance.Timer) bool {
			late := t.Kind == KindDueSoon && !f.c.DeadlineAt.After(f.at)
			return t.DueAt.IsZero() || late || !all && t.DueAt.After(until)
		})
		if len(set) == 0 {
			return
		}
		next := slices.MinFunc(set, func(a, b lance.Timer) int {
			return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Kind, b.Kind))
		})
		if next.DueAt.After(f.at) {
			f.at = next.DueAt
		}
		s, err := f.fires(next.Kind)
		if !f.take(Move{At: f.at, Event: -1, Clock: next.Kind, Fault: err}, s) {
			return // it is tried again and again
		}
	}
}

// fires works out what a clock does.
func (f *future) fires(kind string) (*step, error) {
	if kind == KindDueSoon {
		return f.warning()
	}
	return f.lapse(f.at)
}

// do does what an event says.
func (f *future) do(i int, h Hypothesis) {
	in := command{By: h.By, Case: f.c.ID, Text: supposed, Bears: h.Bears, User: h.User}
	if slices.Contains([]Action{Respond, MakeOffer, AcceptOffer, Rule}, h.Do) {
		in.ToPayee = h.ToPayee
	}
	s, err := f.attempt(in, h.Do)
	f.take(Move{At: f.at, Event: i, Fault: err}, s)
}

// attempt works out what somebody does.
func (f *future) attempt(in command, do Action) (*step, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.check(do); err != nil {
		return nil, err
	}
	if !f.c.Visible(in.By) {
		return nil, Table.NotFound()
	}
	do = f.means(do, in.By)
	s, err := f.step(in.By, do, f.at)
	switch {
	case err != nil:
		return nil, err
	case do == AddEvidence:
		s.after.side(in.By).Evidence++
		return s, nil
	}
	err = s.plan(in, do, f.at)
	return s, err
}

// take lets a step come to pass, if its agreement lets it, and reports whether it did.
func (f *future) take(m Move, s *step) bool {
	if m.Fault == nil {
		m.Fault = f.comesToPass(s)
	}
	m.After = *f.c
	f.moves = append(f.moves, m)
	if m.Fault == nil && !f.c.Open() && f.ended == 0 {
		f.ended = len(f.moves)
	}
	return m.Fault == nil
}

// comesToPass does what a step has planned. A ruling that may not be appealed is
// carried out at once.
func (f *future) comesToPass(s *step) error {
	steps := []*step{s}
	if s.final() {
		then := bench{&s.after, s.terms, s.left}
		x, err := then.step(engine, Execute, f.at)
		if err == nil {
			err = x.plan(command{}, Execute, f.at)
		}
		if err != nil {
			return err
		}
		steps = append(steps, x)
	}
	last := steps[len(steps)-1]
	if err := f.ends(last); err != nil {
		return err
	}
	last.after.Version = f.c.Version + int64(len(steps))
	f.c = &last.after
	return nil
}

// ends works out what the agreement does when a step ends its case; and of none, or
// while the case goes on, what it does meanwhile.
func (f *future) ends(s *step) error {
	var by []escrow.Hypothesis
	switch {
	case s == nil:
	case s.thaw:
		by = []escrow.Hypothesis{{At: f.at, By: engine, Do: escrow.Thaw, Case: s.c.Ref()}}
	case s.after.Outcome.End != "":
		out := s.after.Outcome
		by = []escrow.Hypothesis{{At: f.at, By: engine, Do: escrow.Rule, Case: s.c.Ref(), Amount: out.ToPayee, Bears: out.Bears}}
	default:
		return nil
	}
	moves, err := escrow.Forecast(f.from, by, nil)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(moves, func(m escrow.Move) bool { return m.Event == 0 })
	if i >= 0 && moves[i].Fault != nil {
		return moves[i].Fault
	}
	f.money = moves
	return nil
}

// whole puts together what happens to the case and to its agreement.
func (f *future) whole(c Case) []Move {
	all, a := make([]Move, 0, len(f.moves)+len(f.money)), f.from.Agreement
	rest := f.money
	clock := func(x escrow.Move) {
		a = x.After
		all = append(all, Move{At: x.At, Event: -1, Clock: x.Clock, Fault: x.Fault, Transfers: x.Transfers, After: c, Agreement: a})
	}
	for i, m := range f.moves {
		for len(rest) > 0 && rest[0].Event < 0 && !rest[0].At.After(m.At) {
			clock(rest[0])
			rest = rest[1:]
		}
		if i+1 == f.ended {
			m.Transfers, a, rest = rest[0].Transfers, rest[0].After, rest[1:]
		}
		c, m.Agreement = m.After, a
		all = append(all, m)
	}
	for _, x := range rest {
		clock(x)
	}
	return all
}

// Forecast returns what would happen in a case: Forecast, from what it and its
// agreement have now. Of one that has ended nothing does; how its agreement goes on
// that says itself (escrow.Service.Forecast). It fails as GetIn and Forecast do.
func (s *Service) Forecast(ctx context.Context, by lance.Actor, id ID, events []Hypothesis) ([]Move, error) {
	return lance.Read(ctx, s.db, "dispute.Forecast", func(ctx context.Context, r Repos) ([]Move, error) {
		c, err := GetIn(ctx, r, by, id)
		if err != nil || !c.Open() {
			return nil, err
		}
		money, err := escrow.OutlookIn(ctx, r, engine, c.Agreement)
		if err != nil {
			return nil, err
		}
		money.Purse = nil // nobody is told of it, and nothing is paid out of it
		return Forecast(Outlook{*c, money}, events)
	})
}
