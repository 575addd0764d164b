package basetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func deliveryLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "delivery_round_trips", run: deliveryRoundTrips[R]},
		{name: "known_key_is_left_as_it_is", run: enqueueTwice[R]},
		{name: "absent_is_not_found", run: absentDelivery[R]},
		{name: "claim_takes_what_is_due_oldest_first", run: claimDue[R]},
		{name: "claim_takes_only_the_keys_asked_for", run: claimKeys[R]},
		{name: "lease_is_exclusive_until_it_ends", run: leaseIsExclusive[R]},
		{name: "stale_token_settles_nothing", run: staleToken[R]},
		{name: "settled_is_not_claimed_again", run: settledIsDone[R]},
		{name: "put_off_is_claimed_when_due", run: putOffDelivery[R]},
		{name: "dead_is_listed_and_revived", run: deadIsListed[R]},
		{name: "relays_are_independent", run: relaysAreIndependent[R]},
		{name: "next_due_minds_leases", run: nextDueDelivery[R]},
		{name: "crowd_claims_each_once", run: claimCrowd[R]},
	}
}

const lease = time.Minute

func delivery(key string, due time.Time) lance.Delivery {
	return lance.Delivery{Relay: "mail", Key: key, Subject: ref(key), Body: []byte(`{"b":1,"a":"😀"}`), DueAt: due}
}

func (w *world[R]) deliveries(fn func(ctx context.Context, q lance.Deliveries) error) {
	w.Helper()
	w.in(func(ctx context.Context, r R) error { return fn(ctx, r.Deliveries()) })
}

func (w *world[R]) enqueue(ds ...lance.Delivery) {
	w.Helper()
	w.deliveries(func(ctx context.Context, q lance.Deliveries) error { return q.Enqueue(ctx, ds...) })
}

// claim claims at the clock's time.
func (w *world[R]) claim(limit int, keys ...string) (ds []lance.Delivery) {
	w.Helper()
	w.deliveries(func(ctx context.Context, q lance.Deliveries) (err error) {
		ds, err = q.Claim(ctx, "mail", w.clock.Now(), lease, limit, keys...)
		return err
	})
	return ds
}

func (w *world[R]) settle(d lance.Delivery) error {
	return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return r.Deliveries().Settle(ctx, d) })
}

func (w *world[R]) delivery(key string) (d lance.Delivery) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		d, err = r.Deliveries().Delivery(ctx, "mail", key)
		return err
	})
	return d
}

func keysOf(ds []lance.Delivery) []string {
	var keys []string
	for _, d := range ds {
		keys = append(keys, d.Key)
	}
	return keys
}

func deliveryRoundTrips[R lance.Repos](w *world[R]) {
	in := delivery("a", epoch.Add(time.Microsecond))
	in.Attempts, in.Token, in.LeaseEnd, in.Code, in.State = 3, 9, epoch, "x", lance.DeliveryDead
	bare := lance.Delivery{Relay: "mail", Key: "bare"}
	w.enqueue(in, bare)
	want := delivery("a", epoch.Add(time.Microsecond))
	want.State = lance.DeliveryQueued
	require.Equal(w, want, w.delivery("a"), "it begins queued and not yet attempted")
	got := w.delivery("bare")
	require.Empty(w, got.Body)
	require.True(w, got.Subject.IsZero())
	require.Equal(w, epoch, got.DueAt, "without DueAt it is due at once")
}

func enqueueTwice[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch))
	other := delivery("a", epoch.Add(time.Hour))
	other.Body = []byte("other")
	w.enqueue(other, delivery("b", epoch), other)
	require.Equal(w, delivery("a", epoch).Body, w.delivery("a").Body)
	d := w.claim(1, "a")[0]
	d.State = lance.DeliveryDone
	require.NoError(w, w.settle(d))
	w.enqueue(other)
	require.Equal(w, lance.DeliveryDone, w.delivery("a").State)
	require.Equal(w, []string{"b"}, keysOf(w.claim(10)))
}

