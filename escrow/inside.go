package escrow

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// AgreeIn makes an agreement in the transaction of r. Nothing is held yet.
//
// It fails with Invalid "invalid_input" and every field that breaks a rule,
// Unauthorized "actor_required", Forbidden "agreement_relation" for an actor who
// is none of its parties, and Conflict "key_reused".
func AgreeIn(ctx context.Context, r Repos, in AgreeInput) (*Agreement, error) {
	if in.Policy == nil {
		in.Policy = new(policy.Default())
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	a := in.agreement(r)
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if len(a.Relations(in.By)) == 0 {
		return nil, lance.E(lance.Forbidden, "agreement_relation", "this is not yours to do")
	}
	id, first, err := lance.Once(ctx, r, in.By, in.Key, "escrow.Agree", in, string(a.ID))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Agreements().Get(ctx, ID(id))
	}
	if err := r.Agreements().Insert(ctx, a); err != nil {
		return nil, err
	}
	if err := a.tell(ctx, r, in.By, AgreementAgreed{changed(a)}); err != nil {
		return nil, err
	}
	return a, nil
}

func (in *AgreeInput) agreement(r Repos) *Agreement {
	none := lance.NewMoney(0, in.Amount.Currency())
	a := &Agreement{
		ID: lance.NewID[ID]("agr", r), Subject: in.Subject, Payer: in.Payer, Payee: in.Payee, Amount: in.Amount,
		State: Lifecycle.Start(), Funded: none, Released: none, Refunded: none, Held: none,
		PayerFee: none, PayeeFee: none, RefundAsked: none,
		Policy: *in.Policy, Inspection: in.Inspection, CreatedAt: r.Now(),
	}
	if a.Inspection == 0 {
		a.Inspection = in.Policy.Inspection
	}
	return a
}

// FundIn moves the price and the payer's fees from what the payer has available
// into the hold, in the transaction of r. Only the payer does it, once.
//
// Like all functions here on an agreement that is there, it fails with NotFound
// "agreement_not_found" when it is absent or not the actor's, Forbidden
// "agreement_relation" when this is not the actor's to do, Precondition
// "agreement_state" when the state does not have it, Stale "agreement_stale" for
// another version than the caller has read, and Conflict "key_reused"; and it
// with Insufficient "balance_insufficient" when the payer has not enough.
func FundIn(ctx context.Context, r Repos, in FundInput) (*Agreement, error) {
	return run(ctx, r, command{in.By, in.Key, in.Agreement, in.Version, lance.Money{}}, Fund)
}

// SubmitIn says for the payee that the work is done and starts the inspection
// clock, in the transaction of r. It fails as FundIn does.
func SubmitIn(ctx context.Context, r Repos, in SubmitInput) (*Agreement, error) {
	return run(ctx, r, command{in.By, in.Key, in.Agreement, in.Version, lance.Money{}}, Submit)
}

// RequestChangesIn says for the payer that the work is not done and stops the
// clock, in the transaction of r. It fails as FundIn does.
func RequestChangesIn(ctx context.Context, r Repos, in RequestChangesInput) (*Agreement, error) {
	return run(ctx, r, command{in.By, in.Key, in.Agreement, in.Version, lance.Money{}}, RequestChanges)
}

// ApproveIn pays all that is left to the payee, less the fees, in the
// transaction of r. The payer does it, or the clock. It fails as FundIn does.
func ApproveIn(ctx context.Context, r Repos, in ApproveInput) (*Agreement, error) {
	return run(ctx, r, command{in.By, in.Key, in.Agreement, in.Version, lance.Money{}}, Approve)
}

// ReleaseIn pays a part of the price to the payee, less what the fees rise by,
// in the transaction of r; the rest rolls forward, and a part that is all that
// is left counts as ApproveIn. It fails as FundIn does, with Insufficient
// "hold_insufficient" for more than is left.
func ReleaseIn(ctx context.Context, r Repos, in ReleaseInput) (*Agreement, error) {
	return run(ctx, r, command(in), Release)
}

// RefundIn sends a part of the price, or all that is left of it, back to the
// payer with his fees on it, in the transaction of r. Only the payee does it, or
// an administrator without a stake. It fails as ReleaseIn does.
func RefundIn(ctx context.Context, r Repos, in RefundInput) (*Agreement, error) {
	return run(ctx, r, command(in), Refund)
}

// AskRefundIn notes for the payer that he asks money back, in the transaction of
// r. Nothing moves until the payee refunds. It fails as ReleaseIn does.
func AskRefundIn(ctx context.Context, r Repos, in AskRefundInput) (*Agreement, error) {
	return run(ctx, r, command(in), AskRefund)
}

// CancelIn ends an agreement that holds nothing, in the transaction of r. It
// fails as FundIn does.
func CancelIn(ctx context.Context, r Repos, in CancelInput) (*Agreement, error) {
	return run(ctx, r, command{in.By, in.Key, in.Agreement, in.Version, lance.Money{}}, Cancel)
}

// GetIn returns an agreement in the transaction of r to who may see it: its
// parties, administrators, support and the engine. To others it is NotFound
// "agreement_not_found".
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
	_, first, err := lance.Once(ctx, r, in.By, in.Key, "escrow."+string(do), in, string(in.Agreement))
	if err != nil {
		return nil, err
	}
	if !first {
		return GetIn(ctx, r, in.By, in.Agreement)
	}
	if err := r.Lock(ctx, Ref(in.Agreement)); err != nil {
		return nil, err
	}
	a, err := GetIn(ctx, r, in.By, in.Agreement)
	if err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != a.Version {
		return nil, Table.Stale()
	}
	return a.act(ctx, r, in, do)
}

// act does an action to an agreement that is locked.
func (a *Agreement) act(ctx context.Context, r Repos, in command, do Action) (*Agreement, error) {
	do, amount := a.resolve(do, in.Amount)
	to, err := Lifecycle.Next(a.State, do, a.Relations(in.By)...)
	if err != nil {
		return nil, err
	}
	s, err := plan(*a, do, to, amount, r.Now())
	if err != nil {
		return nil, err
	}
	return s.keep(ctx, r, in.By)
}

// resolve tells a part from the whole: what leaves nothing ends the agreement.
func (a *Agreement) resolve(do Action, amount lance.Money) (Action, lance.Money) {
	all := a.Remaining()
	if amount == (lance.Money{}) {
		amount = all
	}
	switch {
	case do == Release && amount == all && !all.IsZero():
		do = Approve
	case do == Refund && amount != all:
		do = RefundPart
	}
	return do, amount
}

// keep posts and stores what was planned.
func (s *step) keep(ctx context.Context, r Repos, by lance.Actor) (*Agreement, error) {
	if _, err := ledger.Post(ctx, r, s.transfers...); err != nil {
		return nil, err
	}
	a := &s.after
	if err := r.Agreements().Update(ctx, a); err != nil {
		return nil, err
	}
	if err := a.tell(ctx, r, by, s.event); err != nil {
		return nil, err
	}
	return a, nil
}

// tell sets the agreement's clocks and says in the log what happened.
func (a *Agreement) tell(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	set, drop := a.timers()
	if err := r.Timers().Set(ctx, set...); err != nil {
		return err
	}
	if len(drop) > 0 {
		if err := r.Timers().Cancel(ctx, a.Ref(), drop...); err != nil {
			return err
		}
	}
	change := lance.Change{Stream: a.Ref(), Version: a.Version, Parties: []lance.PartyID{a.Payer, a.Payee}}
	return lance.Emit(ctx, r, by, change, event)
}
