package basetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// The laws of work hold lance.Worker against the store: what happens by itself
// happens once, whoever dies in the middle and however many share it.
func workLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "reaction_takes_effect_exactly_once", run: reactsOnce[R]},
		{name: "poison_event_parks_with_its_stream_only", run: poisonParks[R]},
		{name: "unparked_events_run_in_order", run: unparkRuns[R]},
		{name: "timer_fires_once_in_its_own_transaction", run: timerFires[R]},
		{name: "timers_of_unknown_kinds_stand_in_nobody_s_way", run: unknownTimers[R]},
		{name: "failing_timer_is_put_off_and_leaves_nothing", run: timerIsPutOff[R]},
		{name: "call_is_made_and_its_result_kept", run: callIsMade[R]},
		{name: "calls_are_claimed_one_by_one", run: callsOneByOne[R]},
		{name: "call_that_died_is_made_again_after_its_lease", run: callAgain[R]},
		{name: "overtaken_call_stores_nothing", run: overtakenCall[R]},
		{name: "failing_call_dies_and_can_be_revived", run: callDies[R]},
		{name: "several_processes_share_the_work", run: workIsShared[R]},
	}
}

// changed is the payload of the suite's events.
type changed struct {
	ID WidgetID `json:"id"`
	No int      `json:"no"`
}

// EventType names the payload in the log.
func (changed) EventType() (name string, schema int) { return "widget.changed", 1 }

