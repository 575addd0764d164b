package dispute

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// SuspendIn lets the open case that has frozen an agreement wait for something
// stronger, such as a chargeback, in the transaction of r: its clock stands, and
// nobody does anything to it. It reports false, and does nothing, when there is no
// such case. For the same thing it waits once.
//
// Like ResumeIn and OvertakeIn it is for the engine alone, and fails with
// Unauthorized "actor_required", Forbidden "dispute_relation", and NotFound
// "agreement_not_found"; and it with Invalid "/about" for nothing.
func SuspendIn(ctx context.Context, r Repos, by lance.Actor, agreement escrow.ID, about lance.Ref) (bool, error) {
	b, err := forEngine(ctx, r, by, agreement)
	if err != nil || b == nil {
		return false, err
	}
	if about.Kind == "" || about.ID == "" {
		var f lance.Faults
		f.Add("/about", "ref_syntax", "a reference is a kind and an identifier")
		return false, f.Err()
	}
	if slices.Contains(b.c.Suspension.For, about) {
		return true, nil
	}
	now := r.Now()
	s, err := b.step(by, Suspend, now)
	if err != nil {
		return false, err
	}
	c := &s.after
	if b.c.State != Suspended {
		c.Suspension = Suspension{From: b.c.State, At: now, Left: max(b.c.DeadlineAt.Sub(now), time.Microsecond)}
	}
	c.Suspension.For = append(slices.Clone(c.Suspension.For), about)
	c.StageAt, c.DeadlineAt = b.c.StageAt, time.Time{}
	s.event = CaseSuspended{c.changed(), escrow.CaseRef(about.String())}
	_, err = s.keep(ctx, r, by)
	return err == nil, err
}

// ResumeIn lets a suspended case go on where it stood, with as much time as it had,
// in the transaction of r; where it waits for several things, it waits for one
// less. It reports false, and does nothing, when no such case is suspended. It
// fails as SuspendIn does.
func ResumeIn(ctx context.Context, r Repos, by lance.Actor, agreement escrow.ID) (bool, error) {
	b, err := forEngine(ctx, r, by, agreement)
	if err != nil || b == nil || b.c.State != Suspended {
		return false, err
	}
	was, now := b.c.Suspension, r.Now()
	do := Lift
	if len(was.For) == 1 {
		do = resume[was.From]
	}
	s, err := b.step(by, do, now)
	if err != nil {
		return false, err
	}
	c := &s.after
	c.Suspension.For = slices.Clone(was.For[1:])
	if do != Lift {
		c.Suspension, c.StageAt, c.DeadlineAt = Suspension{}, b.c.StageAt, now.Add(was.Left)
	}
	s.event = CaseResumed{c.changed(), escrow.CaseRef(was.For[0].String())}
	_, err = s.keep(ctx, r, by)
	return err == nil, err
}

// OvertakeIn ends the open case that has frozen an agreement, suspended or not, in
// the transaction of r, and divides what is held: so much of the price goes to the
// payee, the rest back to the payer, and each bears his fees. It reports false, and
// does nothing, when there is no such case. It fails as SuspendIn does, with
// Invalid "/to_payee" and Insufficient "hold_insufficient".
func OvertakeIn(ctx context.Context, r Repos, by lance.Actor, agreement escrow.ID, toPayee lance.Money) (bool, error) {
	b, err := forEngine(ctx, r, by, agreement)
	if err != nil || b == nil {
		return false, err
	}
	var f lance.Faults
	if checkShare(&f, toPayee); f.Err() != nil {
		return false, f.Err()
	}
	if toPayee, err = b.c.share(toPayee); err != nil {
		return false, err
	}
	s, err := b.step(by, Overtake, r.Now())
	if err != nil {
		return false, err
	}
	c := &s.after
	c.divide(EndChargeback, toPayee, escrow.BearEach)
	s.event = CaseOvertaken{c.changed(), toPayee, c.Outcome.ToPayer}
	_, err = s.keep(ctx, r, by)
	return err == nil, err
}

// forEngine is standing, for the engine alone.
func forEngine(ctx context.Context, r Repos, by lance.Actor, id escrow.ID) (*bench, error) {
	if err := by.Require(); err != nil {
		return nil, err
	}
	if !by.IsSystem() {
		return nil, lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	}
	return standing(ctx, r, id)
}
