package lance

import (
	"context"
	"time"
)

// Timer is something that will happen by itself. It belongs to one aggregate,
// which has at most one of each kind, and is written in the transaction that
// changes that aggregate. Those without an owner are the store's own: see Chore.
type Timer struct {
	Owner    Ref       // the aggregate; zero for the store
	Kind     string    // what will happen, such as "escrow.auto_release"
	DueAt    time.Time // when; zero while the clock stands
	WhyNot   string    // why it stands, when DueAt is zero: a stable code such as "changes_requested"
	Attempts int       // how often firing failed
	Code     string    // of the last fault
}

// Timers keeps what will happen by itself.
type Timers interface {
	// Set writes timers, replacing those of the same owner and kind. One with
	// neither DueAt nor WhyNot is removed.
	Set(ctx context.Context, ts ...Timer) error
	// Take removes the timer of that owner and kind if it is due at now, and
	// reports whether it did: of many who try, one fires it.
	Take(ctx context.Context, owner Ref, kind string, now time.Time) (Timer, bool, error)
	// Cancel removes timers of an owner: those of the kinds given, or all.
	Cancel(ctx context.Context, owner Ref, kinds ...string) error
	// Of returns an owner's timers by kind.
	Of(ctx context.Context, owner Ref) ([]Timer, error)
	// Due returns timers due at now, earliest first, at most limit: those of the
	// kinds given, or all.
	Due(ctx context.Context, now time.Time, limit int, kinds ...string) ([]Timer, error)
	// NextDue returns when the next timer is due; zero when none will be.
	NextDue(ctx context.Context) (time.Time, error)
}