// emit appends one event of a widget's stream per call.
func (w *world[R]) emit(id string, versions ...int64) {
	w.Helper()
	w.in(func(ctx context.Context, r R) error {
		for _, v := range versions {
			c := lance.Change{Stream: ref(id), Version: v}
			if err := lance.Emit(ctx, r, lance.Person("ann"), c, changed{WidgetID(id), int(v)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func effect(ev lance.Event) WidgetID {
	return WidgetID(fmt.Sprintf("%s-%d", ev.Stream.ID, ev.Version))
}

// reaction inserts one widget per event, so that a second time would fail,
// after what before says.
func (w *world[R]) reaction(before func(ev lance.Event) error) lance.Jobs[R] {
	return lance.Jobs[R]{Reactions: []lance.Reaction[R]{
		lance.On("effects", func(ctx context.Context, r R, ev lance.Event, p changed) error {
			if int64(p.No) != ev.Version {
				return errors.New("the payload is another event's")
			}
			if err := w.insert(ctx, r, effect(ev)); err != nil {
				return err
			}
			return before(ev)
		}),
	}}
}

func (w *world[R]) worker(jobs lance.Jobs[R]) *lance.Worker[R] {
	return lance.NewWorker(w.db, jobs, nil)
}

// step does one step at the clock's time, which must not fail.
func (w *world[R]) step(jobs lance.Jobs[R]) lance.Report {
	w.Helper()
	rep, err := w.worker(jobs).Step(w.Context(), w.clock.Now())
	require.NoError(w, err)
	return rep
}

// reactsOnce ends the step's context after the reaction has done its work and
// before that is committed, as a process that dies there would.
func reactsOnce[R lance.Repos](w *world[R]) {
	w.emit("a", 1, 2)
	w.sealAll()
	ctx, die := context.WithCancel(w.Context())
	jobs := w.reaction(func(ev lance.Event) error {
		if ev.Version == 2 {
			die()
		}
		return nil
	})
	_, err := w.worker(jobs).Step(ctx, epoch)
	require.ErrorIs(w, err, context.Canceled)
	require.Equal(w, []WidgetID{"a-1"}, w.ids())
	require.Equal(w, int64(1), w.at("effects"), "the cursor moved with the effect")
	rep := w.step(jobs)
	require.Equal(w, 1, rep.Reacted)
	require.Empty(w, rep.Parked)
	require.Equal(w, []WidgetID{"a-1", "a-2"}, w.ids())
	require.True(w, w.step(jobs).Idle())
}

func poison(fails *bool) func(ev lance.Event) error {
	return func(ev lance.Event) error {
		if *fails && ev.Stream.ID == "a" && ev.Version == 2 {
			return lance.E(lance.Precondition, "poison", "no")
		}
		return nil
	}
}

func poisonParks[R lance.Repos](w *world[R]) {
	fails := true
	w.emit("a", 1, 2)
	w.emit("b", 1)
	w.emit("a", 3)
	w.emit("b", 2)
	rep := w.step(w.reaction(poison(&fails)))
	require.Equal(w, 3, rep.Reacted)
	require.Equal(w, []WidgetID{"a-1", "b-1", "b-2"}, w.ids(), "what the poison event did is undone")
	var codes []string
	for _, p := range w.parked("effects", lance.Ref{}, 10) {
		require.Equal(w, ref("a"), p.Stream)
		codes = append(codes, p.Code)
	}
	require.Equal(w, []string{"poison", "behind"}, codes)
	require.Equal(w, int64(5), w.at("effects"), "the cursor goes on")
}

func unparkRuns[R lance.Repos](w *world[R]) {
	fails := true
	w.emit("a", 1, 2, 3, 4)
	jobs := w.reaction(poison(&fails))
	w.step(jobs)
	require.Len(w, w.parked("effects", ref("a"), 10), 3)
	n, err := w.worker(jobs).Unpark(w.Context(), "effects", ref("a"))
	refused(w, err, lance.Precondition, "poison")
	require.Zero(w, n)
	require.Len(w, w.parked("effects", ref("a"), 10), 3, "it fails still")
	fails = false
	n, err = w.worker(jobs).Unpark(w.Context(), "effects", ref("a"))
	require.NoError(w, err)
	require.Equal(w, 3, n)
	require.Equal(w, []WidgetID{"a-1", "a-2", "a-3", "a-4"}, w.ids())
	require.Empty(w, w.parked("effects", lance.Ref{}, 10))
}

func timerFires[R lance.Repos](w *world[R]) {
	jobs := lance.Jobs[R]{Timers: map[string]lance.Fire[R]{
		"k": func(ctx context.Context, r R, t lance.Timer) error {
			require.Equal(w, w.clock.Now(), r.Now(), "the step's time")
			if t.Owner == ref("b") {
				if err := r.Timers().Set(ctx, timer("b", "k", r.Now().Add(time.Hour))); err != nil {
					return err
				}
			}
			return w.insert(ctx, r, WidgetID(t.Owner.ID+r.Now().Format("15")))
		},
	}}
	w.set(timer("a", "k", epoch.Add(time.Hour)), timer("b", "k", epoch.Add(time.Hour)), timer("c", "unknown", epoch))
	require.True(w, w.step(jobs).Idle())
	w.clock.Move(time.Hour)
	rep := w.step(jobs)
	require.Len(w, rep.Fired, 2)
	require.True(w, w.step(jobs).Idle())
	w.clock.Move(time.Hour)
	require.Len(w, w.step(jobs).Fired, 1, "it was set anew")
	require.Equal(w, []WidgetID{"a13", "b13", "b14"}, w.ids())
	require.Len(w, w.of("c"), 1, "another process may know its kind")
}

// unknownTimers has more timers of another part's kind than one step takes.
func unknownTimers[R lance.Repos](w *world[R]) {
	w.set(timer("a", "unknown", epoch), timer("b", "unknown", epoch), timer("c", "k", epoch.Add(time.Second)))
	w.clock.Move(time.Second)
	jobs := lance.Jobs[R]{Timers: map[string]lance.Fire[R]{
		"k": func(ctx context.Context, r R, t lance.Timer) error { return w.insert(ctx, r, WidgetID(t.Owner.ID)) },
	}}
	rep, err := lance.NewWorker(w.db, jobs, &lance.Budget{Timers: 1}).Step(w.Context(), w.clock.Now())
	require.NoError(w, err)
	require.Len(w, rep.Fired, 1)
	require.Equal(w, []WidgetID{"c"}, w.ids())
}

func timerIsPutOff[R lance.Repos](w *world[R]) {
	fails := true
	jobs := lance.Jobs[R]{Timers: map[string]lance.Fire[R]{
		"k": func(ctx context.Context, r R, _ lance.Timer) error {
			if err := w.insert(ctx, r, "a"); err != nil || !fails {
				return err
			}
			return lance.E(lance.Unavailable, "busy", "no")
		},
	}}
	w.set(timer("a", "k", epoch))
	for i, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		rep := w.step(jobs)
		require.Empty(w, rep.Fired)
		require.Len(w, rep.Faults, 1)
		require.Empty(w, w.ids())
		want := timer("a", "k", w.clock.Now().Add(wait))
		want.Attempts, want.Code = i+1, "busy"
		require.Equal(w, []lance.Timer{want}, w.of("a"))
		require.Empty(w, w.step(jobs).Faults, "not before it is due again")
		w.clock.Move(wait)
	}
	fails = false
	require.Len(w, w.step(jobs).Fired, 1)
	require.Empty(w, w.of("a"))
	require.Equal(w, []WidgetID{"a"}, w.ids())
}

// relay keeps one widget per call that send let through.
func (w *world[R]) relay(send func(ctx context.Context, d lance.Delivery) error) lance.Jobs[R] {
	return lance.Jobs[R]{Relays: []lance.Relay[R]{{
		Name: "mail", Timeout: lease / 2, Tries: 3,
		Send: func(ctx context.Context, d lance.Delivery) (func(context.Context, R) error, error) {
			if err := send(ctx, d); err != nil {
				return nil, err
			}
			return func(ctx context.Context, r R) error { return w.insert(ctx, r, WidgetID(fmt.Sprint(d.Key, d.Attempts))) }, nil
		},
		Dead: func(ctx context.Context, r R, d lance.Delivery) error {
			return w.insert(ctx, r, WidgetID("dead-"+d.Key))
		},
	}}}
}

func callIsMade[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch), delivery("later", epoch.Add(time.Hour)))
	calls := 0
	jobs := w.relay(func(_ context.Context, d lance.Delivery) error {
		calls++
		require.Equal(w, delivery("a", epoch).Body, d.Body)
		require.NoError(w, w.db.InTx(w.Context(), func(context.Context, R) error { return nil }), "no transaction is open meanwhile")
		return nil
	})
	require.Equal(w, 1, w.step(jobs).Called)
	require.True(w, w.step(jobs).Idle())
	require.Equal(w, 1, calls)
	require.Equal(w, []WidgetID{"a1"}, w.ids())
	require.Equal(w, lance.DeliveryDone, w.delivery("a").State)
}

// callsOneByOne lets another worker come while the first call lasts: what waits
// its turn is not leased to who cannot make it yet.
func callsOneByOne[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch), delivery("b", epoch.Add(time.Microsecond)))
	w.clock.Move(time.Second)
	var jobs lance.Jobs[R]
	jobs = w.relay(func(_ context.Context, d lance.Delivery) error {
		if d.Key == "a" {
			require.Equal(w, 1, w.step(jobs).Called)
		}
		return nil
	})
	require.Equal(w, 1, w.step(jobs).Called)
	require.Equal(w, []WidgetID{"a1", "b1"}, w.ids())
}

// callAgain dies after the call was made and before its result was stored.
func callAgain[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch))
	ctx, die := context.WithCancel(w.Context())
	calls := 0
	jobs := w.relay(func(context.Context, lance.Delivery) error {
		calls++
		die()
		return nil
	})
	_, err := w.worker(jobs).Step(ctx, epoch)
	require.ErrorIs(w, err, context.Canceled)
	require.Empty(w, w.ids())
	require.True(w, w.step(jobs).Idle(), "its lease holds")
	w.clock.Move(lease)
	require.Equal(w, 1, w.step(jobs).Called)
	require.Equal(w, 2, calls)
	require.Equal(w, []WidgetID{"a2"}, w.ids())
}

