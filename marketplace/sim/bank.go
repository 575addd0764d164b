package sim

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// bankName is what the provider is called.
const bankName = "bank"

// The tokens that it knows.
const (
	goodToken = "known"
	badToken  = "unknown"
)

// bank is the payment provider of one run. It outlives every process. What
// becomes of a charge or a payout is decided when it is made and comes out by
// and by; what it tells of that waits in a heap, from which anything can be
// taken at any time, more than once or never.
type bank struct {
	now   func() time.Time
	dice  *dice // never rolled, only forked
	calls map[string]int
	made  map[string]*affair
	backs map[string]int64 // by charge: what was charged back of it
	heap  []provider.Event
}

// affair is a charge or a payout that was made.
type affair struct {
	kind   provider.Kind
	key    string
	ref    string
	amount lance.Money
	turns  []turn
}

// turn is what becomes of it at a time.
type turn struct {
	at   time.Time
	kind provider.Kind
	out  provider.Outcome
}

func newBank(seed *dice, now func() time.Time) *bank {
	return &bank{now: now, dice: seed.fork("bank"), calls: map[string]int{}, made: map[string]*affair{}, backs: map[string]int64{}}
}

// Name returns what the provider is called.
func (b *bank) Name() string { return bankName }

// stands returns what has become of the affair by now.
func (a *affair) stands(now time.Time) provider.Outcome {
	var out provider.Outcome
	settled := false
	for _, t := range a.turns {
		switch {
		case t.at.After(now):
		case t.kind == provider.KindSettlement:
			settled = true
		default:
			out = t.out
		}
	}
	out.Ref, out.Settled = a.ref, out.Settled || settled
	return out
}

// Charge takes money, in the bank's own good time.
func (b *bank) Charge(_ context.Context, c provider.Charge) (provider.Outcome, error) {
	if c.Method != goodToken {
		return provider.Outcome{}, refuse("/method", provider.CodeMethodUnknown)
	}
	return b.take(provider.KindCharge, c.Key, c.Amount)
}

// Payout sends money, likewise.
func (b *bank) Payout(_ context.Context, p provider.Payout) (provider.Outcome, error) {
	if p.Destination != goodToken {
		return provider.Outcome{}, refuse("/destination", provider.CodeDestinationUnknown)
	}
	return b.take(provider.KindPayout, p.Key, p.Amount)
}

func refuse(pointer, code string) error {
	var f lance.Faults
	f.Add(pointer, code, "the bank does not know this")
	return f.Err()
}

func unreachable() error {
	return lance.E(lance.Unavailable, "provider_unavailable", "the bank did not answer")
}

// take makes what was not made before. Now and then nothing comes of the call,
// or nothing of the answer.
func (b *bank) take(kind provider.Kind, key string, amount lance.Money) (provider.Outcome, error) {
	b.calls[key]++
	d := b.dice.fork("call", key, strconv.Itoa(b.calls[key]))
	if d.one(7) {
		return provider.Outcome{}, unreachable()
	}
	a := b.made[key]
	if a == nil {
		a = b.begin(kind, key, amount)
	}
	if a.amount != amount || a.kind != kind {
		return provider.Outcome{}, lance.E(lance.Conflict, "key_reused", "this key names another call")
	}
	if d.one(7) {
		return provider.Outcome{}, unreachable()
	}
	return a.stands(b.now()), nil
}

func (b *bank) begin(kind provider.Kind, key string, amount lance.Money) *affair {
	a := &affair{kind: kind, key: key, ref: "ref_" + key, amount: amount}
	d := b.dice.fork("fate", key)
	if kind == provider.KindCharge {
		a.charge(d, b.now())
	} else {
		a.payout(d, b.now())
	}
	b.keep(a, provider.Event{Kind: kind, Key: key, Ref: a.ref, Amount: amount})
	return a
}

// keep remembers an affair and puts what is to be told of it on the heap.
func (b *bank) keep(a *affair, ev provider.Event) {
	b.made[a.key] = a
	for i, t := range a.turns {
		ev.ID, ev.Kind, ev.State, ev.Code, ev.At = "ev_"+strconv.Itoa(i)+"_"+a.key, t.kind, t.out.State, t.out.Code, t.at
		b.heap = append(b.heap, ev)
	}
}

// chargeBack lets the payer's bank take back a part of a charge that succeeded, and
// decide within forty days, perhaps more than once. All that is taken back of a charge is no more than it.
func (b *bank) chargeBack(d *dice, of *affair) *affair {
	left := of.amount.Minor() - b.backs[of.key]
	amount := lance.NewMoney(d.amount(left), of.amount.Currency())
	b.backs[of.key] += amount.Minor()
	a := &affair{kind: provider.KindChargeback, key: "back_" + strconv.FormatInt(b.backs[of.key], 10) + "_" + of.key, amount: amount}
	a.ref = a.key
	a.turn(b.now(), a.kind, provider.Outcome{State: provider.Opened, Code: "fraudulent"})
	ends := []provider.State{provider.Won, provider.Lost}
	at := b.now()
	for range d.upTo(2) + 1 { // now and then it ends otherwise after all
		at = later(d, at, 40*24)
		a.turn(at, a.kind, provider.Outcome{State: pick(d, ends), Code: "fraudulent"})
	}
	ev := provider.Event{Key: of.key, Ref: of.ref, Amount: amount, Chargeback: a.ref}
	if d.one(2) {
		ev.Fee = lance.NewMoney(15, amount.Currency())
	}
	b.keep(a, ev)
	return a
}

