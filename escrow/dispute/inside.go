package dispute

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// OpenIn opens a case about an agreement for one of its two parties, in the
// transaction of r, and freezes the agreement: no money moves and its clocks stand
// until the case ends.
//
// It fails with Invalid "/reason", "/statement" or "/to_payee", Insufficient
// "hold_insufficient" for a claim of more than is held, Unauthorized
// "actor_required", NotFound "agreement_not_found", Forbidden "dispute_relation"
// for all but the parties, Exists "dispute_exists" while a case is open,
// Precondition "agreement_state" unless the agreement is funded or submitted,
// "hold_empty" when it holds nothing, "dispute_limit" when the party has opened as
// many as the policy allows, and Conflict "key_reused".
func OpenIn(ctx context.Context, r Repos, in OpenInput) (*Case, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := r.Lock(ctx, escrow.Ref(in.Agreement)); err != nil {
		return nil, err
	}
	c := &Case{ID: lance.NewID[ID]("dsp", r), Opener: in.By.Party, Reason: in.Reason, State: Lifecycle.Start()}
	known, first, err := lance.Once(ctx, r, in.By, in.Key, "dispute.Open", in, string(c.ID))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Cases().Get(ctx, ID(known))
	}
	a, err := escrow.GetIn(ctx, r, in.By, in.Agreement)
	if err != nil {
		return nil, err
	}
	if err := mayOpen(ctx, r, in.By, a); err != nil {
		return nil, err
	}
	if a, err = escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: in.By, Agreement: a.ID, Case: c.Ref(), Keeper: keeper}); err != nil {
		return nil, err
	}
	if c.Sides, err = escrow.SidesIn(ctx, r, a); err != nil {
		return nil, err
	}
	c.about(r, a)
	if in.ToPayee, err = c.share(in.ToPayee); err != nil {
		return nil, err
	}
	c.Claim = Position{ToPayee: in.ToPayee, Statement: in.Statement, At: c.CreatedAt}
	c.Act(in.By)
	if err := r.Cases().Insert(ctx, c); err != nil {
		return nil, err
	}
	err = c.tell(ctx, r, in.By, CaseOpened{c.changed(), c.Reason, c.Held, in.ToPayee})
	return c, err
}

// mayOpen refuses a case of who is not one of the two parties, a second one, and
// one too many. Whether the agreement can be frozen it says itself.
func mayOpen(ctx context.Context, r Repos, by lance.Actor, a *escrow.Agreement) error {
	if by.IsSystem() || (by.Party != a.Payer && by.Party != a.Payee) {
		return lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	}
	if _, is := keeper.CaseOf(a); is {
		return Table.Exists()
	}
	had, err := r.Cases().Find(ctx, lance.Filter{Eq: map[string]any{"agreement": string(a.ID), "opener": string(by.Party)}})
	if err == nil && len(had) >= a.Policy.Dispute.Cases {
		err = lance.E(lance.Precondition, "dispute_limit", "you have opened as many cases about this agreement as is allowed")
	}
	return err
}

// about fills in what the case takes from its agreement.
func (c *Case) about(w lance.World, a *escrow.Agreement) {
	c.Agreement, c.Subject, c.Held = a.ID, a.Subject, a.Remaining()
	c.CreatedAt, c.StageAt = w.Now(), w.Now()
	c.until(w.Now().Add(a.Policy.Dispute.Response), a.Policy.Dispute.Warning)
}

// RespondIn says the other side of a case for the party that has not opened it, in
// the transaction of r; then the parties negotiate.
//
// Like all functions here on a case that is there, it fails with Invalid for its
// fields, Unauthorized "actor_required", NotFound "dispute_not_found" when it is
// absent or not the actor's, Forbidden "dispute_relation" when this is not the
// actor's to do, Precondition "dispute_state" when the state does not have it,
// Stale "dispute_stale" for another version than the caller has read, and Conflict
// "key_reused"; where a split is named, with Insufficient "hold_insufficient" for
// more than is held; and it with Precondition "dispute_late" when the time to
// respond is over.
func RespondIn(ctx context.Context, r Repos, in RespondInput) (*Case, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Case: in.Case, Version: in.Version, ToPayee: in.ToPayee, Text: in.Statement}, Respond)
}

// OfferIn offers a split for one of the parties, in the transaction of r, until an
// arbiter has ruled; or, while a case is mediated, for its mediator, whose offer both
// parties have to accept, and which is off when another mediates or the mediation
// ends. It replaces an offer that waits, which may be another's: so a counter is
// made. No offer gives a stage more time. It fails as RespondIn does, with
// Precondition "offer_limit" after MaxOffers of a party, or of mediators.
func OfferIn(ctx context.Context, r Repos, in OfferInput) (*Case, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Case: in.Case, Version: in.Version, ToPayee: in.ToPayee}, MakeOffer)
}

