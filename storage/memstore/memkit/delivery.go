package memkit

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/megilance/lance"
)

// Deliveries are calls to the outside that are owed.
func (tx *Tx) Deliveries() lance.Deliveries { return deliveries{tx} }

type deliveries struct{ tx *Tx }

// called names a delivery.
type called struct{ relay, key string }

func (c called) compare(o called) int {
	return cmp.Or(strings.Compare(c.relay, o.relay), strings.Compare(c.key, o.key))
}

// turn is when a delivery of a relay is due.
type turn struct {
	relay string
	at    time.Time
	key   string
}

func (t turn) compare(o turn) int {
	return cmp.Or(strings.Compare(t.relay, o.relay), t.at.Compare(o.at), strings.Compare(t.key, o.key))
}

func (q deliveries) all() sorted[called, lance.Delivery] {
	return sorted[called, lance.Delivery]{q.tx, q.tx.core.slot("deliveries"), called.compare}
}

// turns are the deliveries in one state by relay and DueAt.
func (q deliveries) turns(s lance.DeliveryState) sorted[turn, called] {
	return sorted[turn, called]{q.tx, q.tx.core.slot("deliveries." + string(s)), turn.compare}
}

// ready are the queued deliveries of all relays (which is what the empty relay
// stands for in a turn) by when one may be claimed next.
func (q deliveries) ready() sorted[turn, called] {
	return sorted[turn, called]{q.tx, q.tx.core.slot("deliveries.ready"), turn.compare}
}

func turnOf(d lance.Delivery) turn { return turn{d.Relay, d.DueAt, d.Key} }

func readyOf(d lance.Delivery) turn {
	at := d.DueAt
	if d.LeaseEnd.After(at) {
		at = d.LeaseEnd
	}
	return turn{"", at, d.Relay + "\x00" + d.Key}
}

// put replaces old by d in the table and in what is kept by time.
func (q deliveries) put(old *lance.Delivery, d lance.Delivery) error {
	name := called{d.Relay, d.Key}
	if old != nil {
		if err := q.turns(old.State).del(turnOf(*old)); err != nil {
			return err
		}
		if err := q.ready().del(readyOf(*old)); err != nil {
			return err
		}
	}
	if err := q.turns(d.State).put(turnOf(d), name); err != nil {
		return err
	}
	if d.State == lance.DeliveryQueued {
		if err := q.ready().put(readyOf(d), name); err != nil {
			return err
		}
	}
	return q.all().put(name, clone(d))
}

// Enqueue stores deliveries in state queued. One that is known already is left
// as it is.
func (q deliveries) Enqueue(_ context.Context, ds ...lance.Delivery) error {
	for _, d := range ds {
		if _, known := q.all().get(called{d.Relay, d.Key}); known {
			continue
		}
		d.DueAt = lance.Instant(d.DueAt)
		if d.DueAt.IsZero() {
			d.DueAt = q.tx.now
		}
		d.State, d.Attempts, d.Token, d.LeaseEnd, d.Code = lance.DeliveryQueued, 0, 0, time.Time{}, ""
		if err := q.put(nil, d); err != nil {
			return err
		}
	}
	return q.tx.writable()
}

// Claim leases deliveries that are due and not leased, oldest due first, at most
// limit; with keys only those.
func (q deliveries) Claim(_ context.Context, relay string, now time.Time, lease time.Duration, limit int, keys ...string) ([]lance.Delivery, error) {
	wanted := map[string]bool{}
	for _, k := range keys {
		wanted[k] = true
	}
	var claimed []lance.Delivery
	queued := q.turns(lance.DeliveryQueued).from(func(t turn) bool { return t.relay < relay })
	for t, name := range while(queued, func(t turn) bool { return t.relay == relay && !t.at.After(now) }) {
		if len(claimed) >= limit {
			break
		}
		if len(keys) > 0 && !wanted[t.key] {
			continue
		}
		d, _ := q.all().get(name)
		if d.LeaseEnd.After(now) {
			continue
		}
		old := d
		d.Attempts++
		d.Token++
		d.LeaseEnd = lance.Instant(now.Add(lease))
		if err := q.put(&old, d); err != nil {
			return nil, err
		}
		claimed = append(claimed, clone(d))
	}
	return claimed, q.tx.writable()
}

// Settle stores what became of a claimed delivery. It fails with Stale
// "delivery_lease" when another claim has been given out since.
func (q deliveries) Settle(_ context.Context, d lance.Delivery) error {
	if err := q.tx.writable(); err != nil {
		return err
	}
	old, ok := q.all().get(called{d.Relay, d.Key})
	if !ok {
		return noDelivery()
	}
	if old.Token != d.Token {
		return lance.E(lance.Stale, "delivery_lease", "another process has this delivery now")
	}
	kept := old
	kept.State, kept.DueAt, kept.Code, kept.LeaseEnd = d.State, lance.Instant(d.DueAt), d.Code, time.Time{}
	return q.put(&old, kept)
}

// Delivery returns one, or NotFound "delivery_not_found".
func (q deliveries) Delivery(_ context.Context, relay, key string) (lance.Delivery, error) {
	d, ok := q.all().get(called{relay, key})
	if !ok {
		return d, noDelivery()
	}
	return clone(d), nil
}

func noDelivery() error {
	return lance.E(lance.NotFound, "delivery_not_found", "there is no such delivery")
}

// Dead returns the deliveries of a relay, or of all, that were given up, oldest
// due first, at most limit.
func (q deliveries) Dead(_ context.Context, relay string, limit int) ([]lance.Delivery, error) {
	var dead []turn
	for t := range q.turns(lance.DeliveryDead).from(func(t turn) bool { return t.relay < relay }) {
		if relay != "" && t.relay != relay {
			break
		}
		dead = append(dead, t)
	}
	slices.SortStableFunc(dead, func(a, b turn) int { return a.at.Compare(b.at) })
	var found []lance.Delivery
	for _, t := range dead[:min(limit, len(dead))] {
		d, _ := q.all().get(called{t.relay, t.key})
		found = append(found, clone(d))
	}
	return found, nil
}

// NextDue returns when the next queued delivery may be claimed; zero when
// nothing is queued.
func (q deliveries) NextDue(context.Context) (time.Time, error) {
	for t := range q.ready().from(func(turn) bool { return false }) {
		return t.at, nil
	}
	return time.Time{}, nil
}
