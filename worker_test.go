package lance_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// The laws that workers and a store keep together, such as exactly once, are in
// storage/storagetest/basetest. Here is what a worker does by itself.

func set(t *testing.T, db lance.Runner[repos], ts ...lance.Timer) {
	t.Helper()
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r repos) error { return r.Timers().Set(ctx, ts...) }))
}

func enqueue(t *testing.T, db lance.Runner[repos], keys ...string) {
	t.Helper()
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r repos) error {
		for _, k := range keys {
			if err := r.Deliveries().Enqueue(ctx, lance.Delivery{Relay: "mail", Key: k, Subject: ref("thing", k)}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func delivered(t *testing.T, db lance.Runner[repos], key string) (d lance.Delivery) {
	t.Helper()
	require.NoError(t, db.View(t.Context(), func(ctx context.Context, r repos) (err error) {
		d, err = r.Deliveries().Delivery(ctx, "mail", key)
		return err
	}))
	return d
}

func emit(t *testing.T, db lance.Runner[repos], id string) {
	t.Helper()
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r repos) error {
		return lance.Emit(ctx, r, lance.Person("ann"), lance.Change{Stream: ref("thing", id), Version: 1}, moved{})
	}))
}

// mail makes calls that answer what send does.
func mail(send func(d lance.Delivery) error) lance.Relay[repos] {
	return lance.Relay[repos]{Name: "mail", Send: func(_ context.Context, d lance.Delivery) (func(context.Context, repos) error, error) {
		return nil, send(d)
	}}
}

func TestStepDoesOneBoundedRound(t *testing.T) {
	t.Parallel()
	db := newStore()
	fires, calls, reacted := 0, 0, 0
	jobs := lance.Jobs[repos]{
		Timers:    map[string]lance.Fire[repos]{"k": func(context.Context, repos, lance.Timer) error { fires++; return nil }},
		Relays:    []lance.Relay[repos]{mail(func(lance.Delivery) error { calls++; return nil })},
		Reactions: []lance.Reaction[repos]{lance.On("r", func(context.Context, repos, lance.Event, moved) error { reacted++; return nil })},
	}
	for i := range 5 {
		id := fmt.Sprint("t", i)
		set(t, db, lance.Timer{Owner: ref("thing", id), Kind: "k", DueAt: noon})
		enqueue(t, db, id)
		emit(t, db, id)
	}
	w := lance.NewWorker(db, jobs, &lance.Budget{Seal: 3, Events: 2, Timers: 4, Calls: 1})
	rep, err := w.Step(t.Context(), noon)
	require.NoError(t, err)
	require.Equal(t, []int{3, 2, 4, 1}, []int{rep.Sealed, rep.Reacted, len(rep.Fired), rep.Called})
	require.False(t, rep.Idle())
	require.True(t, rep.Behind)

	all, err := w.Drain(t.Context(), noon, 100)
	require.NoError(t, err)
	require.Equal(t, []int{2, 3, 1, 4}, []int{all.Sealed, all.Reacted, len(all.Fired), all.Called})
	require.Equal(t, []int{5, 5, 5}, []int{fires, calls, reacted})
	rep, err = w.Step(t.Context(), noon)
	require.NoError(t, err)
	require.True(t, rep.Idle())
}

func TestDrainGoesOnPastEventsThatAreForNobody(t *testing.T) {
	t.Parallel()
	db := newStore()
	reacted := 0
	jobs := lance.Jobs[repos]{Reactions: []lance.Reaction[repos]{
		lance.On("r", func(context.Context, repos, lance.Event, moved) error { reacted++; return nil }),
		{Name: "others", Type: "thing.lost", Handle: func(context.Context, repos, lance.Event) error { return nil }},
	}}
	jobs.Reactions[0].Type = "thing.gone" // nothing is, at first
	for i := range 9 {
		emit(t, db, fmt.Sprint("t", i))
	}
	w := lance.NewWorker(db, jobs, &lance.Budget{Seal: 100, Events: 2})
	rep, err := w.Step(t.Context(), noon)
	require.NoError(t, err)
	require.True(t, rep.Behind)
	_, err = w.Drain(t.Context(), noon, 100)
	require.NoError(t, err)
	jobs.Reactions[0].Type = "thing.moved"
	emit(t, db, "last")
	rep, err = lance.NewWorker(db, jobs, &lance.Budget{Seal: 100, Events: 2}).Step(t.Context(), noon)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Reacted, "all that came before was passed")
	require.Equal(t, 1, reacted)
}

