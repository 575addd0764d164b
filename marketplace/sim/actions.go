package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
)

// action is something that somebody does. It draws all it needs from its dice,
// says what it is in the world's words, and returns what it was refused with.
type action struct {
	name   string
	weight int64
	do     func(ctx context.Context, w *world, d *dice) error
}

// actions are all that is done, by whomever. A new one is a line.
var actions = []action{
	{"top up", 10, topUp},
	{"pay out", 6, payOut},
	{"agree", 9, agree},
	{"agreement", 60, deal},
	{"case", 14, court},
	{"reserve", 3, reserve},
	{"resolve", 3, resolve},
	{"again", 5, sayAgain},
	{"webhook", 12, hear},
	{"forge", 1, forge},
	{"charge back", 5, chargeBack},
	{"settle", 2, settle},
	{"decide", 1, decide},
	{"write off", 1, writeOff},
	{"abandon", 2, abandon},
	{"wait", 14, wait},
	{"work", 8, work},
	{"claim", 10, claim},
}

// topUp is somebody's, by a card that is mostly known.
func topUp(ctx context.Context, w *world, d *dice) error {
	by, c := pick(d, people), pick(d, currencies)
	in := payments.TopUpInput{Amount: lance.NewMoney(1000+d.amount(500_000), c), Method: goodToken, Key: w.key()}
	if d.one(10) {
		in.Method = badToken
	}
	w.sayf("%s tops up %s by a card that is %s", by.User, in.Amount, in.Method)
	return w.counted(ctx, func(r marketplace.Repos) counter { return count(r.TopUps().Find) }, func(ctx context.Context) error {
		_, err := w.engine.Payments.TopUp(ctx, by, in)
		return err
	})
}

// payOut is somebody's, mostly of no more than he has.
func payOut(ctx context.Context, w *world, d *dice) error {
	i, c := w.rich(d)
	by := people[i]
	most := w.books.balance(ledger.Available(by.Party, c)).available()
	if d.one(6) {
		most = 2*most + 1
	}
	in := payments.PayoutInput{Amount: lance.NewMoney(d.amount(most), c), Destination: goodToken, Key: w.key()}
	if d.one(10) {
		in.Destination = badToken
	}
	w.sayf("%s has %s paid out to an account that is %s", by.User, in.Amount, in.Destination)
	return w.counted(ctx, func(r marketplace.Repos) counter { return count(r.Payouts().Find) }, func(ctx context.Context) error {
		_, err := w.engine.Payments.Payout(ctx, by, in)
		return err
	})
}

// agree makes an agreement, or proposes one.
func agree(ctx context.Context, w *world, d *dice) error {
	payer, c := w.rich(d)
	payee := (payer + 1 + d.upTo(int64(len(people))-1)) % int64(len(people))
	in := escrow.AgreeInput{
		Key: w.key(), Subject: lance.Ref{Kind: "job", ID: fmt.Sprint(w.step)},
		Payer: people[payer].Party, Payee: people[payee].Party,
		Amount: lance.NewMoney(1+d.amount(100_000), c), Policy: &documents[d.upTo(int64(len(documents)))],
	}
	if d.one(5) {
		third := people[(payer+1+d.upTo(int64(len(people))-1))%int64(len(people))]
		in.Payees = []escrow.Share{{Party: in.Payee, Weight: 1 + d.upTo(3)}}
		if third.Party != in.Payee {
			in.Payees = append(in.Payees, escrow.Share{Party: third.Party, Weight: 1 + d.upTo(3)})
		}
	}
	if d.one(4) {
		in.AcceptWithin = time.Duration(1+d.upTo(20)) * day
	}
	by := pick(d, []lance.Actor{people[payer], people[payee], people[payer], admin, stranger})
	w.sayf("%s agrees that %s pays %s %s under policy %d", by.User, in.Payer, in.Payee, in.Amount, in.Policy.Version)
	var made *escrow.Agreement
	err := w.counted(ctx, func(r marketplace.Repos) counter { return count(r.Agreements().Find) }, func(ctx context.Context) (err error) {
		made, err = w.engine.Escrow.Agree(ctx, by, in)
		return err
	})
	if err == nil {
		w.agreements[made.ID] = fmt.Sprintf("A%d", w.step)
		w.sayf("%s: %s", w.said, w.name(made.ID))
	}
	return err
}

// rich returns somebody, mostly one who has something, and a currency that he has.
func (w *world) rich(d *dice) (int64, lance.Currency) {
	type purse struct {
		of int64
		in lance.Currency
	}
	var all, full []purse
	for i := range people {
		for _, c := range currencies {
			p := purse{int64(i), c}
			if all = append(all, p); w.books.balance(ledger.Available(people[i].Party, c)).available() > 0 {
				full = append(full, p)
			}
		}
	}
	if len(full) > 0 && !d.one(10) {
		all = full
	}
	p := choose(d, all, func(p purse) string { return people[p.of].Label() + p.in.Code() })
	return p.of, p.in
}