// overtakenCall lets a call take so long that another worker takes it over.
func overtakenCall[R lance.Repos](w *world[R]) {
	w.enqueue(delivery("a", epoch))
	var jobs lance.Jobs[R]
	jobs = w.relay(func(_ context.Context, d lance.Delivery) error {
		if d.Attempts == 1 {
			w.clock.Move(lease)
			require.Equal(w, 1, w.step(jobs).Called)
		}
		return nil
	})
	rep := w.step(jobs)
	require.Zero(w, rep.Called)
	require.Len(w, rep.Faults, 1)
	refused(w, rep.Faults[0].Err, lance.Stale, "delivery_lease")
	require.Equal(w, []WidgetID{"a2"}, w.ids(), "what the slow one kept is undone")
	require.Equal(w, lance.DeliveryDone, w.delivery("a").State)
}

func callDies[R lance.Repos](w *world[R]) {
	fails := true
	w.enqueue(delivery("a", epoch))
	jobs := w.relay(func(context.Context, lance.Delivery) error {
		if fails {
			return lance.E(lance.Unavailable, "busy", "no")
		}
		return nil
	})
	for i := range 3 {
		require.Equal(w, lance.DeliveryQueued, w.delivery("a").State)
		require.Len(w, w.step(jobs).Faults, 1)
		require.Equal(w, i+1, w.delivery("a").Attempts)
		w.clock.Move(time.Minute)
	}
	dead := w.delivery("a")
	require.Equal(w, lance.DeliveryDead, dead.State)
	require.Equal(w, "busy", dead.Code)
	require.Equal(w, []WidgetID{"dead-a"}, w.ids(), "told once")
	require.True(w, w.step(jobs).Idle())

	fails = false
	dead.State, dead.DueAt = lance.DeliveryQueued, w.clock.Now()
	require.NoError(w, w.settle(dead))
	require.Equal(w, 1, w.step(jobs).Called)
	require.Equal(w, []WidgetID{"a4", "dead-a"}, w.ids())
}

