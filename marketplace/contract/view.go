package contract

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// Details is a contract as one caller sees it.
type Details struct {
	*Contract
	AllowedActions []Action // the caller's, now
	Milestones     []*MilestoneDetails
}

// MilestoneDetails is a milestone as one caller sees it.
type MilestoneDetails struct {
	*Milestone
	State          MilestoneState    // as it is: StateOf
	AllowedActions []MilestoneAction // the caller's, now
	Money          *escrow.Agreement // what holds its money
	ReleaseAt      time.Time         // when the money is released by itself; zero while that clock stands
}

// Clock is one thing that will happen to a milestone by itself.
type Clock struct {
	Kind   string    // what, such as "escrow.auto_release"
	At     time.Time // when; zero while the clock stands
	WhyNot string    // why it stands: a stable code
}

// StateOf returns the state of a milestone with its agreement. The agreement is
// right where they differ: its clock may have released the money a moment ago,
// or a party may have used the agreement itself.
func StateOf(m *Milestone, a *escrow.Agreement) MilestoneState {
	at := a.State
	if at == escrow.Frozen {
		at = a.Pause.From
	}
	switch at {
	case escrow.Funded:
		return MilestoneFunded
	case escrow.Submitted:
		return MilestoneSubmitted
	case escrow.Released:
		return MilestoneApproved
	case escrow.Settled:
		if a.Released.IsPositive() {
			return MilestoneApproved
		}
		return MilestoneCancelled
	case escrow.Refunded, escrow.Cancelled:
		return MilestoneCancelled
	default:
		return m.State
	}
}

// view returns the milestone as the actor sees it.
func view(m *Milestone, a *escrow.Agreement, by lance.Actor) *MilestoneDetails {
	state := StateOf(m, a)
	actions := MilestoneLifecycle.Actions(state, m.relations(by)...)
	if a.State == escrow.Frozen {
		actions = nil // nothing moves while a case is open
	}
	if m.Revisions >= m.Limit {
		actions = without(actions, RequestChanges)
	}
	actions = offered(actions, a, by)
	return &MilestoneDetails{Milestone: m, State: state, AllowedActions: actions, Money: a, ReleaseAt: a.ReleaseAt}
}

func without(all []MilestoneAction, not MilestoneAction) (rest []MilestoneAction) {
	for _, a := range all {
		if a != not {
			rest = append(rest, a)
		}
	}
	return rest
}

// details reads a contract's milestones and returns all as the actor sees it.
func details(ctx context.Context, r Repos, c *Contract, by lance.Actor) (*Details, error) {
	d := &Details{Contract: c, AllowedActions: c.AllowedActions(by)}
	work, err := workOf(ctx, r, c)
	for _, w := range work {
		d.Milestones = append(d.Milestones, view(w.m, w.a, by))
	}
	return d, err
}

// piece is a milestone with what it belongs to.
type piece struct {
	c *Contract
	m *Milestone
	a *escrow.Agreement
}

func (p *piece) state() MilestoneState { return StateOf(p.m, p.a) }

// workOf returns every milestone of a contract, in order, with its agreement.
func workOf(ctx context.Context, r Repos, c *Contract) ([]*piece, error) {
	ms, err := r.Milestones().Find(ctx, lance.Filter{Eq: map[string]any{"contract": string(c.ID)}, Order: "place"})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(ms))
	for i, m := range ms {
		ids[i] = string(m.Agreement)
	}
	as, err := r.Agreements().Find(ctx, lance.Filter{In: map[string][]string{"id": ids}})
	if err != nil {
		return nil, err
	}
	byID := make(map[escrow.ID]*escrow.Agreement, len(as))
	for _, a := range as {
		byID[a.ID] = a
	}
	work := make([]*piece, len(ms))
	for i, m := range ms {
		if byID[m.Agreement] == nil {
			return nil, lance.E(lance.Internal, "agreement_missing", "a milestone has lost its agreement")
		}
		work[i] = &piece{c, m, byID[m.Agreement]}
	}
	return work, nil
}