// reserve is a host's own reservation on what somebody has: it may expire.
func reserve(ctx context.Context, w *world, d *dice) error {
	i, c := w.rich(d)
	p := people[i].Party
	from := ledger.Available(p, c)
	ref := lance.Ref{Kind: "reservation", ID: fmt.Sprint(w.step)}
	t := ledger.Transfer{
		ID: ledger.TransferIDFor(ref, "reserve", 0), Code: "reserve", Debit: from, Credit: ledger.Fee(c), Subject: ref, Pending: true,
		Amount: lance.NewMoney(d.amount(w.books.balance(from).available()), c), ExpiresAt: w.now.Add(time.Duration(1+d.upTo(96)) * time.Hour),
	}
	w.sayf("the host reserves %s of %s for R%d", t.Amount, p, w.step)
	err := w.sure(ctx, func(ctx context.Context) error {
		_, err := w.engine.Ledger.Post(ctx, t)
		return err
	})
	if err == nil {
		w.reserves[t.ID] = fmt.Sprintf("R%d", w.step)
	}
	return err
}

// resolve posts or voids a reservation, perhaps one that is over.
func resolve(ctx context.Context, w *world, d *dice) error {
	if len(w.reserves) == 0 {
		return nil
	}
	of := choose(d, slices.Sorted(maps.Keys(w.reserves)), func(id ledger.TransferID) string { return w.reserves[id] })
	ref := lance.Ref{Kind: "reservation", ID: fmt.Sprint(w.step)}
	t := ledger.Transfer{
		ID: ledger.TransferIDFor(ref, "resolve", 0), Code: "reserve", Subject: ref, Resolves: of, Void: d.one(3),
	}
	w.sayf("the host resolves %s, void: %v", w.reserves[of], t.Void)
	return w.sure(ctx, func(ctx context.Context) error {
		_, err := w.engine.Ledger.Post(ctx, t)
		return err
	})
}

// sayAgain sends a command that has succeeded once more, under its key.
func sayAgain(ctx context.Context, w *world, d *dice) error {
	if len(w.past) == 0 {
		return nil
	}
	p := choose(d, w.past, func(p again) string { return p.name })
	if w.now.Sub(p.at) > lance.DefaultKeepKeys/2 {
		return nil // the key may be forgotten
	}
	w.sayf("again: %s", p.name)
	err := w.sure(ctx, p.send)
	now, bad := w.fold(ctx)
	switch {
	case bad != nil:
		return bad
	case now.made() != w.books.made(): // a call that is owed to the bank may be made by it
		return broken(Once, "%s has made %d changes of %d", p.name, now.made(), w.books.made())
	}
	return err
}

// hear delivers something that the bank tells, whichever; it may be lost, or come
// again.
func hear(ctx context.Context, w *world, d *dice) error {
	ripe := w.bank.ripe()
	if len(ripe) == 0 {
		return nil
	}
	i := pick(d, ripe)
	ev := w.bank.heap[i]
	lost := d.one(10)
	if lost || !d.one(4) {
		w.bank.drop(i)
	}
	w.sayf("the bank tells of %s %s: %s (lost: %v)", ev.Kind, ev.Key, ev.State, lost)
	if lost {
		return nil
	}
	return w.hear(ctx, ev)
}

// hear takes in what the bank tells.
func (w *world) hear(ctx context.Context, ev provider.Event) error {
	req, err := webhook(ev, false)
	if err != nil {
		return err
	}
	return w.sure(ctx, func(ctx context.Context) error { return w.engine.Payments.Receive(ctx, bankName, req) })
}

// forge tells in the bank's name that something has succeeded.
func forge(ctx context.Context, w *world, d *dice) error {
	if len(w.bank.heap) == 0 {
		return nil
	}
	ev := pick(d, w.bank.heap)
	ev.ID += "_forged"
	req, err := webhook(ev, true)
	if err != nil {
		return err
	}
	w.sayf("somebody forges %s %s", ev.Kind, ev.Key)
	err = w.sure(ctx, func(ctx context.Context) error { return w.engine.Payments.Receive(ctx, bankName, req) })
	if err == nil {
		return broken(Refusal, "a forged webhook was taken in")
	}
	return err
}

// settle is an administrator who says how a payout ended: what the bank told him.
func settle(ctx context.Context, w *world, d *dice) error {
	var waits []*payments.Payout
	for _, p := range w.books.payouts {
		if p.State == payments.Requested || p.State == payments.Submitted {
			waits = append(waits, p)
		}
	}
	if len(waits) == 0 {
		return nil
	}
	p := pick(d, waits)
	do := payments.Pay
	switch state := w.bank.state(string(p.ID)); {
	case stateIs(state, provider.Succeeded, provider.Returned):
	case stateIs(state, provider.Refused):
		do = payments.Reject
	default:
		return nil // not even the bank knows
	}
	w.sayf("the administrator says of a payout of %s: %s", p.Amount, do)
	return w.sure(ctx, func(ctx context.Context) error {
		_, err := w.engine.Payments.SettlePayout(ctx, admin, p.ID, do)
		return err
	})
}