// workIsShared lets four workers, two of them on the store opened a second time,
// do the same jobs side by side. Every effect is a row that can exist once.
func workIsShared[R lance.Repos](w *world[R]) {
	const n = 12
	jobs := w.reaction(func(lance.Event) error { return nil }).Join(
		w.relay(func(context.Context, lance.Delivery) error { return nil }),
		lance.Jobs[R]{Timers: map[string]lance.Fire[R]{"k": func(ctx context.Context, r R, t lance.Timer) error {
			if err := w.insert(ctx, r, WidgetID("fired-"+t.Owner.ID)); err != nil {
				return err
			}
			return lance.Emit(ctx, r, lance.System("k"), lance.Change{Stream: t.Owner, Version: 1}, changed{WidgetID(t.Owner.ID), 1})
		}}},
	)
	for i := range n {
		id := fmt.Sprintf("w%02d", i)
		w.set(timer(id, "k", epoch))
		w.enqueue(delivery(id, epoch))
	}
	other := w.again()
	var all sync.WaitGroup
	reports, errs := make([]lance.Report, 4), make([]error, 4)
	for i := range 4 {
		db := w.db
		if i%2 == 1 {
			db = other
		}
		all.Go(func() {
			reports[i], errs[i] = lance.NewWorker(db, jobs, &lance.Budget{Calls: 3}).Drain(w.Context(), epoch, 50)
		})
	}
	all.Wait()
	require.NoError(w, errors.Join(errs...))
	last, err := w.worker(jobs).Drain(w.Context(), epoch, 50)
	require.NoError(w, err)
	fired, called, reacted := 0, 0, 0
	for _, rep := range slices.Concat(reports, []lance.Report{last}) {
		require.Empty(w, rep.Faults)
		require.Empty(w, rep.Parked)
		fired, called, reacted = fired+len(rep.Fired), called+rep.Called, reacted+rep.Reacted
	}
	require.Equal(w, []int{n, n, n}, []int{fired, called, reacted})
	require.Len(w, w.ids(), 3*n)
	w.verify(n)
}
