package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	topUps  = "/v1/wallet/top-ups"
	payouts = "/v1/payouts"
)

// worker is a client and a freelancer who deal with each other alone, so that it
// is known to the cent what they must have in the end.
type worker struct {
	*fleet
	name               string
	dice               *dice
	client, freelancer *account
	keys               int

	topUps, payouts  int     // how many were made
	purse, earned    int     // at least available to the client and to the freelancer, in cents
	pending, bounced int     // what comes by itself: top-ups, and payouts that come back
	deals            []*deal // apart from contracts
	contracts        []string
}

// deal is an agreement as its parties know it, in cents.
type deal struct {
	at                                 string
	amount, funded, released, refunded int
}

// crowd brings workers in.
func (f *fleet) crowd(n int) (all []*worker) {
	f.Helper()
	for i := range n {
		all = append(all, f.worker(strconv.Itoa(i)))
	}
	return all
}

// worker brings two people in who deal with each other.
func (f *fleet) worker(name string) *worker {
	f.Helper()
	return &worker{
		fleet: f, name: name, dice: f.dice, client: f.join("client"+name, "client"), freelancer: f.join("freelancer"+name, "freelancer"),
	}
}

// key names the next request.
func (w *worker) key() string {
	w.keys++
	return w.name + "-" + strconv.Itoa(w.keys)
}

// money is an amount of cents.
func money(cents int) map[string]any {
	return map[string]any{"amount": fmt.Sprintf("%d.%02d", cents/100, cents%100), "currency": "USD"}
}

// dollars draws up to most dollars, in cents; at least one.
func (w *worker) dollars(most int) int { return 100 * (1 + w.dice.n(most)) }

// work does one thing after another until it is told to end.
func (w *worker) work() {
	for !w.ended.Load() && !w.Failed() {
		switch w.dice.n(5) {
		case 0:
			w.hire()
		case 1:
			w.withdraw()
		default:
			w.deal()
		}
	}
}

// quarrel deals with money that is charged back while it moves. What becomes of it
// depends on who comes first, so that only the books can tell whether it is right.
func (w *worker) quarrel() {
	for !w.ended.Load() && !w.Failed() {
		amount := w.dollars(100)
		method := []string{"pm_chargeback", "pm_chargeback_won"}[w.dice.n(2)]
		w.client.ask(w.key(), topUps, map[string]any{"amount": money(amount), "payment_method": method})
		made := w.client.ask(w.key(), "/v1/agreements", map[string]any{
			"subject": map[string]any{"kind": "order", "id": w.key()}, "payer_id": w.client.id, "payee_id": w.freelancer.id, "amount": money(amount),
		})
		w.freelancer.ask(w.key(), made.at+"/accept", map[string]any{})
		w.client.ask(w.key(), made.at+"/fund", map[string]any{})
		w.client.ask(w.key(), made.at+"/release", map[string]any{"amount": money(w.dollars(100))})
		w.freelancer.ask(w.key(), payouts, map[string]any{"amount": money(w.dollars(50)), "destination": "ba_ok"})
		w.freelancer.ask(w.key(), made.at+"/refund", map[string]any{"amount": money(w.dollars(100))})
		w.client.ask(w.key(), made.at+"/approve", map[string]any{})
	}
}

// recall holds the servers to what they have told the two.
func (w *worker) recall() {
	w.Helper()
	w.client.recall()
	w.freelancer.recall()
}

// topUp brings money in until there is enough.
func (w *worker) topUp(enough int) {
	for w.purse < enough {
		w.topUps++
		amount := enough + w.dollars(50)
		method := []string{"pm_ok", "pm_ok", "pm_ok", "pm_pending", "pm_declined"}[w.dice.n(5)]
		got := w.client.do(w.key(), topUps, map[string]any{"amount": money(amount), "payment_method": method})
		switch {
		case method == "pm_declined": // processing, where a server died over it
		case got.told["state"] == "confirmed":
			w.purse += amount
		default:
			w.pending += amount
		}
	}
}

// withdraw pays out what the freelancer has earned.
func (w *worker) withdraw() {
	if w.earned < 100 {
		return
	}
	amount := 1 + w.dice.n(w.earned)
	destination := []string{"ba_ok", "ba_rejected"}[w.dice.n(2)]
	w.payouts++
	w.freelancer.do(w.key(), payouts, map[string]any{"amount": money(amount), "destination": destination})
	w.earned -= amount
	if destination == "ba_rejected" {
		w.bounced += amount
	}
}