// chargeBack is a card holder who asks his bank for money back, behind everybody's
// back; mostly the bank tells of it at once.
func chargeBack(ctx context.Context, w *world, d *dice) error {
	of := w.bank.contestable()
	if len(of) == 0 {
		return nil
	}
	a := w.bank.chargeBack(d, choose(d, of, func(a *affair) string { return a.amount.String() }))
	w.sayf("a bank takes %s of a charge back", a.amount)
	if d.one(4) {
		return nil
	}
	i := slices.IndexFunc(w.bank.heap, func(ev provider.Event) bool { return ev.Chargeback == a.ref })
	if err := w.hear(ctx, w.bank.heap[i]); err != nil {
		return err
	}
	return w.work(ctx, 1)
}

// decide is an administrator who says how a chargeback ended: what the bank told him.
func decide(ctx context.Context, w *world, d *dice) error {
	open := slices.DeleteFunc(slices.Clone(w.books.backs), func(c *payments.Chargeback) bool { return c.State != payments.Open })
	if len(open) == 0 {
		return nil
	}
	c := pick(d, open)
	do, known := map[provider.State]payments.ChargebackAction{provider.Won: payments.Win, provider.Lost: payments.Lose}[w.bank.state(c.ProviderRef)]
	if !known {
		return nil // not even the bank knows
	}
	w.sayf("the administrator says of a chargeback of %s: %s", c.Amount, do)
	return w.sure(ctx, func(ctx context.Context) error {
		_, err := w.engine.Payments.SettleChargeback(ctx, admin, c.ID, do)
		return err
	})
}

// writeOff is an administrator who gives a debt up.
func writeOff(ctx context.Context, w *world, d *dice) error {
	owing := slices.DeleteFunc(slices.Clone(w.books.debts), func(x *payments.Debt) bool { return x.State != payments.Owing })
	if len(owing) == 0 {
		return nil
	}
	x := pick(d, owing)
	w.sayf("the administrator writes off %s of %s", x.Rest(), x.Party)
	return w.sure(ctx, func(ctx context.Context) error {
		_, err := w.engine.Payments.WriteOffDebt(ctx, admin, x.ID)
		return err
	})
}

// abandon is an administrator who gives a top-up up.
func abandon(ctx context.Context, w *world, d *dice) error {
	var waits []*payments.TopUp
	for _, t := range w.books.topUps {
		if t.State == payments.Processing {
			waits = append(waits, t)
		}
	}
	if len(waits) == 0 {
		return nil
	}
	t := pick(d, waits)
	w.sayf("the administrator gives up a top-up of %s", t.Amount)
	return w.sure(ctx, func(ctx context.Context) error {
		_, err := w.engine.Payments.AbandonTopUp(ctx, admin, t.ID)
		return err
	})
}

// spans are how long nobody does anything.
var spans = []time.Duration{time.Minute, time.Hour, day, day, 3 * day, 8 * day, 15 * day, 40 * day}

// wait lets time pass, and the engine work.
func wait(ctx context.Context, w *world, d *dice) error {
	w.now = w.now.Add(pick(d, spans))
	w.sayf("time passes")
	return w.work(ctx, 1+int(d.upTo(3)))
}

// work lets the engine work.
func work(ctx context.Context, w *world, d *dice) error {
	w.now = w.now.Add(time.Duration(d.upTo(90)) * time.Second)
	w.sayf("the engine works")
	return w.work(ctx, 1+int(d.upTo(3)))
}

// work does rounds of the engine's work, each until it is known to be done. What
// it tells of has to be something that is tried again by itself.
func (w *world) work(ctx context.Context, rounds int) error {
	for range rounds {
		var rep lance.Report
		err := w.sure(ctx, func(ctx context.Context) (err error) {
			rep, err = w.engine.Step(ctx, w.now)
			return err
		})
		if err != nil {
			return err
		}
		for _, p := range rep.Parked {
			return broken(NoFault, "an event of %s was set aside: %s", p.Stream, p.Code)
		}
		for _, f := range rep.Faults {
			if !passing(f.Err) {
				return broken(NoFault, "%s of %s: %v", f.Name, f.Subject, f.Err)
			}
		}
		if rep.Idle() {
			return nil
		}
	}
	return nil
}

// passing reports whether a fault is one that passes: the bank's or the store's.
func passing(err error) bool {
	code := lance.CodeOf(err)
	return lance.KindOf(err) == lance.Unavailable || code == "commit_unknown" || code == "provider_unknown" ||
		errors.Is(err, context.Canceled) && code == ""
}
