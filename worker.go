package lance

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// Budget bounds one Step. Zero fields take the defaults.
type Budget struct {
	Seal   int // entries sealed; default 1,000
	Events int // events read per reaction; default 200
	Timers int // timers fired; default 200
	Calls  int // deliveries per relay; default 50
}

// Report tells what a Step did.
type Report struct {
	Sealed  int           // entries that got their place in the log
	Reacted int           // events handled by reactions
	Behind  bool          // whether as much of something was done as one step may, so that there may be more
	Fired   []Timer       // timers that fired, but for chores
	Chores  []string      // chores done, by name
	Called  int           // deliveries settled
	Parked  []Parked      // events set aside
	Faults  []ReportFault // what failed and will be tried again
}

// ReportFault is a timer, a call or a reaction that failed and will be tried
// again.
type ReportFault struct {
	Subject Ref    // the timer's owner, the delivery's subject or the event's stream
	Name    string // the timer's kind, the relay or the reaction
	Err     error
}

// Idle reports whether the step found nothing to do.
func (r Report) Idle() bool {
	return r.Sealed == 0 && r.Reacted == 0 && !r.Behind && len(r.Fired) == 0 && len(r.Chores) == 0 && r.Called == 0 && len(r.Parked) == 0
}

// Worker does Jobs on a store. Several workers in several processes may share
// one store: each piece of work is done once.
type Worker[R Repos] struct {
	db     Runner[R]
	jobs   Jobs[R]
	budget Budget
	wrong  error // with the jobs: told by every Step
}

// NewWorker returns a worker for the jobs, which also forgets idempotency keys
// that are older than jobs.KeepKeys. A nil budget takes the defaults. When two
// chores, reactions or relays have one name, and so would share a timer, a cursor
// or deliveries, every Step fails with Internal "jobs_name"; with "chore_every"
// when a chore has no time between.
func NewWorker[R Repos](db Runner[R], jobs Jobs[R], budget *Budget) *Worker[R] {
	keep := jobs.KeepKeys
	if keep <= 0 {
		keep = DefaultKeepKeys
	}
	jobs = jobs.Join(Jobs[R]{Chores: []Chore[R]{sweepKeys[R](keep)}})
	w := &Worker[R]{db: db, jobs: jobs, wrong: jobs.check()}
	for _, c := range jobs.Chores {
		jobs.Timers[c.Name] = c.fire
	}
	if budget != nil {
		w.budget = *budget
	}
	w.budget.Seal = orDefault(w.budget.Seal, 1000)
	w.budget.Events = orDefault(w.budget.Events, 200)
	w.budget.Timers = orDefault(w.budget.Timers, 200)
	w.budget.Calls = orDefault(w.budget.Calls, 50)
	return w
}

func orDefault(n, def int) int {
	if n > 0 {
		return n
	}
	return def
}

// Step does one bounded round with now for the clock: it fires timers and does
// chores that are due, makes the calls that are owed, seals the log and lets reactions read it.
// What fails is put off and reported; the error is for a store that cannot be
// worked with, or ctx.
func (w *Worker[R]) Step(ctx context.Context, now time.Time) (Report, error) {
	s := step[R]{Worker: w, db: w.db.At(FixedClock(now))}
	if w.wrong != nil {
		return s.report, Op("lance.Step", w.wrong)
	}
	for _, do := range []func(context.Context) error{s.fireTimers, s.makeCalls, s.seal, s.react} {
		if err := do(ctx); err != nil {
			return s.report, Op("lance.Step", err)
		}
	}
	return s.report, nil
}