func TestDrainGivesUpOnWorkWithoutEnd(t *testing.T) {
	t.Parallel()
	db := newStore()
	again := lance.Jobs[repos]{Timers: map[string]lance.Fire[repos]{
		"k": func(ctx context.Context, r repos, tm lance.Timer) error { return r.Timers().Set(ctx, tm) },
	}}
	set(t, db, lance.Timer{Owner: ref("thing", "t"), Kind: "k", DueAt: noon})
	rep, err := lance.NewWorker(db, again, nil).Drain(t.Context(), noon, 3)
	require.ErrorIs(t, err, lance.Unavailable)
	require.Equal(t, "drain_busy", lance.CodeOf(err))
	require.Len(t, rep.Fired, 3)
}

func TestOneNameStandsForOneJob(t *testing.T) {
	t.Parallel()
	re := lance.On("r", func(context.Context, repos, lance.Event, moved) error { return nil })
	relay := mail(func(lance.Delivery) error { return nil })
	chore := lance.Chore[repos]{Name: "c", Every: time.Minute}
	for name, jobs := range map[string]lance.Jobs[repos]{
		"chores":           {Chores: []lance.Chore[repos]{chore, chore}},
		"chore and timer":  {Chores: []lance.Chore[repos]{chore}, Timers: map[string]lance.Fire[repos]{"c": func(context.Context, repos, lance.Timer) error { return nil }}},
		"the worker's own": {Chores: []lance.Chore[repos]{{Name: "lance.sweep_keys", Every: time.Minute}}},
		"reactions":        {Reactions: []lance.Reaction[repos]{re, re}},
		"relays":           {Relays: []lance.Relay[repos]{relay, relay}},
	} {
		_, err := lance.NewWorker(newStore(), jobs, nil).Step(t.Context(), noon)
		require.Equal(t, "jobs_name", lance.CodeOf(err), name)
	}
	_, err := lance.NewWorker(newStore(), lance.Jobs[repos]{Chores: []lance.Chore[repos]{{Name: "c"}}}, nil).Step(t.Context(), noon)
	require.Equal(t, "chore_every", lance.CodeOf(err))
}

// flaky fails InTx with what next says, after the transaction has committed.
type flaky struct {
	lance.Runner[repos]
	next func() error
}

func (f flaky) InTx(ctx context.Context, fn func(context.Context, repos) error) error {
	return errors.Join(f.Runner.InTx(ctx, fn), f.next())
}

func (f flaky) At(c lance.Clock) lance.Runner[repos] { return flaky{f.Runner.At(c), f.next} }

// unknown answers commit_unknown to the nth transaction; a worker's first one on a
// new store sets its own chore.
func unknown(nth int) func() error {
	n := 0
	return func() error {
		if n++; n == nth {
			return lance.E(lance.Internal, "commit_unknown", "the connection was lost")
		}
		return nil
	}
}

func TestCallWhoseCommitIsUnknownIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	db := newStore()
	enqueue(t, db, "a")
	calls := 0
	jobs := lance.Jobs[repos]{Relays: []lance.Relay[repos]{mail(func(lance.Delivery) error { calls++; return nil })}}
	rep, err := lance.NewWorker(flaky{db, unknown(3)}, jobs, nil).Step(t.Context(), noon)
	require.NoError(t, err)
	require.Len(t, rep.Faults, 1)
	require.Equal(t, lance.DeliveryDone, delivered(t, db, "a").State)
	_, err = lance.NewWorker(db, jobs, nil).Drain(t.Context(), noon.AddDate(0, 0, 1), 9)
	require.NoError(t, err)
	require.Equal(t, 1, calls)
}