// deal makes an agreement and leads it some way.
func (w *worker) deal() {
	d := &deal{amount: w.dollars(100)}
	w.topUp(d.amount)
	d.at = w.client.do(w.key(), "/v1/agreements", map[string]any{
		"subject": map[string]any{"kind": "order", "id": w.key()}, "payer_id": w.client.id, "payee_id": w.freelancer.id,
		"amount": money(d.amount), "inspection": "1h", "accept_within": "1000h",
	}).at
	w.deals = append(w.deals, d)
	w.freelancer.do(w.key(), d.at+"/accept", map[string]any{})
	for d.funded < d.amount {
		part := min(d.amount-d.funded, w.dollars(100))
		d.funded, w.purse = d.funded+part, w.purse-part
		w.see(d, w.client.do(w.key(), d.at+"/fund", map[string]any{"amount": money(part)}))
	}
	if w.dice.n(3) == 0 {
		w.amend(d)
	}
	for range w.dice.n(4) {
		w.part(d)
	}
	if d.released+d.refunded == d.amount {
		return
	}
	w.see(d, w.freelancer.do(w.key(), d.at+"/submit", map[string]any{}))
	switch w.dice.n(4) {
	case 0: // the clock will
	case 3:
		w.dispute(d)
	case 1:
		rest := d.amount - d.released - d.refunded
		d.refunded, w.purse = d.refunded+rest, w.purse+rest
		w.see(d, w.freelancer.do(w.key(), d.at+"/refund", map[string]any{}))
	default:
		rest := d.amount - d.released - d.refunded
		w.release(d, rest)
		w.see(d, w.client.do(w.key(), d.at+"/approve", map[string]any{}))
	}
}

// amend changes the price of a deal that holds the whole of it.
func (w *worker) amend(d *deal) {
	price := w.dollars(100)
	w.topUp(price - d.amount)
	w.freelancer.do(w.key(), d.at+"/amend", map[string]any{"amount": money(price)})
	w.purse -= price - d.amount
	d.amount, d.funded = price, price
	w.see(d, w.client.do(w.key(), d.at+"/accept-amendment", map[string]any{"amount": money(price)}))
}

// dispute freezes a deal, and the freelancer grants what the client claims.
func (w *worker) dispute(d *deal) {
	rest := d.amount - d.released - d.refunded
	part := min(rest, w.dollars(100))
	at := w.client.do(w.key(), "/v1/disputes", map[string]any{
		"agreement_id": d.at[strings.LastIndexByte(d.at, '/')+1:], "reason": "late", "statement": "It is late.", "to_payee": money(part),
	}).at
	w.freelancer.do(w.key(), at+"/concede", map[string]any{})
	w.release(d, part)
	d.refunded, w.purse = d.refunded+rest-part, w.purse+rest-part
}

// part moves a part of a deal's money, one way or the other.
func (w *worker) part(d *deal) {
	rest := d.amount - d.released - d.refunded
	if rest == 0 {
		return
	}
	part := min(rest, w.dollars(40))
	if w.dice.n(2) == 0 {
		w.release(d, part)
		w.see(d, w.client.do(w.key(), d.at+"/release", map[string]any{"amount": money(part)}))
		return
	}
	d.refunded, w.purse = d.refunded+part, w.purse+part
	w.see(d, w.freelancer.do(w.key(), d.at+"/refund", map[string]any{"amount": money(part)}))
}

// release notes what a release pays: whole dollars, less a tenth.
func (w *worker) release(d *deal, part int) {
	d.released += part
	w.earned += part / 10 * 9
}

// see compares a deal with an answer.
func (w *worker) see(d *deal, got *heardAnswer) {
	w.Helper()
	require.Equal(w, []int{d.funded, d.released, d.refunded},
		[]int{got.number(w.fleet, "funded"), got.number(w.fleet, "released"), got.number(w.fleet, "refunded")}, "%s %s", d.at, got.key)
}

