package escrow

import (
	"cmp"
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// AgreeIn makes an agreement in the transaction of r, or proposes one when
// in.AcceptWithin is given. Nothing is held yet.
//
// It fails with Invalid "invalid_input" and every field that breaks a rule,
// Invalid "limit_exceeded" when held money may not stay for as long as the plan
// takes (policy.StagesOf returns one that fits), Unauthorized "actor_required",
// Forbidden "agreement_relation" for an actor who is none of its parties, or none
// of the two who proposes, and Conflict "key_reused".
func AgreeIn(ctx context.Context, r Repos, in AgreeInput) (*Agreement, error) {
	asked := in // a policy that the caller has not named is nothing that he asks for
	in.Policy = cmp.Or(in.Policy, in.house, new(policy.Default()))
	if err := in.check(); err != nil {
		return nil, err
	}
	a := in.agreement(r)
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.may(a); err != nil {
		return nil, err
	}
	id, first, err := lance.Once(ctx, r, in.By, in.Key, "escrow.Agree", asked, string(a.ID))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Agreements().Get(ctx, ID(id))
	}
	if err := r.Agreements().Insert(ctx, a); err != nil {
		return nil, err
	}
	told := lance.Payload(AgreementAgreed{changed(a)})
	if a.State == Proposed {
		told = AgreementProposed{changed(a), a.ProposedBy, a.ExpiresAt}
	}
	if err := a.tell(ctx, r, in.By, told); err != nil {
		return nil, err
	}
	return a, nil
}

// may refuses an actor who has no say in this, and settles how the agreement
// begins: as a proposal, or agreed upon elsewhere.
func (in *AgreeInput) may(a *Agreement) error {
	as := a.Relations(in.By)
	if len(as) == 0 || as[0] == BySharer {
		return lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	}
	to, err := Lifecycle.Next(a.State, Accept, as...)
	switch {
	case in.AcceptWithin == 0:
		if err != nil { // an administrator or the engine speaks for both
			to, err = Lifecycle.Next(a.State, Accept, ByPayer)
		}
		a.State = to
	case err == nil:
		a.ProposedBy, a.ExpiresAt = in.By.Party, a.CreatedAt.Add(in.AcceptWithin)
	}
	return err
}

func (in *AgreeInput) agreement(r Repos) *Agreement {
	none := lance.NewMoney(0, in.Amount.Currency())
	a := &Agreement{
		ID: lance.NewID[ID]("agr", r), Subject: in.Subject, Payer: in.Payer, Payee: in.Payee, Payees: in.Payees,
		Amount: in.Amount, State: Lifecycle.Start(), Funded: none, Released: none, Refunded: none, Held: none,
		PayerFee: none, PayeeFee: none, Ruled: none, Indemnified: none, RefundAsked: none,
		Policy: *in.Policy, Inspection: in.inspection(), MaxChanges: cmp.Or(in.Changes, in.Policy.Changes), CreatedAt: r.Now(),
	}
	return a
}

// AcceptIn agrees, in the transaction of r, to what the other party has proposed.
//
// Like all functions here on an agreement that is there, it fails with NotFound
// "agreement_not_found" when it is absent or not the actor's, Forbidden
// "agreement_relation" when this is not the actor's to do, Precondition
// "agreement_state" when the state does not have it, Stale "agreement_stale" for
// another version than the caller has read, and Conflict "key_reused"; and it
// with Forbidden "proposal_own" for the party that proposed and Precondition
// "proposal_over" when the time to accept is over.
func AcceptIn(ctx context.Context, r Repos, in AcceptInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version}, Accept)
}

// FundIn moves the price, or a part of it, and the payer's fees from what the
// payer has available into the hold, in the transaction of r. Only the payer does
// it. It fails as AcceptIn does, with Insufficient "balance_insufficient" when he
// has not enough, and Precondition "funding_exceeds" for more than is missing,
// "agreement_funded" when nothing is, or "funds_old" when of what he has available too
// little may stay until the work could be inspected: ledger.FitsOf says how much may.
// What may not is left where it is.
func FundIn(ctx context.Context, r Repos, in FundInput) (*Agreement, error) {
	return run(ctx, r, in.command(), Fund)
}