func TestReactionWhoseCommitIsUnknownIsLeftToTheCursor(t *testing.T) {
	t.Parallel()
	db := newStore()
	emit(t, db, "a")
	jobs := lance.Jobs[repos]{Reactions: []lance.Reaction[repos]{
		lance.On("r", func(ctx context.Context, r repos, ev lance.Event, _ moved) error {
			return r.things().Insert(ctx, &thing{ID: thingID(ev.Stream.ID), At: noon})
		}),
	}}
	rep, err := lance.NewWorker(flaky{db, unknown(3)}, jobs, nil).Step(t.Context(), noon)
	require.NoError(t, err)
	require.Empty(t, rep.Parked)
	require.Len(t, rep.Faults, 1)
	rep, err = lance.NewWorker(db, jobs, nil).Drain(t.Context(), noon, 9)
	require.NoError(t, err)
	require.Empty(t, rep.Parked, "it was handled, once")
}

func TestReactionWaitsForAStoreThatIsNotToBeHad(t *testing.T) {
	t.Parallel()
	db := newStore()
	emit(t, db, "a")
	down := true
	jobs := lance.Jobs[repos]{Reactions: []lance.Reaction[repos]{
		lance.On("r", func(context.Context, repos, lance.Event, moved) error {
			if down {
				return lance.E(lance.Unavailable, "store_busy", "later")
			}
			return nil
		}),
	}}
	w := lance.NewWorker(db, jobs, nil)
	rep, err := w.Step(t.Context(), noon)
	require.NoError(t, err)
	require.Empty(t, rep.Parked)
	require.Len(t, rep.Faults, 1, "and says so")
	require.Equal(t, "r", rep.Faults[0].Name)
	require.Equal(t, ref("thing", "a"), rep.Faults[0].Subject)
	down = false
	rep, err = w.Step(t.Context(), noon)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Reacted)
}

func TestPutOffGrowsToAnHour(t *testing.T) {
	t.Parallel()
	db := newStore()
	jobs := lance.Jobs[repos]{Timers: map[string]lance.Fire[repos]{
		"k": func(context.Context, repos, lance.Timer) error { return errors.New("foreign") },
	}}
	set(t, db, lance.Timer{Owner: ref("thing", "t"), Kind: "k", DueAt: noon})
	now := noon
	for attempt := 1; attempt <= 15; attempt++ {
		_, err := lance.NewWorker(db, jobs, nil).Step(t.Context(), now)
		require.NoError(t, err)
		require.NoError(t, db.View(t.Context(), func(ctx context.Context, r repos) error {
			ts, err := r.Timers().Of(ctx, ref("thing", "t"))
			require.Len(t, ts, 1)
			require.Equal(t, attempt, ts[0].Attempts)
			require.Equal(t, min(time.Second<<(attempt-1), time.Hour), ts[0].DueAt.Sub(now))
			now = ts[0].DueAt
			return err
		}))
	}
}

func TestCallMakesTheCallsAskedForNow(t *testing.T) {
	t.Parallel()
	db := newStore()
	enqueue(t, db, "a", "b", "c")
	var made []string
	relay := mail(func(d lance.Delivery) error {
		made = append(made, d.Key)
		if d.Key == "b" {
			return lance.E(lance.Declined, "declined", "no")
		}
		return nil
	})
	n, err := lance.Call(t.Context(), db, relay, "a")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	n, err = lance.Call(t.Context(), db, relay, "b")
	require.ErrorIs(t, err, lance.Declined)
	require.Zero(t, n)
	n, err = lance.Call(t.Context(), db, relay, "a", "b", "none")
	require.NoError(t, err, "done, not due yet, unknown")
	require.Zero(t, n)
	require.Equal(t, []string{"a", "b"}, made)
	require.Equal(t, "declined", delivered(t, db, "b").Code)
	require.Equal(t, lance.DeliveryQueued, delivered(t, db, "b").State, "it stays owed")
}