func absentDelivery[R lance.Repos](w *world[R]) {
	w.view(func(ctx context.Context, r R) error {
		_, err := r.Deliveries().Delivery(ctx, "mail", "a")
		refused(w, err, lance.NotFound, "delivery_not_found")
		return nil
	})
	refused(w, w.settle(delivery("a", epoch)), lance.NotFound, "delivery_not_found")
}

func claimDue[R lance.Repos](w *world[R]) {
	require.Empty(w, w.claim(10))
	w.enqueue(delivery("now", epoch), delivery("old", epoch.Add(-time.Hour)), delivery("older", epoch.Add(-2*time.Hour)), delivery("later", epoch.Add(time.Microsecond)))
	require.Equal(w, []string{"older"}, keysOf(w.claim(1)))
	got := w.claim(10)
	require.Equal(w, []string{"old", "now"}, keysOf(got))
	for _, d := range got {
		require.Equal(w, 1, d.Attempts)
		require.Equal(w, int64(1), d.Token)
		require.Equal(w, epoch.Add(lease), d.LeaseEnd)
		require.Equal(w, d, w.delivery(d.Key))
	}
	w.clock.Move(time.Microsecond)
	require.Equal(w, []string{"later"}, keysOf(w.claim(10)))
}

func claimKeys[R lance.Repos](w *world[R]) {
	for i := range 5 {
		w.enqueue(delivery(fmt.Sprint("k", i), epoch.Add(-time.Duration(i)*time.Second)))
	}
	w.enqueue(delivery("late", epoch.Add(time.Hour)))
	require.ElementsMatch(w, []string{"k1", "k3"}, keysOf(w.claim(10, "k1", "k3", "late", "none")))
	require.Empty(w, w.claim(10, "k1"), "it is leased")
	require.Equal(w, []string{"k2"}, keysOf(w.claim(1, "k2")))
}

func leaseIsExclusive[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch))
	require.Len(w, w.claim(10), 1)
	require.Empty(w, w.claim(10))
	w.clock.Move(lease - time.Microsecond)
	require.Empty(w, w.claim(10))
	w.clock.Move(time.Microsecond)
	again := w.claim(10)
	require.Len(w, again, 1, "the lease has ended")
	require.Equal(w, 2, again[0].Attempts)
	require.Equal(w, int64(2), again[0].Token)
}

func staleToken[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch))
	first := w.claim(1)[0]
	w.clock.Move(lease)
	second := w.claim(1)[0]
	first.State, first.Code = lance.DeliveryDead, "late"
	refused(w, w.settle(first), lance.Stale, "delivery_lease")
	require.Equal(w, second, w.delivery("a"))
	second.State = lance.DeliveryDone
	require.NoError(w, w.settle(second))
	refused(w, w.settle(first), lance.Stale, "delivery_lease")
	require.Equal(w, lance.DeliveryDone, w.delivery("a").State)
}

func settledIsDone[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch))
	d := w.claim(1)[0]
	d.State, d.Code = lance.DeliveryDone, "ok"
	d.Body, d.Subject = []byte("changed"), ref("changed")
	require.NoError(w, w.settle(d))
	kept := w.delivery("a")
	require.Equal(w, lance.DeliveryDone, kept.State)
	require.Equal(w, "ok", kept.Code)
	require.True(w, kept.LeaseEnd.IsZero(), "the lease ends")
	require.Equal(w, ref("a"), kept.Subject, "what is owed does not change")
	require.Equal(w, delivery("a", epoch).Body, kept.Body)
	w.clock.Move(time.Hour)
	require.Empty(w, w.claim(10))
}

func putOffDelivery[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch))
	d := w.claim(1)[0]
	d.State, d.Code, d.DueAt = lance.DeliveryQueued, "busy", epoch.Add(time.Second)
	require.NoError(w, w.settle(d))
	require.Empty(w, w.claim(10))
	w.clock.Move(time.Second)
	again := w.claim(10)
	require.Len(w, again, 1)
	require.Equal(w, "busy", again[0].Code)
	require.Equal(w, 2, again[0].Attempts)
}