// contestable returns the charges of which something is left to take back, in order.
func (b *bank) contestable() (out []*affair) {
	for _, key := range slices.Sorted(maps.Keys(b.made)) {
		a := b.made[key]
		if a.kind == provider.KindCharge && a.stands(b.now()).State == provider.Succeeded && b.backs[key] < a.amount.Minor() {
			out = append(out, a)
		}
	}
	return out
}

// later returns a time from now to that many hours after.
func later(d *dice, now time.Time, hours int64) time.Time {
	return now.Add(time.Duration(d.upTo(hours*60)) * time.Minute)
}

func (a *affair) turn(at time.Time, kind provider.Kind, out provider.Outcome) {
	a.turns = append(a.turns, turn{at, kind, out})
}

// charge decides what becomes of a charge.
func (a *affair) charge(d *dice, now time.Time) {
	end := now
	if d.one(3) {
		a.turn(now, a.kind, provider.Outcome{State: provider.Pending})
		end = later(d, now, 72)
	}
	if d.one(6) {
		a.turn(end, a.kind, provider.Outcome{State: provider.Refused, Code: "card_declined"})
		return
	}
	settled := d.one(2)
	a.turn(end, a.kind, provider.Outcome{State: provider.Succeeded, Settled: settled})
	if !settled {
		a.turn(later(d, end, 72), provider.KindSettlement, provider.Outcome{})
	}
}

// payout decides what becomes of a payout.
func (a *affair) payout(d *dice, now time.Time) {
	end := now
	if !d.one(4) {
		a.turn(now, a.kind, provider.Outcome{State: provider.Pending})
		end = later(d, now, 72)
	}
	if d.one(4) {
		a.turn(end, a.kind, provider.Outcome{State: provider.Refused, Code: "account_closed"})
		return
	}
	a.turn(end, a.kind, provider.Outcome{State: provider.Succeeded})
	if d.one(4) {
		a.turn(later(d, end, 240), a.kind, provider.Outcome{State: provider.Returned, Code: "account_closed"})
	}
}

// Lookup tells what has become of a charge, a payout or a chargeback.
func (b *bank) Lookup(_ context.Context, kind provider.Kind, key, ref string) (provider.Outcome, error) {
	if kind == provider.KindChargeback {
		key = ref
	}
	b.calls[key]++
	if b.dice.fork("lookup", key, strconv.Itoa(b.calls[key])).one(6) {
		return provider.Outcome{}, unreachable()
	}
	a := b.made[key]
	if a == nil {
		return provider.Outcome{}, lance.E(lance.NotFound, "provider_unknown", "the bank has never seen this")
	}
	return a.stands(b.now()), nil
}

// state returns what has become of a key by now; nothing for one that was never
// made.
func (b *bank) state(key string) provider.State {
	if a := b.made[key]; a != nil {
		return a.stands(b.now()).State
	}
	return ""
}

// said reports whether that has become of a key at some time.
func (b *bank) said(key string, s provider.State) bool {
	a := b.made[key]
	return a != nil && slices.ContainsFunc(a.turns, func(t turn) bool { return t.out.State == s && !t.at.After(b.now()) })
}

// sealed is the header by which the bank knows its own webhooks.
const sealed = "Bank-Seal"

// message is a webhook's body.
type message struct {
	ID         string         `json:"id"`
	Kind       provider.Kind  `json:"kind"`
	Key        string         `json:"key"`
	Ref        string         `json:"ref"`
	State      provider.State `json:"state"`
	Amount     lance.Money    `json:"amount"`
	Code       string         `json:"code"`
	At         time.Time      `json:"at"`
	Chargeback string         `json:"chargeback"`
	Fee        lance.Money    `json:"fee,omitzero"`
	AnswerBy   time.Time      `json:"answer_by,omitzero"`
}

// Parse reads a webhook of the bank's own.
func (b *bank) Parse(req provider.Request, _ time.Time) ([]provider.Event, error) {
	if len(req.Header[sealed]) != 1 || req.Header[sealed][0] != bankName {
		return nil, lance.E(lance.Unauthorized, "webhook_signature", "the webhook is not of the bank")
	}
	var m message
	if err := json.Unmarshal(req.Body, &m); err != nil {
		return nil, lance.E(lance.Invalid, "webhook_body", "the webhook cannot be read").Cause(err)
	}
	return []provider.Event{provider.Event(m)}, nil
}

// ripe returns the places in the heap of what has happened by now.
func (b *bank) ripe() (at []int) {
	for i, ev := range b.heap {
		if !ev.At.After(b.now()) {
			at = append(at, i)
		}
	}
	return at
}

// webhook makes the request that tells of an event; a forged one has no seal.
func webhook(ev provider.Event, forged bool) (provider.Request, error) {
	body, err := json.Marshal(message(ev))
	req := provider.Request{Header: map[string][]string{sealed: {bankName}}, Body: body}
	if forged {
		req.Header[sealed] = []string{strings.ToUpper(bankName)}
	}
	return req, err
}

// drop takes an event off the heap.
func (b *bank) drop(i int) { b.heap = slices.Delete(b.heap, i, i+1) }
