package guarantee

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
)

// FileIn makes a claim for the payer of an agreement that has released something, in
// the transaction of r. Nothing moves until it is decided.
//
// It fails with Invalid "/amount" or "/statement", Unauthorized "actor_required",
// NotFound "agreement_not_found", Forbidden "guarantee_claim_relation" for all but the
// payer, and "guarantee_own" for one who is the payee as well or has acted for him,
// Precondition "guarantee_off" where the policy promises nothing, "guarantee_nothing"
// when nothing was released, "guarantee_over" when the window is, and
// "guarantee_claims" when he has claimed as often as the policy allows, Exists
// "guarantee_claim_exists" while another claim is open, Insufficient
// "guarantee_exceeds" for more than can be claimed, and Conflict "key_reused".
func FileIn(ctx context.Context, r Repos, in FileInput) (*Claim, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := r.Lock(ctx, escrow.Ref(in.Agreement)); err != nil {
		return nil, err
	}
	id := lance.NewID[ID]("gcl", r)
	known, first, err := lance.Once(ctx, r, in.By, in.Key, "guarantee.File", in, string(id))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Claims().Get(ctx, ID(known))
	}
	a, err := escrow.GetIn(ctx, r, in.By, in.Agreement)
	if err != nil {
		return nil, err
	}
	if err := mayFile(ctx, r, in.By, a); err != nil {
		return nil, err
	}
	c := &Claim{
		ID: id, Agreement: a.ID, Subject: a.Subject, Terms: a.Policy.Guarantee, Statement: in.Statement, State: Lifecycle.Start(),
		CreatedAt: r.Now(), DeadlineAt: r.Now().Add(a.Policy.Guarantee.Decision),
	}
	if err := c.ask(ctx, r, a, in.Amount); err != nil {
		return nil, err
	}
	if c.Sides, err = escrow.SidesIn(ctx, r, a); err != nil {
		return nil, err
	}
	c.Act(in.By)
	if err := r.Claims().Insert(ctx, c); err != nil {
		return nil, err
	}
	err = c.tell(ctx, r, in.By, ClaimFiled{c.changed()})
	return c, err
}

// mayFile refuses a claim of who may not make one, a second one at a time, and one that
// comes too late or too often.
func mayFile(ctx context.Context, r Repos, by lance.Actor, a *escrow.Agreement) error {
	if !slices.Contains(a.Relations(by), ByPayer) {
		return lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	}
	if own, err := forPayee(ctx, r, by, a); err != nil || own {
		if own {
			err = lance.E(lance.Forbidden, "guarantee_own", "who was paid does not claim it back")
		}
		return err
	}
	terms := a.Policy.Guarantee
	switch {
	case !terms.On():
		return lance.E(lance.Precondition, "guarantee_off", "the agreement's policy has no guarantee")
	case a.ReleasedAt.IsZero():
		return lance.E(lance.Precondition, "guarantee_nothing", "nothing was released")
	case !a.ReleasedAt.Add(terms.Window).After(r.Now()):
		return lance.E(lance.Precondition, "guarantee_over", "the time to claim is over")
	}
	had, err := r.Claims().Find(ctx, lance.Filter{Eq: map[string]any{"agreement": string(a.ID)}})
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(had, (*Claim).Open):
		return Table.Exists()
	case len(had) >= terms.Claims:
		return lance.E(lance.Precondition, "guarantee_claims", "it was claimed as often as is allowed")
	}
	return nil
}

// forPayee reports whether who claims is a payee himself, or has acted for one.
func forPayee(ctx context.Context, r Repos, by lance.Actor, a *escrow.Agreement) (bool, error) {
	events, err := r.Log().Stream(ctx, a.Ref())
	submitted, _ := escrow.AgreementSubmitted{}.EventType()
	declined, _ := escrow.AgreementRefundDeclined{}.EventType()
	for _, u := range []lance.UserID{by.User, by.Behind} {
		p := lance.PartyID(u)
		if u == "" {
			continue
		}
		if p == a.Payee || slices.ContainsFunc(a.Payees, func(s escrow.Share) bool { return s.Party == p }) ||
			slices.ContainsFunc(events, func(ev lance.Event) bool { return ev.By == string(u) && (ev.Type == submitted || ev.Type == declined) }) {
			return true, err
		}
	}
	return false, err
}