func deadIsListed[R lance.Repos](w *world[R]) {
	dead := func(relay string, limit int) (ds []lance.Delivery) {
		w.view(func(ctx context.Context, r R) (err error) {
			ds, err = r.Deliveries().Dead(ctx, relay, limit)
			return err
		})
		return ds
	}
	require.Empty(w, dead("", 10))
	w.enqueue(delivery("a", epoch), delivery("b", epoch.Add(-time.Hour)), delivery("alive", epoch))
	for _, d := range w.claim(10, "a", "b") {
		d.State, d.Code = lance.DeliveryDead, "gone"
		require.NoError(w, w.settle(d))
	}
	w.clock.Move(time.Hour)
	require.Equal(w, []string{"b", "a"}, keysOf(dead("mail", 10)))
	require.Equal(w, []string{"b"}, keysOf(dead("mail", 1)))
	require.Equal(w, []string{"b", "a"}, keysOf(dead("", 10)))
	require.Empty(w, dead("other", 10))
	require.Equal(w, []string{"alive"}, keysOf(w.claim(10)), "the dead are not claimed")

	revived := w.delivery("a")
	revived.State, revived.DueAt = lance.DeliveryQueued, w.clock.Now()
	require.NoError(w, w.settle(revived))
	require.Equal(w, []string{"b"}, keysOf(dead("mail", 10)))
	require.Equal(w, []string{"a"}, keysOf(w.claim(10)))
}

func relaysAreIndependent[R lance.Repos](w *world[R]) {
	other := delivery("a", epoch)
	other.Relay, other.Body = "mail2", []byte("2")
	w.enqueue(delivery("a", epoch), other)
	got := w.claim(10)
	require.Len(w, got, 1)
	require.Equal(w, "mail", got[0].Relay)
	w.deliveries(func(ctx context.Context, q lance.Deliveries) error {
		ds, err := q.Claim(ctx, "mail2", epoch, lease, 10)
		require.Len(w, ds, 1)
		require.Equal(w, "2", string(ds[0].Body))
		return err
	})
}

func nextDueDelivery[R lance.Repos](w *world[R]) {
	next := func() (at time.Time) {
		w.view(func(ctx context.Context, r R) (err error) {
			at, err = r.Deliveries().NextDue(ctx)
			return err
		})
		return at
	}
	require.True(w, next().IsZero())
	other := delivery("c", epoch.Add(3*time.Hour))
	other.Relay = "other"
	w.enqueue(delivery("a", epoch), other)
	require.Equal(w, epoch, next())
	d := w.claim(1)[0]
	require.Equal(w, epoch.Add(lease), next(), "a claimed one is not to be had before its lease ends")
	d.State, d.DueAt = lance.DeliveryQueued, epoch.Add(2*time.Hour)
	require.NoError(w, w.settle(d))
	require.Equal(w, epoch.Add(2*time.Hour), next())
	d.State = lance.DeliveryDone
	require.NoError(w, w.settle(d))
	require.Equal(w, epoch.Add(3*time.Hour), next())
}

func claimCrowd[R lance.Repos](w *world[R]) {
	for i := range crowd {
		w.enqueue(delivery(string(member(i)), epoch))
	}
	var mu sync.Mutex
	claims := map[string]int{}
	errs := w.members(func(int) error {
		for {
			var got []lance.Delivery
			err := w.db.InTx(w.Context(), func(ctx context.Context, r R) (err error) {
				got, err = r.Deliveries().Claim(ctx, "mail", epoch, lease, 3)
				return err
			})
			if err != nil || len(got) == 0 {
				return err
			}
			mu.Lock()
			for _, d := range got {
				claims[d.Key]++
			}
			mu.Unlock()
		}
	})
	require.NoError(w, errors.Join(errs...))
	for i := range crowd {
		require.LessOrEqual(w, claims[string(member(i))], 1)
	}
	// A crowd with SKIP LOCKED may leave some to the next who comes.
	rest := w.claim(crowd)
	require.Equal(w, crowd, len(claims)+len(rest))
}