func TestCallIsMadeWithADeadline(t *testing.T) {
	t.Parallel()
	db := newStore()
	enqueue(t, db, "a")
	relay := lance.Relay[repos]{Name: "mail", Timeout: time.Nanosecond, Send: func(ctx context.Context, _ lance.Delivery) (func(context.Context, repos) error, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	_, err := lance.Call(t.Context(), db, relay, "a")
	require.NoError(t, err, "no time was left to begin")
	relay.Timeout = 50 * time.Millisecond
	_, err = lance.Call(t.Context(), db, relay, "a")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestWidenedAndJoinedJobsAreTheSameJobs(t *testing.T) {
	t.Parallel()
	db := newStore()
	var did []string
	note := func(what string) { did = append(did, what) }
	narrow := lance.Jobs[lance.Repos]{
		Timers: map[string]lance.Fire[lance.Repos]{"n": func(context.Context, lance.Repos, lance.Timer) error { note("timer"); return nil }},
		Reactions: []lance.Reaction[lance.Repos]{
			lance.On("n", func(context.Context, lance.Repos, lance.Event, moved) error { note("reaction"); return nil }),
		},
		Relays: []lance.Relay[lance.Repos]{{
			Name: "mail", Tries: 1,
			Send: func(_ context.Context, d lance.Delivery) (func(context.Context, lance.Repos) error, error) {
				if d.Key == "bad" {
					return nil, errors.New("no")
				}
				return func(context.Context, lance.Repos) error { note("kept"); return nil }, nil
			},
			Dead: func(context.Context, lance.Repos, lance.Delivery) error { note("dead"); return nil },
		}},
	}
	narrow.KeepKeys = time.Hour
	narrow.Chores = []lance.Chore[lance.Repos]{{Name: "c", Every: time.Minute, Do: func(context.Context, lance.Repos) (bool, error) { note("chore"); return false, nil }}}
	wide := lance.Jobs[repos]{Timers: map[string]lance.Fire[repos]{"w": func(context.Context, repos, lance.Timer) error { note("wide timer"); return nil }}}
	jobs := wide.Join(lance.Widen(narrow, func(r repos) lance.Repos { return r }))
	set(t, db, lance.Timer{Owner: ref("thing", "1"), Kind: "n", DueAt: noon}, lance.Timer{Owner: ref("thing", "2"), Kind: "w", DueAt: noon})
	enqueue(t, db, "bad", "good")
	emit(t, db, "t")
	require.Equal(t, time.Hour, jobs.KeepKeys)
	_, err := lance.NewWorker(db, jobs, nil).Drain(t.Context(), noon, 9)
	require.NoError(t, err)
	require.Equal(t, []string{"timer", "wide timer", "dead", "kept", "reaction"}, did)
	_, err = lance.NewWorker(db, jobs, nil).Drain(t.Context(), noon.Add(time.Minute), 9)
	require.NoError(t, err)
	require.Equal(t, "chore", did[len(did)-1])
}

func TestUnparkNeedsAKnownConsumer(t *testing.T) {
	t.Parallel()
	_, err := lance.NewWorker(newStore(), lance.Jobs[repos]{}, nil).Unpark(t.Context(), "none", ref("thing", "t"))
	require.ErrorIs(t, err, lance.NotFound)
	require.Equal(t, "consumer_not_found", lance.CodeOf(err))
}

func TestRunWorksUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	db := newStore()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fails := 2
	jobs := lance.Jobs[repos]{Timers: map[string]lance.Fire[repos]{
		"k": func(ctx context.Context, r repos, tm lance.Timer) error {
			if tm.Owner.ID == "3" {
				cancel()
				return nil
			}
			return r.Timers().Set(ctx, lance.Timer{Owner: ref("thing", string(tm.Owner.ID[0]+1)), Kind: "k", DueAt: noon})
		},
	}}
	set(t, db, lance.Timer{Owner: ref("thing", "1"), Kind: "k", DueAt: noon})
	var failures []error
	var fired []string
	down := flaky{db, func() error {
		if fails--; fails >= 0 {
			return lance.E(lance.Unavailable, "store_busy", "later")
		}
		return nil
	}}
	err := lance.NewWorker(down, jobs, nil).Run(ctx, time.Millisecond, func(rep lance.Report, err error) {
		if err != nil {
			failures = append(failures, err)
		}
		for _, tm := range rep.Fired {
			fired = append(fired, tm.Owner.ID)
		}
	})
	require.NoError(t, err)
	require.ErrorIs(t, ctx.Err(), context.Canceled, "the last timer fired")
	require.NotEmpty(t, failures, "a step that fails is told and tried again")
	require.ErrorIs(t, failures[0], lance.Unavailable)
	require.Contains(t, fired, "2", "what each step did is told")
}

func TestRunTellsOfFaultsAndParkedEvents(t *testing.T) {
	t.Parallel()
	db := newStore()
	set(t, db, lance.Timer{Owner: ref("thing", "t"), Kind: "k", DueAt: noon})
	emit(t, db, "a")
	no := lance.E(lance.Precondition, "poison", "no")
	jobs := lance.Jobs[repos]{
		Timers:    map[string]lance.Fire[repos]{"k": func(context.Context, repos, lance.Timer) error { return no }},
		Reactions: []lance.Reaction[repos]{lance.On("r", func(context.Context, repos, lance.Event, moved) error { return no })},
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all lance.Report
	require.NoError(t, lance.NewWorker(db, jobs, nil).Run(ctx, time.Millisecond, func(rep lance.Report, err error) {
		require.NoError(t, err)
		all.Faults, all.Parked = append(all.Faults, rep.Faults...), append(all.Parked, rep.Parked...)
		if rep.Idle() {
			cancel()
		}
	}))
	require.Len(t, all.Faults, 1)
	require.Equal(t, "k", all.Faults[0].Name)
	require.ErrorIs(t, all.Faults[0].Err, lance.Precondition)
	require.Len(t, all.Parked, 1)
	require.Equal(t, "poison", all.Parked[0].Code)
}

func TestChoreThatHasMoreToDoGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	db := newStore()
	left := 3
	jobs := lance.Jobs[repos]{Chores: []lance.Chore[repos]{{Name: "c", Every: time.Minute, Do: func(context.Context, repos) (bool, error) {
		left--
		return left > 0, nil
	}}}}
	w := lance.NewWorker(db, jobs, nil)
	rep, err := w.Step(t.Context(), noon)
	require.NoError(t, err)
	require.True(t, rep.Idle())
	rep, err = w.Drain(t.Context(), noon.Add(time.Minute), 9)
	require.NoError(t, err)
	require.Equal(t, []string{"c", "c", "c"}, rep.Chores)
	require.Zero(t, left)
}

func TestChoreIsNeverDueLaterThanItsTime(t *testing.T) {
	t.Parallel()
	db := newStore()
	var fails error
	every := func(d time.Duration) *lance.Worker[repos] {
		return lance.NewWorker(db, lance.Jobs[repos]{Chores: []lance.Chore[repos]{{Name: "c", Every: d, Do: func(context.Context, repos) (bool, error) { return false, fails }}}}, nil)
	}
	step := func(w *lance.Worker[repos], at time.Duration) lance.Report {
		rep, err := w.Step(t.Context(), noon.Add(at))
		require.NoError(t, err)
		return rep
	}
	require.Empty(t, step(every(30*time.Minute), 0).Chores)
	require.Empty(t, step(every(time.Second), time.Second).Chores, "it has become more frequent")
	require.Equal(t, []string{"c"}, step(every(time.Second), 2*time.Second).Chores)
	fails = errors.New("foreign")
	tries := 0
	for at := 3; at < 43; at++ {
		tries += len(step(every(time.Second), time.Duration(at)*time.Second).Faults)
	}
	require.GreaterOrEqual(t, tries, 20, "it is not put off for longer and longer")
}

func ExampleWorker() {
	ctx := context.Background()
	db := newStore()
	jobs := lance.Jobs[repos]{
		Timers: map[string]lance.Fire[repos]{
			"thing.move": func(ctx context.Context, r repos, t lance.Timer) error {
				return lance.Emit(ctx, r, lance.System("thing.move"), lance.Change{Stream: t.Owner, Version: 1}, moved{})
			},
		},
		Reactions: []lance.Reaction[repos]{
			lance.On("tell", func(_ context.Context, _ repos, ev lance.Event, _ moved) error {
				fmt.Println(ev.Seq, ev.Type, "by", ev.By)
				return nil
			}),
		},
	}
	_ = db.InTx(ctx, func(ctx context.Context, r repos) error {
		return r.Timers().Set(ctx, lance.Timer{Owner: lance.Ref{Kind: "thing", ID: "t1"}, Kind: "thing.move", DueAt: r.Now().AddDate(0, 0, 14)})
	})
	w := lance.NewWorker(db, jobs, nil)
	rep, err := w.Step(ctx, noon)
	fmt.Println("today:", len(rep.Fired), err)
	rep, err = w.Step(ctx, noon.AddDate(0, 0, 14))
	fmt.Println("in 14 days:", len(rep.Fired), err)
	// Output:
	// today: 0 <nil>
	// 1 thing.moved by system:thing.move
	// in 14 days: 1 <nil>
}