// ask sets what is claimed: as much as is asked, or all there is. It fails with Invalid
// for another currency and Insufficient "guarantee_exceeds" for more than there is.
func (c *Claim) ask(ctx context.Context, r Repos, a *escrow.Agreement, amount lance.Money) error {
	most, _, err := left(ctx, r, a)
	if err != nil {
		return err
	}
	if limit, is := c.Terms.Cap(most.Currency()); is && limit.Minor() < most.Minor() {
		most = limit
	}
	if amount == (lance.Money{}) {
		amount = most
	}
	over, err := amount.Cmp(most)
	if err != nil {
		var f lance.Faults
		f.Check("/amount", err)
		return f.Err()
	}
	if over > 0 || amount.IsZero() {
		return lance.E(lance.Insufficient, "guarantee_exceeds", "less than this can be claimed")
	}
	c.Amount, c.FromHold, c.FromFund = amount, lance.NewMoney(0, amount.Currency()), lance.NewMoney(0, amount.Currency())
	c.Decision.Granted = c.FromHold
	return nil
}

// left returns how much of what an agreement has released its payer can have back yet:
// the share that is covered, and no more than neither claims nor banks nor corrections
// have given back; and whether a chargeback about some of it is open.
func left(ctx context.Context, r Repos, a *escrow.Agreement) (lance.Money, bool, error) {
	none := lance.NewMoney(0, a.Amount.Currency())
	released := a.Released.Minor() - a.Ruled.Minor()
	covered, err := a.Policy.Guarantee.Covered(lance.NewMoney(released, a.Amount.Currency()))
	if err != nil {
		return none, false, err
	}
	had, err := r.Claims().Find(ctx, lance.Filter{Eq: map[string]any{"agreement": string(a.ID)}})
	if err != nil {
		return none, false, err
	}
	given := int64(0)
	for _, c := range had {
		given += c.Given().Minor()
	}
	taken, open, err := payments.TakenIn(ctx, r, a)
	if err != nil {
		return none, false, err
	}
	corrected, err := escrow.CorrectedIn(ctx, r, a)
	rest := min(covered.Minor(), released-taken.Minor()-corrected.Minor()) - given
	return lance.NewMoney(max(0, rest), a.Amount.Currency()), open, err
}

// UpholdIn grants a claim, or a part of it, for who decides, in the transaction of r,
// and pays it at once if it can be.
//
// Like all functions here on a claim that is there, it fails with Invalid for its
// fields, Unauthorized "actor_required", NotFound "guarantee_claim_not_found" when it
// is absent or not the actor's, Forbidden "guarantee_claim_relation" when this is not
// the actor's to do, Precondition "guarantee_claim_state" when the state does not have
// it, Stale "guarantee_claim_stale" for another version than the caller has read, and
// Conflict "key_reused"; and it with Insufficient "guarantee_exceeds" for more than is
// claimed, and Precondition "guarantee_late" when the time to decide is over.
func UpholdIn(ctx context.Context, r Repos, in UpholdInput) (*Claim, error) {
	return run(ctx, r, in.command(), Uphold)
}

// RejectIn grants nothing of a claim, for who decides, in the transaction of r. It
// fails as UpholdIn does.
func RejectIn(ctx context.Context, r Repos, in RejectInput) (*Claim, error) {
	return run(ctx, r, in.command(), Reject)
}

// GetIn returns a claim in the transaction of r to who may see it: the agreement's
// parties, who decides, arbiters without a stake while it has nobody and needs
// somebody, administrators, support and the engine. To others it is NotFound
// "guarantee_claim_not_found".
func GetIn(ctx context.Context, r Repos, by lance.Actor, id ID) (*Claim, error) {
	if err := by.Require(); err != nil {
		return nil, err
	}
	c, err := r.Claims().Get(ctx, id)
	if err == nil && !c.Visible(by) {
		return nil, Table.NotFound()
	}
	return c, err
}

