package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
)

// Open returns an empty store for one run, whose identifiers follow from the
// seed, and what starts it again when the process that uses it has died: it
// returns the store as a new process finds it, with identifiers that go on. A nil
// restart leaves the store as it is. Who opens it closes it.
type Open func(ctx context.Context, seed uint64) (db lance.Runner[marketplace.Repos], restart func(ctx context.Context) (lance.Runner[marketplace.Repos], error), err error)

// Options say what a run is like. The zero value of a field takes its default.
type Options struct {
	Open    Open              // where it takes place; needed
	Steps   int               // what is done in it; default 40
	Acts    []int             // only these of its steps, by number from 0; nil: all
	Shrink  int               // how many runs may be spent to make one that failed shorter; default 200, below 0 none
	Tell    func(line string) // is told each step when it is over; nil: nobody
	NoFault bool              // the process never dies and the store never fails
}

const (
	defaultSteps  = 40
	defaultShrink = 200
)

// Report tells what a run has done.
type Report struct {
	Seed    uint64
	Steps   int        // that were done
	Done    int        // of them: commands that changed something
	Refused int        // of them: commands that were refused, as they should be
	Died    int        // how often a process died
	Journal lance.Hash // of all that was done, and of all transfers and events that it left
}

// Run plays the run of a seed to its end, in which time passes until nothing is
// under way any more. It fails with a *Failure when a law was broken, and as
// Options.Open does.
func Run(ctx context.Context, seed uint64, opts Options) (Report, error) {
	if opts.Open == nil {
		return Report{}, lance.Op("sim.Run", lance.E(lance.Invalid, "store_required", "a simulation needs a store"))
	}
	if opts.Steps <= 0 {
		opts.Steps = defaultSteps
	}
	if opts.Shrink == 0 {
		opts.Shrink = defaultShrink
	}
	rep, err := play(ctx, seed, opts)
	if f, is := errors.AsType[*Failure](err); is {
		return rep, f.shrink(ctx, opts)
	}
	return rep, lance.Op("sim.Run", err)
}

// act is one step of a run. It is drawn before the run begins and depends on
// nothing that happens in it, so that others can be left out.
type act struct {
	n     int
	do    *action
	seed  uint64
	how   fault
	after int // transactions until it
}

// script draws what is done in a run. It begins with money and an agreement.
func script(seed uint64, opts Options) []act {
	d := (&dice{seed}).fork("script")
	weights := int64(0)
	for i := range actions {
		weights += actions[i].weight
	}
	var out []act
	for n := range opts.Steps {
		a := act{n: n, seed: d.next()}
		at := d.upTo(weights)
		for i := range actions {
			if at -= actions[i].weight; at < 0 {
				a.do = &actions[i]
				break
			}
		}
		if n < len(opening) {
			a.do = named(opening[n])
		}
		if d.one(3) && !opts.NoFault {
			a.how, a.after = pick(d, faults), 1+int(d.upTo(1+d.upTo(4)))
		}
		if opts.Acts == nil || slices.Contains(opts.Acts, n) {
			out = append(out, a)
		}
	}
	return out
}

// opening is what every run begins with.
var opening = []string{"top up", "top up", "top up", "agree", "agree"}

func named(name string) *action {
	i := slices.IndexFunc(actions, func(a action) bool { return a.name == name })
	return &actions[max(i, 0)]
}

// play plays a run once.
func play(ctx context.Context, seed uint64, opts Options) (Report, error) {
	w, err := newWorld(ctx, seed, opts)
	if err != nil {
		return Report{}, err
	}
	for _, a := range script(seed, opts) {
		if err := w.act(ctx, a); err != nil {
			return w.report, w.failed(a.n, err)
		}
	}
	if err := w.end(ctx); err != nil {
		return w.report, w.failed(opts.Steps, err)
	}
	return w.report, nil
}

// start is when every run begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