// SubmitIn says for the payee that the work is done and starts the inspection
// clock once the price is held, in the transaction of r. It fails as AcceptIn
// does, with Precondition "funding_required" when the whole price is not held and
// the policy's rule of funding is not off.
func SubmitIn(ctx context.Context, r Repos, in SubmitInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version}, Submit)
}

// RequestChangesIn says for the payer that the work is not done and stops the
// clock, in the transaction of r. It fails as AcceptIn does, with Precondition
// "changes_limit" when he has done so as often as is allowed.
func RequestChangesIn(ctx context.Context, r Repos, in RequestChangesInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version}, RequestChanges)
}

// ApproveIn pays all that is left to the payee, less the fees, in the
// transaction of r. The payer does it, or the clock. It fails as AcceptIn does,
// with Precondition "funding_required" when the whole price was not funded.
func ApproveIn(ctx context.Context, r Repos, in ApproveInput) (*Agreement, error) {
	return run(ctx, r, in.command(), Approve)
}

// ReleaseIn pays a part of the price to the payee, less what the fees rise by,
// in the transaction of r; the rest rolls forward, and a part that is all that
// is left of the whole price counts as ApproveIn. It fails as AcceptIn does, with
// Precondition "hold_empty" when nothing is held, and Insufficient
// "hold_insufficient" for more than is left.
func ReleaseIn(ctx context.Context, r Repos, in ReleaseInput) (*Agreement, error) {
	return run(ctx, r, in.command(), Release)
}

// RefundIn sends a part of the price, or all that is left of it, back to the
// payer with his fees on it, in the transaction of r. Only the payee does it, or
// an administrator without a stake. It fails as ReleaseIn does.
func RefundIn(ctx context.Context, r Repos, in RefundInput) (*Agreement, error) {
	return run(ctx, r, in.command(), Refund)
}

// AskRefundIn notes for the payer that he asks money back, in the transaction of
// r. Nothing moves until the payee refunds, or lets the time of the policy pass
// without an answer. Asking again replaces the request. It fails as ReleaseIn
// does, with Precondition "refund_asks" when he has asked as often as is allowed.
func AskRefundIn(ctx context.Context, r Repos, in AskRefundInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Amount: in.Amount}, AskRefund)
}

// DeclineRefundIn answers the payer's request for the payee with no and stops its
// clock, in the transaction of r. It fails as AcceptIn does, with Precondition
// "refund_not_asked".
func DeclineRefundIn(ctx context.Context, r Repos, in DeclineRefundInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version}, DeclineRefund)
}

// AmendIn proposes another price, for one of the parties, in the transaction of
// r. It replaces a price that was proposed before: so a counter is made. It fails
// as AcceptIn does, with Invalid for a price that is none, Precondition
// "amendment_low" for one of which nothing would be left, and "amendment_limit"
// after twenty proposals.
func AmendIn(ctx context.Context, r Repos, in AmendInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Amount: in.Amount}, Amend)
}

// AcceptAmendmentIn agrees to the price that the other party proposes, in the
// transaction of r. Where the whole price was held, the whole new one is: what is
// lacking comes from what the payer has available; what is too much goes back to
// him. It fails as AcceptIn does, with Precondition "amendment_none",
// "amendment_over" or "amendment_low", Stale "amendment_changed" when in.Amount is
// not the price that is proposed now, Forbidden "amendment_own" for the party that
// proposed it, and as FundIn does when the payer has not enough, or it is too old.
func AcceptAmendmentIn(ctx context.Context, r Repos, in AcceptAmendmentInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Amount: in.Amount}, AcceptAmendment)
}

// DeclineAmendmentIn refuses the price that the other party proposes, or takes
// one's own back, in the transaction of r. It fails as AcceptIn does, with
// Precondition "amendment_none".
func DeclineAmendmentIn(ctx context.Context, r Repos, in DeclineAmendmentInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version}, DeclineAmendment)
}