// run does an action once.
func run(ctx context.Context, r Repos, in command, do Action) (*Claim, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.check(do); err != nil {
		return nil, err
	}
	c, err := r.Claims().Get(ctx, in.Claim)
	if err != nil {
		return nil, err
	}
	if err := r.Lock(ctx, c.locks()...); err != nil {
		return nil, err
	}
	_, first, err := lance.Once(ctx, r, in.By, in.Key, "guarantee."+string(do), in, string(in.Claim))
	if err != nil {
		return nil, err
	}
	if !first { // it was his to do, even if what it has come to no longer is his to see
		return r.Claims().Get(ctx, in.Claim)
	}
	if c, err = GetIn(ctx, r, in.By, in.Claim); err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != c.Version {
		return nil, Table.Stale()
	}
	err = c.act(ctx, r, in, do)
	return c, err
}

// locks are the agreement, and who may come to owe what is given back.
func (c *Claim) locks() []lance.Ref {
	refs := []lance.Ref{escrow.Ref(c.Agreement)}
	if c.Terms.Bearer == policy.Payee {
		for _, p := range append([]lance.PartyID{c.Payee}, c.Sharers...) {
			refs = append(refs, payments.DebtorRef(p))
		}
	}
	return refs
}

// act does an action to a claim that is locked.
func (c *Claim) act(ctx context.Context, r Repos, in command, do Action) error {
	to, err := Lifecycle.Next(c.State, do, c.Relations(in.By)...)
	if err != nil {
		return err
	}
	switch do {
	case Assign:
		return c.assign(ctx, r, in)
	case Uphold, Reject:
		return c.decide(ctx, r, in, to)
	case Pay:
		why, err := c.pay(ctx, r, in.By)
		if err == nil {
			err = why.fault()
		}
		return err
	default:
		c.end(r, to)
		return c.save(ctx, r, in.By, ClaimWithdrawn{c.changed()})
	}
}

// assign gives the claim to somebody: an arbiter takes it for himself only.
func (c *Claim) assign(ctx context.Context, r Repos, in command) error {
	switch {
	case in.unfit != nil:
		return in.unfit
	case c.Terms.Judge != policy.JudgeArbiter:
		return lance.E(lance.Precondition, "guarantee_judge", "administrators decide about this claim")
	case in.User != in.By.User && !slices.Contains(c.Relations(in.By), lance.ByAdmin):
		return lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	case !c.Impartial(in.User):
		return lance.E(lance.Precondition, "arbiter_stake", "who has a stake or has acted for a party does not judge")
	}
	c.Judge = in.User
	return c.save(ctx, r, in.By, ClaimAssigned{c.changed(), in.User})
}

// decide grants so much of a claim, or nothing.
func (c *Claim) decide(ctx context.Context, r Repos, in command, to State) error {
	switch {
	case !in.By.IsSystem() && !c.DeadlineAt.After(r.Now()):
		return lance.E(lance.Precondition, "guarantee_late", "the time to decide is over")
	case in.unfit != nil:
		return lance.E(lance.Precondition, "arbiter_stake", "who has a stake or has acted for a party does not judge")
	}
	c.Decision = Decision{By: in.By.User, Granted: c.minor(0), Text: in.Text, At: r.Now()}
	if to == Rejected {
		c.end(r, to)
		return c.save(ctx, r, in.By, ClaimRejected{c.changed()})
	}
	if c.Decision.Granted = in.Granted; in.Granted == (lance.Money{}) {
		c.Decision.Granted = c.Amount
	}
	over, err := c.Decision.Granted.Cmp(c.Amount)
	if err != nil {
		var f lance.Faults
		f.Check("/granted", err)
		return f.Err()
	}
	if over > 0 {
		return lance.E(lance.Insufficient, "guarantee_exceeds", "less than this is claimed")
	}
	c.State, c.DeadlineAt = to, time.Time{}
	if err := c.save(ctx, r, in.By, ClaimUpheld{c.changed(), c.Decision.Granted}); err != nil {
		return err
	}
	return c.try(ctx, r)
}

// end brings the claim to a final state.
func (c *Claim) end(w lance.World, to State) {
	c.State, c.Why, c.DeadlineAt, c.EndedAt = to, "", time.Time{}, w.Now()
}

func (c *Claim) save(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	if err := r.Claims().Update(ctx, c); err != nil {
		return err
	}
	return c.tell(ctx, r, by, event)
}

// tell sets the claim's clock and says in the log what happened.
func (c *Claim) tell(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	if err := c.clock(ctx, r); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, lance.Change{Stream: c.Ref(), Version: c.Version, Parties: c.Parties()}, event)
}
