package sim

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Law names what a run was held against.
type Law string

// The laws. They hold after every step, but for Ends, which holds when all has
// had its time.
const (
	SumZero    Law = "sum_zero"    // each currency's accounts sum to zero
	Folds      Law = "folds"       // each balance is what the transfers make
	Floor      Law = "floor"       // no party, hold or debt is below zero, nor below what is reserved on it
	HoldFolds  Law = "hold_folds"  // each agreement holds what the transfers have moved into its hold
	FinalEmpty Law = "final_empty" // a final agreement holds nothing
	FeeOnce    Law = "fee_once"    // the fees taken are those of all that was released, rounded once
	Once       Law = "once"        // a command that succeeded was done once, however often it was sent
	Refusal    Law = "refusal"     // a command that was refused has changed nothing
	Clocks     Law = "clocks"      // each clock that runs or stands is one that the state has, and is there once
	Covered    Law = "covered"     // cash and clearing are what parties are owed, at least
	SettleOnce Law = "settle_once" // a pending transfer is posted or voided once
	SetAside   Law = "set_aside"   // what a chargeback takes back is withheld, set aside or frozen, and moves no more
	Given      Law = "given"       // nobody is given more by the guarantee than was granted and released, nor besides a bank what he has from it
	Told       Law = "told"        // what was credited was charged, what is paid was sent, and nothing else was
	Dense      Law = "dense"       // the log has every place once
	NoFault    Law = "no_fault"    // nothing fails but what was refused, and nothing is set aside
	Ends       Law = "ends"        // in the end no money is held, on its way or waited for, and the log verifies
)

// Broken says how a law was broken.
type Broken struct {
	Law Law
	Msg string // what was found
}

// Error returns the law and what was found.
func (b *Broken) Error() string { return string(b.Law) + ": " + b.Msg }

func broken(l Law, format string, args ...any) error { return &Broken{l, fmt.Sprintf(format, args...)} }

// Failure is a run in which a law was broken.
type Failure struct {
	Broken
	Seed  uint64
	Step  int      // after which it was broken; Options.Steps for the end
	Acts  []int    // the steps that break it still, when all others are left out
	Lines []string // what was done in them
	Whole int      // how many steps the run had until then
}

// Error returns what was broken, how it came about, and the command that plays
// it again.
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, step %d: %s\n", f.Seed, f.Step, f.Broken.Error())
	fmt.Fprintf(&b, "%d of %d steps are enough:\n", len(f.Acts), f.Whole)
	for _, l := range f.Lines {
		fmt.Fprintf(&b, "  %s\n", l)
	}
	fmt.Fprintf(&b, "again: %s", f.Command())
	return b.String()
}

// Command returns the command that plays it again in this repository.
func (f *Failure) Command() string {
	acts := make([]string, len(f.Acts))
	for i, n := range f.Acts {
		acts[i] = strconv.Itoa(n)
	}
	return "go test ./marketplace/sim -v -run TestSeed -sim.seed=" + strconv.FormatUint(f.Seed, 10) + " -sim.acts=" + strings.Join(acts, ",")
}

// failed makes a failure of what was found after a step; an error that is no
// broken law is one of a store or a context, and goes on as it is.
func (w *world) failed(step int, err error) error {
	b, is := errors.AsType[*Broken](err)
	if !is {
		return err
	}
	return &Failure{Broken: *b, Seed: w.seed, Step: step, Acts: w.acts, Lines: w.lines, Whole: len(w.acts)}
}

// shrink leaves out what it can, in ever smaller pieces, as long as the same law
// is broken.
func (f *Failure) shrink(ctx context.Context, opts Options) error {
	best, whole := f, f.Whole
	opts.Tell = nil
	for piece := len(best.Acts) / 2; piece > 0 && opts.Shrink > 0; {
		shorter := false
		for at := 0; at < len(best.Acts) && opts.Shrink > 0; opts.Shrink-- {
			opts.Acts = append(append([]int{}, best.Acts[:at]...), best.Acts[min(at+piece, len(best.Acts)):]...)
			_, err := play(ctx, f.Seed, opts)
			if got, is := errors.AsType[*Failure](err); is && got.Law == f.Law {
				best, shorter = got, true
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			at += piece
		}
		if !shorter || piece > len(best.Acts) {
			piece /= 2
		}
	}
	best.Whole = whole
	return best
}