// CancelIn ends an agreement that holds nothing, in the transaction of r: one that
// has paid parts of its price is released then, with those, and any other cancelled.
// It fails as AcceptIn does, with Precondition "hold_filled" while money is held.
func CancelIn(ctx context.Context, r Repos, in CancelInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version}, Cancel)
}

// FreezeIn stops a funded or submitted agreement for a case, in the transaction
// of r: its clocks stand, no money moves, and a proposed price is dropped. A
// party does it, an administrator without a stake, or the engine; who opens a
// case decides when that is right. Only in.Keeper lets it go on again. One that is
// frozen the engine freezes for another case, too: it waits for both. It fails as
// AcceptIn does, with Precondition "hold_empty" when nothing is held, Exists
// "freeze_exists" when that case has frozen it, and Invalid "/case" or "/keeper"
// without a case or somebody who keeps it.
func FreezeIn(ctx context.Context, r Repos, in FreezeInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Case: in.Case, Keeper: in.Keeper}, Freeze)
}

// ThawIn lets an agreement go on where its case has frozen it, in the transaction
// of r: each clock has as long to run as it had then. Where other cases have frozen
// it, too, it waits for those. An arbiter without a stake does it, or the engine,
// and only through who keeps the case. It fails as FreezeIn does, with Precondition
// "freeze_case" when another case has frozen it, and Forbidden "freeze_keeper" for
// another keeper than has.
func ThawIn(ctx context.Context, r Repos, in ThawInput) (*Agreement, error) {
	return run(ctx, r, command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Case: in.Case, Keeper: in.Keeper}, Thaw)
}

// RuleIn ends a frozen agreement in the transaction of r by dividing what it
// holds: in.ToPayee of the price is released, the rest of it goes back to the
// payer with what is left of his fees, and in.Bears says out of whose part the
// fees on what is released are taken. The parts and the fees sum to what was
// held. An arbiter without a stake does it, or the engine, and only through who
// keeps the case. It fails as ThawIn does, with Insufficient "hold_insufficient"
// for more than is left, Precondition "freeze_shared" while another case has frozen
// it, too, and some of the price is left, and Invalid "/to_payee" or "/bears".
func RuleIn(ctx context.Context, r Repos, in RuleInput) (*Agreement, error) {
	return run(ctx, r, command{
		By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Amount: in.ToPayee, Case: in.Case, Keeper: in.Keeper, Bears: in.Bears,
	}, Rule)
}

// lock locks an agreement and returns it to who may see it.
func lock(ctx context.Context, r Repos, by lance.Actor, id ID) (*Agreement, error) {
	if err := r.Lock(ctx, Ref(id)); err != nil {
		return nil, err
	}
	return GetIn(ctx, r, by, id)
}