// AcceptOfferIn agrees to what the other party or the mediator offers, in the
// transaction of r: the split is carried out at once, the mediator's when both
// parties have accepted it, and each bears his fees. It fails as RespondIn does, with
// Precondition "offer_none", Stale "offer_changed" when in.ToPayee is not what is
// offered now, Forbidden "offer_own" for the party that made it, and Precondition
// "offer_accepted" for one that has accepted the mediator's.
func AcceptOfferIn(ctx context.Context, r Repos, in AcceptOfferInput) (*Case, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Case: in.Case, Version: in.Version, ToPayee: in.ToPayee}, AcceptOffer)
}

// DeclineOfferIn refuses what the other party or the mediator offers, also if one
// had accepted it, or takes one's own offer back, in the transaction of r. It fails
// as RespondIn does, with Precondition "offer_none".
func DeclineOfferIn(ctx context.Context, r Repos, in ActInput) (*Case, error) {
	return run(ctx, r, in.command(), DeclineOffer)
}

// ConcedeIn grants the claim for the party that has not opened the case, in the
// transaction of r: it is carried out at once, and each bears his fees. It fails as
// RespondIn does.
func ConcedeIn(ctx context.Context, r Repos, in ActInput) (*Case, error) {
	return run(ctx, r, in.command(), Concede)
}

// WithdrawIn takes a case back for the party that has opened it, before it is
// arbitrated, in the transaction of r: the agreement goes on where it was frozen. It
// fails as RespondIn does.
func WithdrawIn(ctx context.Context, r Repos, in ActInput) (*Case, error) {
	return run(ctx, r, in.command(), Withdraw)
}

// EscalateIn goes to the next stage before the time is over, in the transaction of
// r: one of the parties from negotiation to mediation, the mediator from that to
// arbitration. It fails as RespondIn does.
func EscalateIn(ctx context.Context, r Repos, in ActInput) (*Case, error) {
	return run(ctx, r, in.command(), Escalate)
}

// RuleIn decides a case for its arbiter, in the transaction of r. It is carried out
// when the time to appeal is over, or at once where there is none. It fails as
// RespondIn does, with "dispute_late" when the time to rule is over.
func RuleIn(ctx context.Context, r Repos, in RuleInput) (*Case, error) {
	return run(ctx, r, in.command(), Rule)
}

func (in RuleInput) command() command {
	return command{
		By: in.By, Key: in.Key, Case: in.Case, Version: in.Version, ToPayee: in.ToPayee, Bears: in.Bears, Text: in.Text,
	}
}

// AppealIn has another arbiter decide, for one of the parties, in the transaction
// of r. If he does not in time, the ruling that was appealed stands. It fails as
// RespondIn does, with "dispute_late" when the time to appeal is over.
func AppealIn(ctx context.Context, r Repos, in AppealInput) (*Case, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Case: in.Case, Version: in.Version, Text: in.Text}, Appeal)
}

// GetIn returns a case in the transaction of r to who may see it: the agreement's
// parties, its mediator and its arbiters, arbiters without a stake while it has
// nobody and needs somebody, administrators, support and the engine. To others it
// is NotFound "dispute_not_found".
func GetIn(ctx context.Context, r Repos, by lance.Actor, id ID) (*Case, error) {
	if err := by.Require(); err != nil {
		return nil, err
	}
	c, err := r.Cases().Get(ctx, id)
	if err == nil && !c.Visible(by) {
		return nil, Table.NotFound()
	}
	return c, err
}

func (in ActInput) command() command {
	return command{By: in.By, Key: in.Key, Case: in.Case, Version: in.Version}
}

// run does an action once.
func run(ctx context.Context, r Repos, in command, do Action) (*Case, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.check(do); err != nil {
		return nil, err
	}
	if err := lock(ctx, r, in.Case); err != nil {
		return nil, err
	}
	_, first, err := lance.Once(ctx, r, in.By, in.Key, "dispute."+string(do), in, string(in.Case))
	if err != nil {
		return nil, err
	}
	if !first { // it was his to do, even if what it has come to no longer is his to see
		return r.Cases().Get(ctx, in.Case)
	}
	b, err := take(ctx, r, in.By, in.Case, in.Version)
	if err != nil {
		return nil, err
	}
	return b.act(ctx, r, in, do)
}

// act does an action on a case that is locked.
func (b *bench) act(ctx context.Context, r Repos, in command, do Action) (*Case, error) {
	do = b.means(do, in.By)
	s, err := b.step(in.By, do, r.Now())
	if err != nil {
		return nil, err
	}
	if err := s.plan(in, do, r.Now()); err != nil {
		return nil, err
	}
	return s.keep(ctx, r, in.By)
}