// hire leads a job from its project to its end.
func (w *worker) hire() {
	amount := w.dollars(100)
	w.topUp(amount)
	p := w.client.do(w.key(), "/v1/projects", map[string]any{
		"title": "Move our shop", "description": "From one server to another.", "skills": []string{"Go"},
		"budget": map[string]any{"type": "fixed", "min": money(100), "max": money(20000)},
	}).at
	w.client.do(w.key(), p+"/publish", map[string]any{})
	bid := w.freelancer.do(w.key(), p+"/proposals", map[string]any{
		"cover_letter": "I have done this before.", "milestones": []any{map[string]any{"title": "All", "amount": money(amount)}},
	}).at
	c := w.client.do(w.key(), bid+"/accept", map[string]any{})
	w.contracts = append(w.contracts, c.at)
	ms, _ := c.told["milestones"].([]any)
	first, _ := ms[0].(map[string]any)
	id, _ := first["id"].(string)
	at := "/v1/milestones/" + id
	if w.dice.n(2) == 0 {
		amount = w.dollars(100)
		w.topUp(amount)
		w.client.do(w.key(), at+"/amend", map[string]any{"amount": money(amount)})
		w.freelancer.do(w.key(), at+"/accept-amendment", map[string]any{"amount": money(amount)})
	}
	w.purse -= amount
	w.client.do(w.key(), at+"/fund", map[string]any{})
	w.freelancer.do(w.key(), at+"/submit", map[string]any{"message": "Here it is."})
	got := w.client.do(w.key(), at+"/approve", map[string]any{})
	require.Equal(w, "approved", got.told["state"])
	w.earned += amount / 10 * 9
}

// settle lets all come to an end that goes on by itself, and counts.
func (f *fleet) settle(crowd []*worker) {
	f.Helper()
	f.alone()
	f.boss.login()
	got := f.boss.until(http.MethodPost, "/v1/test/clock/skip", "", map[string]any{"by": "61m"})
	require.Equal(f, http.StatusOK, got.status, "%s", got.raw)
	for _, w := range crowd {
		w.recall()
		w.count()
	}
	for _, s := range f.servers {
		f.kill(s)
	}
	f.verify()
}

// count holds what the two have, and how often, against what was answered.
func (w *worker) count() {
	w.Helper()
	w.client.login()
	w.freelancer.login()
	for end := time.Now().Add(patience); w.waits(); time.Sleep(20 * time.Millisecond) {
		require.True(w, time.Now().Before(end), "something is never settled")
	}
	require.Len(w, w.client.items(topUps+"?"), w.topUps)
	require.Len(w, w.freelancer.items(payouts+"?"), w.payouts)
	require.Len(w, w.client.items("/v1/contracts?as=client&"), len(w.contracts))
	require.Len(w, w.client.items("/v1/agreements?as=payer&"), len(w.contracts)+len(w.deals))
	for _, d := range w.deals {
		got := w.client.get(d.at)
		if rest := d.amount - d.released - d.refunded; rest > 0 {
			w.release(d, rest)
		}
		w.see(d, got)
		require.Equal(w, d.released/10, got.number(w.fleet, "payee_fee"), d.at)
		require.Zero(w, got.number(w.fleet, "held"), d.at)
	}
	for _, at := range w.contracts {
		require.Equal(w, "completed", w.client.get(at).told["state"], at)
	}
	require.Equal(w, w.purse+w.pending, w.client.available(), "client %s", w.name)
	require.Equal(w, w.earned+w.bounced, w.freelancer.available(), "freelancer %s", w.name)
	books := w.boss.get("/v1/admin/ledger/trial-balance")
	require.Equal(w, true, books.told["balanced"])
}

// waits reports whether a top-up, a payout or a clock is not through.
func (w *worker) waits() bool {
	w.Helper()
	for _, t := range w.client.items(topUps + "?") {
		if t["state"] == "processing" {
			return true
		}
	}
	for _, p := range w.freelancer.items(payouts + "?") {
		if p["state"] == "requested" || p["state"] == "submitted" {
			return true
		}
	}
	for _, state := range []string{"submitted", "funded"} {
		if len(w.client.items("/v1/agreements?as=payer&state="+state+"&")) > 0 {
			return true
		}
	}
	return len(w.client.items("/v1/contracts?as=client&state=active&")) > 0
}

// available is what somebody has to spend, in cents.
func (a *account) available() int {
	a.Helper()
	got := a.get("/v1/wallet")
	balances, _ := got.told["balances"].([]any)
	if len(balances) == 0 {
		return 0
	}
	first, _ := balances[0].(map[string]any)
	return (&heardAnswer{told: first, raw: got.raw}).number(a.fleet, "available")
}