// GetIn returns an agreement in the transaction of r to who may see it: its
// parties, administrators, support, the engine, and arbiters once a case has
// frozen it. To others it is NotFound "agreement_not_found".
func GetIn(ctx context.Context, r Repos, by lance.Actor, id ID) (*Agreement, error) {
	if err := by.Require(); err != nil {
		return nil, err
	}
	a, err := r.Agreements().Get(ctx, id)
	if err == nil && !a.visible(by) {
		err = Table.NotFound()
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// run does an action once.
func run(ctx context.Context, r Repos, in command, do Action) (*Agreement, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.check(do); err != nil {
		return nil, err
	}
	if err := r.Lock(ctx, Ref(in.Agreement)); err != nil {
		return nil, err
	}
	_, first, err := lance.Once(ctx, r, in.By, in.Key, keyOp(do), in, string(in.Agreement))
	if err != nil {
		return nil, err
	}
	if !first { // it was his to do, even if what it has come to no longer is his to see
		return r.Agreements().Get(ctx, in.Agreement)
	}
	a, err := GetIn(ctx, r, in.By, in.Agreement)
	if err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != a.Version {
		return nil, Table.Stale()
	}
	s, err := a.work(in, do, r.Now())
	if err != nil {
		return nil, err
	}
	return s.keep(ctx, r, in.By)
}

// keyOp is the operation that the idempotency key of an action stands for.
func keyOp(do Action) string { return "escrow." + string(do) }

// attempt works out what run would do, without a store.
func (a *Agreement) attempt(in command, do Action, now time.Time) (*step, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.check(do); err != nil {
		return nil, err
	}
	if !a.visible(in.By) {
		return nil, Table.NotFound()
	}
	return a.work(in, do, now)
}

// work works out an action by an actor, if the lifecycle has it for him.
func (a *Agreement) work(in command, do Action, now time.Time) (*step, error) {
	if do == Freeze && a.State == Frozen && in.By.IsSystem() {
		do = FreezeToo
	}
	do, in.Amount = a.resolve(do, in.Amount)
	to, err := Lifecycle.Next(a.State, do, a.Relations(in.By)...)
	if err != nil {
		return nil, err
	}
	s, err := plan(*a, in, do, to, now)
	return &s, err
}

// resolve tells a part from the whole, what leaves nothing of the whole price
// ends the agreement, and where a frozen one goes on.
func (a *Agreement) resolve(do Action, amount lance.Money) (Action, lance.Money) {
	all := a.Remaining()
	switch {
	case do == Rule && amount == (lance.Money{}):
		return do, a.minor(0)
	case do == Rule, do == Amend, do == AcceptAmendment:
		return do, amount
	case do == Approve:
		return do, all
	case do == Fund:
		all = a.Missing()
	case do == Thaw:
		do = a.thaws()
	case do == Cancel && a.moving() && a.Released.IsPositive():
		do = Close
	}
	if amount == (lance.Money{}) {
		amount = all
	}
	switch {
	case do == Release && amount == all && !all.IsZero() && a.Missing().IsZero():
		do = Approve
	case do == Refund && amount != all:
		do = RefundPart
	}
	return do, amount
}

// keep posts and stores what was planned.
func (s *step) keep(ctx context.Context, r Repos, by lance.Actor) (*Agreement, error) {
	if _, err := ledger.Post(ctx, r, s.transfers...); err != nil {
		return nil, s.after.discreet(err, by)
	}
	if err := s.age(ctx, r); err != nil {
		return nil, err
	}
	if err := r.Agreements().Update(ctx, &s.after); err != nil {
		return nil, err
	}
	if err := s.after.tell(ctx, r, by, s.event); err != nil {
		return nil, err
	}
	return &s.after, nil
}

// discreet tells nobody but the payer how much of what he has would do.
func (a *Agreement) discreet(err error, by lance.Actor) error {
	if _, says := ledger.FitsOf(err); says && by.Party != a.Payer {
		return lance.E(lance.Precondition, "funds_old", "too little of what the payer has may be held for as long as the inspection takes")
	}
	return err
}

// age notes when the oldest of the held money was charged, where money moved.
func (s *step) age(ctx context.Context, r Repos) error {
	if len(s.transfers) == 0 {
		return nil
	}
	a := &s.after
	if a.Held.IsZero() {
		a.since(time.Time{})
		return nil
	}
	shares, err := r.Ledger().Shares(ctx, a.HoldAccount(), "", 1)
	if err != nil {
		return err
	}
	lots, err := r.Ledger().Lots(ctx, shares[0].Lot)
	if err == nil {
		a.since(lots[0].ChargedAt)
	}
	return err
}

// since counts the limit from another charge, of which nobody was warned yet.
func (a *Agreement) since(charged time.Time) {
	if !charged.Equal(a.HeldSince) {
		a.HeldSince, a.WarnedAt = charged, time.Time{}
	}
}

// tell sets the agreement's clocks and says in the log what happened.
func (a *Agreement) tell(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	if err := r.Timers().Set(ctx, a.clocks()...); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, a.change(), event)
}

// change is what the log says of the agreement as it is now.
func (a *Agreement) change() lance.Change {
	return lance.Change{Stream: a.Ref(), Version: a.Version, Parties: a.sides().Parties()}
}
