package dispute

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// Stronger is something that a case has to wait for, a chargeback above all. Only
// who has its keeper speaks for it.
type Stronger struct {
	About  lance.Ref
	Keeper escrow.Keeper
}

// by is the actor that it is in the log.
func (x Stronger) by() lance.Actor { return lance.System(x.About.Kind) }

func (x Stronger) wait() Wait { return Wait{x.About, x.Keeper.Name()} }

func (x Stronger) check() error {
	var f lance.Faults
	if x.About.Kind == "" || x.About.ID == "" {
		f.Add("/about", "ref_syntax", "a reference is a kind and an identifier")
	}
	f.Check("/keeper", x.Keeper.Check())
	return f.Err()
}

// SuspendIn lets the open case that has frozen an agreement wait for something
// stronger, in the transaction of r: its clock stands, and nobody does anything to
// it. It reports false, and does nothing, when there is no such case. For the same
// thing it waits once.
//
// Like ResumeIn and OvertakeIn it fails with Invalid "/about" or "/keeper" for
// nothing or nobody, and NotFound "agreement_not_found".
func SuspendIn(ctx context.Context, r Repos, agreement escrow.ID, x Stronger) (bool, error) {
	b, err := stopped(ctx, r, agreement, x)
	if err != nil || b == nil {
		return false, err
	}
	if b.c.waits(x) {
		return true, nil
	}
	now := r.Now()
	s, err := b.step(x.by(), Suspend, now)
	if err != nil {
		return false, err
	}
	c := &s.after
	if b.c.State != Suspended {
		c.Suspension = Suspension{
			From: b.c.State, At: now, Left: max(b.c.DeadlineAt.Sub(now), time.Microsecond), Warn: !b.c.WarnAt.IsZero(),
		}
	}
	c.Suspension.For = append(slices.Clone(c.Suspension.For), x.wait())
	c.StageAt = b.c.StageAt
	c.until(time.Time{}, 0)
	s.event = CaseSuspended{c.changed(), escrow.CaseRef(x.About.String())}
	_, err = s.keep(ctx, r, x.by())
	return err == nil, err
}

// ResumeIn lets a case that has waited for something go on where it stood, with as
// much time as it had, in the transaction of r; where it waits for other things,
// too, it waits for one less. If what is held has become less meanwhile, the case is
// about that, and a split that was offered is off. It reports false, and does nothing,
// when no case has waited for that. It fails as SuspendIn does.
func ResumeIn(ctx context.Context, r Repos, agreement escrow.ID, x Stronger) (bool, error) {
	b, err := stopped(ctx, r, agreement, x)
	if err != nil || b == nil || !b.c.waits(x) {
		return false, err
	}
	was, now := b.c.Suspension, r.Now()
	do := Lift
	if len(was.For) == 1 {
		do = resume[was.From]
	}
	s, err := b.step(x.by(), do, now)
	if err != nil {
		return false, err
	}
	c := &s.after
	c.Suspension.For = slices.DeleteFunc(slices.Clone(was.For), func(w Wait) bool { return w == x.wait() })
	if do != Lift {
		c.Suspension, c.StageAt = Suspension{}, b.c.StageAt
		c.until(now.Add(was.Left), s.terms.Warning)
		if !was.Warn {
			c.WarnAt = time.Time{}
		}
	}
	c.shrink(b.left)
	s.event = CaseResumed{c.changed(), escrow.CaseRef(x.About.String()), c.Held}
	_, err = s.keep(ctx, r, x.by())
	return err == nil, err
}

// OvertakeIn ends a case that has waited for something, in the transaction of r, and
// divides what is held: so much of the price goes to the payee, the rest back to the
// payer, and each bears his fees. It reports false, and does nothing, when no case
// has waited for that. It fails as SuspendIn does, and as escrow.RuleIn does, with
// Invalid "/to_payee" and Insufficient "hold_insufficient".
func OvertakeIn(ctx context.Context, r Repos, agreement escrow.ID, x Stronger, toPayee lance.Money) (bool, error) {
	b, err := stopped(ctx, r, agreement, x)
	if err != nil || b == nil || !b.c.waits(x) {
		return false, err
	}
	var f lance.Faults
	if checkShare(&f, toPayee); f.Err() != nil {
		return false, f.Err()
	}
	s, err := b.step(x.by(), Overtake, r.Now())
	if err != nil {
		return false, err
	}
	c := &s.after
	c.shrink(b.left)
	if toPayee, err = c.share(toPayee); err != nil {
		return false, err
	}
	c.divide(EndChargeback, toPayee, escrow.BearEach)
	s.event = CaseOvertaken{c.changed(), toPayee, c.Outcome.ToPayer}
	_, err = s.keep(ctx, r, x.by())
	return err == nil, err
}

// shrink lets the case be about what is left of the price.
func (c *Case) shrink(left lance.Money) {
	if left != c.Held {
		c.Held, c.Offer = left, Offer{}
	}
}

// waits reports whether the case waits for something.
func (c *Case) waits(x Stronger) bool { return slices.Contains(c.Suspension.For, x.wait()) }

// stopped is standing, for something stronger.
func stopped(ctx context.Context, r Repos, id escrow.ID, x Stronger) (*bench, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	return standing(ctx, r, id)
}
