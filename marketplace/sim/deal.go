package sim

import (
	"context"
	"maps"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
)

// asked is what somebody wants of an agreement.
type asked struct {
	by     lance.Actor
	key    string
	id     escrow.ID
	amount lance.Money
}

// move is a line of moves.
type move struct {
	do   escrow.Action
	send func(ctx context.Context, w *world, x asked) error
}

// moves are what can be done to an agreement. A new one is a line.
var moves = []move{
	{escrow.Accept, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Accept(ctx, x.by, escrow.AcceptInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.Fund, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Fund(ctx, x.by, escrow.FundInput{Key: x.key, Agreement: x.id, Amount: x.amount}))
	}},
	{escrow.Submit, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Submit(ctx, x.by, escrow.SubmitInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.RequestChanges, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.RequestChanges(ctx, x.by, escrow.RequestChangesInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.Release, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Release(ctx, x.by, escrow.ReleaseInput{Key: x.key, Agreement: x.id, Amount: x.amount}))
	}},
	{escrow.Approve, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Approve(ctx, x.by, escrow.ApproveInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.AskRefund, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.AskRefund(ctx, x.by, escrow.AskRefundInput{Key: x.key, Agreement: x.id, Amount: x.amount}))
	}},
	{escrow.DeclineRefund, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.DeclineRefund(ctx, x.by, escrow.DeclineRefundInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.RefundPart, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Refund(ctx, x.by, escrow.RefundInput{Key: x.key, Agreement: x.id, Amount: x.amount}))
	}},
	{escrow.Refund, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Refund(ctx, x.by, escrow.RefundInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.Amend, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Amend(ctx, x.by, escrow.AmendInput{Key: x.key, Agreement: x.id, Amount: x.amount}))
	}},
	{escrow.AcceptAmendment, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.AcceptAmendment(ctx, x.by, escrow.AcceptAmendmentInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.DeclineAmendment, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.DeclineAmendment(ctx, x.by, escrow.DeclineAmendmentInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.Cancel, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Cancel(ctx, x.by, escrow.CancelInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.Close, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Escrow.Cancel(ctx, x.by, escrow.CancelInput{Key: x.key, Agreement: x.id}))
	}},
	{escrow.Freeze, func(ctx context.Context, w *world, x asked) error {
		return errOf(w.engine.Disputes.Open(ctx, x.by, dispute.OpenInput{
			Key: x.key, Agreement: x.id, Reason: dispute.Other, Statement: words, ToPayee: x.amount,
		}))
	}},
}

func errOf[T any](_ T, err error) error { return err }

var bearers = []escrow.Bearer{escrow.BearEach, escrow.BearPayer, escrow.BearPayee, escrow.BearNobody}

// deal is one of the people, or somebody who has no say, doing something to an
// agreement: mostly what he may, and sometimes what he may not.
func deal(ctx context.Context, w *world, d *dice) error {
	if len(w.agreements) == 0 {
		return nil
	}
	a, err := w.agreement(ctx, w.busy(d))
	if err != nil {
		return err
	}
	payer, payee := lance.Person(lance.UserID(a.Payer)), lance.Person(lance.UserID(a.Payee))
	by := payer
	switch n := d.upTo(20); {
	case n == 0:
		by = admin
	case n == 1:
		by = stranger
	case n < 10:
		by = payee
	}
	may := slices.DeleteFunc(slices.Clone(moves), func(m move) bool { return !slices.Contains(a.AllowedActions(by), m.do) })
	if len(may) == 0 || d.one(16) {
		may = moves
	}
	m := prefer(d, may)
	x := asked{by: by, key: w.key(), id: a.ID, amount: sum(d, a, m.do)}
	w.sayf("%s: %s %s of %s", by.User, m.do, x.amount, w.name(a.ID))
	return w.command(ctx, a, func(ctx context.Context) error { return m.send(ctx, w, x) })
}

// busy returns one of the agreements, mostly one that is not over.
func (w *world) busy(d *dice) escrow.ID {
	all := slices.Sorted(maps.Keys(w.agreements))
	if !d.one(16) {
		over := map[escrow.ID]bool{}
		for _, a := range w.books.agreements {
			over[a.ID] = escrow.Lifecycle.Terminal(a.State)
		}
		if open := slices.DeleteFunc(slices.Clone(all), func(id escrow.ID) bool { return over[id] }); len(open) > 0 {
			all = open
		}
	}
	return choose(d, all, w.name)
}

// prefer draws an action: those that move money and let the agreement go on more
// often than those that end it.
func prefer(d *dice, may []move) move {
	var drawn []move
	for _, m := range may {
		times := 2
		switch m.do {
		case escrow.Fund:
			times = 16
		case escrow.Release, escrow.RefundPart:
			times = 6
		case escrow.Accept, escrow.Submit, escrow.AcceptAmendment:
			times = 4
		case escrow.Approve, escrow.Refund, escrow.Cancel, escrow.Close, escrow.Freeze:
			times = 1
		default:
		}
		drawn = append(drawn, slices.Repeat([]move{m}, times)...)
	}
	return pick(d, drawn)
}

// sum returns the amount of an action: mostly one that there is.
func sum(d *dice, a *escrow.Agreement, do escrow.Action) lance.Money {
	most := a.Remaining().Minor()
	switch do {
	case escrow.Fund:
		most = a.Missing().Minor()
		if d.one(2) {
			return lance.Money{}
		}
	case escrow.Amend:
		most = 2 * a.Amount.Minor()
	case escrow.Release, escrow.RefundPart, escrow.AskRefund, escrow.Freeze:
	default:
		return lance.Money{}
	}
	if d.one(16) {
		most++
	}
	return lance.NewMoney(d.amount(most), a.Amount.Currency())
}