// Consumers returns the names of the worker's reactions, in order.
func (w *Worker[R]) Consumers() []string {
	out := make([]string, len(w.jobs.Reactions))
	for i, re := range w.jobs.Reactions {
		out[i] = re.Name
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Drain steps at now until a step finds nothing to do, at most rounds times. It
// fails with Unavailable "drain_busy" when there still is work after that.
func (w *Worker[R]) Drain(ctx context.Context, now time.Time, rounds int) (Report, error) {
	var all Report
	for range rounds {
		r, err := w.Step(ctx, now)
		all.Sealed += r.Sealed
		all.Reacted += r.Reacted
		all.Called += r.Called
		all.Fired = append(all.Fired, r.Fired...)
		all.Chores = append(all.Chores, r.Chores...)
		all.Parked = append(all.Parked, r.Parked...)
		all.Faults = append(all.Faults, r.Faults...)
		if err != nil || r.Idle() {
			return all, err
		}
	}
	return all, E(Unavailable, "drain_busy", "there is still work to do")
}

// Run steps at the store's time as Loop does. What each step did, faults and
// parked events included, goes to told, when that is given.
func (w *Worker[R]) Run(ctx context.Context, every time.Duration, told func(Report, error)) error {
	return Loop(ctx, every, told, func(ctx context.Context) (Report, error) {
		now, err := w.now(ctx)
		if err != nil {
			return Report{}, err
		}
		return w.Step(ctx, now)
	})
}

// breath is how long a Loop waits for what comes meanwhile: each step costs a
// commit, however little it does.
const breath = 20 * time.Millisecond

// Loop steps until ctx ends, which it returns nil for: again at once when a step is
// behind, a fiftieth of a second after one that has done something, since that may
// have made more, and else after every; never later than every. Each step's report
// goes to told, when that is given, with the error of one that failed and is tried
// again; that ctx ended is no error there.
func Loop(ctx context.Context, every time.Duration, told func(Report, error), step func(context.Context) (Report, error)) error {
	for ctx.Err() == nil {
		rep, err := step(ctx)
		if ctx.Err() != nil {
			err = nil
		}
		if told != nil {
			told(rep, err)
		}
		wait := every
		switch {
		case err != nil || rep.Idle():
		case rep.Behind:
			continue
		default:
			wait = min(every, breath)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

func (w *Worker[R]) now(ctx context.Context) (now time.Time, err error) {
	err = w.db.View(ctx, func(_ context.Context, r R) error {
		now = r.Now()
		return nil
	})
	return now, err
}

// step is one round: the worker at a fixed time, and what it has done so far.
type step[R Repos] struct {
	*Worker[R]
	db     Runner[R]
	report Report
}

func (s *step[R]) seal(ctx context.Context) error {
	var sealed Seal
	err := s.db.InTx(ctx, func(ctx context.Context, r R) (err error) {
		sealed, err = r.Log().Seal(ctx, s.budget.Seal)
		return err
	})
	if err == nil && sealed.Last > 0 {
		s.report.Sealed = int(sealed.Last - sealed.First + 1)
		s.report.Behind = s.report.Behind || s.report.Sealed == s.budget.Seal
	}
	return err
}

func (s *step[R]) fireTimers(ctx context.Context) error {
	// Only of the kinds known here: those of another process, or of a part that
	// was taken out, must not stand in the way.
	kinds := slices.Sorted(maps.Keys(s.jobs.Timers))
	var due, late []Timer
	err := s.db.View(ctx, func(ctx context.Context, r R) (err error) {
		if late, err = s.late(ctx, r); err != nil {
			return err
		}
		due, err = r.Timers().Due(ctx, r.Now(), s.budget.Timers, kinds...)
		return err
	})
	if err == nil && len(late) > 0 {
		err = s.db.InTx(ctx, s.setChores)
	}
	s.report.Behind = len(due) == s.budget.Timers
	for _, t := range due {
		if err != nil {
			return err
		}
		err = s.fire(ctx, t)
	}
	return err
}

// fire takes one timer and does what it is for. One that fails is put off.
func (s *step[R]) fire(ctx context.Context, t Timer) error {
	handle := s.jobs.Timers[t.Kind]
	fired := false
	err := s.db.InTx(ctx, func(ctx context.Context, r R) error {
		fired = false
		if err := r.Lock(ctx, t.Owner); err != nil {
			return err
		}
		taken, ok, err := r.Timers().Take(ctx, t.Owner, t.Kind, r.Now())
		if err != nil || !ok {
			return err
		}
		fired = true
		return handle(ctx, r, taken)
	})
	switch {
	case err != nil && ctx.Err() != nil:
		s.report.Faults = append(s.report.Faults, ReportFault{t.Owner, t.Kind, err})
		return err
	case err != nil:
		s.report.Faults = append(s.report.Faults, ReportFault{t.Owner, t.Kind, err})
		return s.putOff(ctx, t, err)
	case !fired: // another process was first
	case t.Owner.IsZero():
		s.report.Chores = append(s.report.Chores, t.Kind)
	default:
		s.report.Fired = append(s.report.Fired, t)
	}
	return nil
}

func (s *step[R]) putOff(ctx context.Context, t Timer, cause error) error {
	return s.db.InTx(ctx, func(ctx context.Context, r R) error {
		if err := r.Lock(ctx, t.Owner); err != nil {
			return err
		}
		now, ok, err := r.Timers().Take(ctx, t.Owner, t.Kind, r.Now())
		if err != nil || !ok {
			return err
		}
		now.Attempts++
		now.Code = CodeOf(cause)
		now.DueAt = r.Now().Add(backoff(now.Attempts))
		return r.Timers().Set(ctx, now)
	})
}

// backoff is how long to wait after so many failures: 1 s, 2 s, 4 s … 1 h.
func backoff(attempts int) time.Duration {
	return min(time.Second<<min(max(attempts-1, 0), 12), time.Hour)
}

func (s *step[R]) makeCalls(ctx context.Context) error {
	// A step has one time, and each relay before may have taken as long as its
	// last call began and lasted: so much the lease must be longer.
	lease := time.Duration(0)
	for _, relay := range s.jobs.Relays {
		lease += 2 * relay.timeout()
		done, faults, err := call(ctx, s.db, relay, lease, s.budget.Calls)
		s.report.Called += done
		s.report.Behind = s.report.Behind || done == s.budget.Calls
		s.report.Faults = append(s.report.Faults, faults...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Call makes the calls with these keys now, if they are due and no other process
// is making them, and reports how many it settled: for a caller who waits for
// the answer. A call that fails stays owed; its error is returned.
func Call[R Repos](ctx context.Context, db Runner[R], relay Relay[R], keys ...string) (int, error) {
	done, faults, err := call(ctx, db, relay, 2*relay.timeout(), len(keys), keys...)
	for _, f := range faults {
		err = errors.Join(err, f.Err)
	}
	return done, err
}

// call claims and calls one delivery after the other, so that no lease runs out
// while others are called. It begins none after the time that one may take.
func call[R Repos](ctx context.Context, db Runner[R], relay Relay[R], lease time.Duration, limit int, keys ...string) (done int, faults []ReportFault, err error) {
	patience, stop := context.WithTimeout(ctx, relay.timeout())
	defer stop()
	for range limit {
		if patience.Err() != nil {
			return done, faults, ctx.Err()
		}
		var claimed []Delivery
		err := db.InTx(ctx, func(ctx context.Context, r R) (err error) {
			claimed, err = r.Deliveries().Claim(ctx, relay.Name, r.Now(), lease, 1, keys...)
			return err
		})
		if err != nil || len(claimed) == 0 {
			return done, faults, err
		}
		fault, err := deliver(ctx, db, relay, claimed[0])
		if fault != nil {
			faults = append(faults, ReportFault{claimed[0].Subject, relay.Name, fault})
		} else if err == nil {
			done++
		}
		if err != nil {
			return done, faults, err
		}
	}
	return done, faults, nil
}

// deliver makes one claimed call and stores what came of it. The first error is
// the call's, the second the store's.
func deliver[R Repos](ctx context.Context, db Runner[R], relay Relay[R], d Delivery) (fault, err error) {
	sending, cancel := context.WithTimeout(ctx, relay.timeout())
	keep, fault := relay.Send(sending, d)
	cancel()
	if fault == nil {
		d.State = DeliveryDone
		fault = db.InTx(ctx, func(ctx context.Context, r R) error {
			if keep != nil {
				if err := keep(ctx, r); err != nil {
					return err
				}
			}
			return r.Deliveries().Settle(ctx, d)
		})
	}
	if fault == nil || ctx.Err() != nil {
		return fault, ctx.Err()
	}
	switch CodeOf(fault) {
	case "delivery_lease": // another process has it now
		return fault, nil
	case "commit_unknown": // it may be settled: only the end of its lease tells
		return fault, nil
	}
	return fault, db.InTx(ctx, func(ctx context.Context, r R) error { return retryOrGiveUp(ctx, r, relay, d, fault) })
}

func retryOrGiveUp[R Repos](ctx context.Context, r R, relay Relay[R], d Delivery, fault error) error {
	d.Code = CodeOf(fault)
	d.State, d.DueAt = DeliveryQueued, r.Now().Add(backoff(d.Attempts))
	if d.Attempts >= relay.tries() {
		d.State = DeliveryDead
		if relay.Dead != nil {
			if err := relay.Dead(ctx, r, d); err != nil {
				return err
			}
		}
	}
	err := r.Deliveries().Settle(ctx, d)
	if CodeOf(err) == "delivery_lease" {
		return nil // another process has it now
	}
	return err
}
