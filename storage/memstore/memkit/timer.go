package memkit

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/megilance/lance"
)

// Timers are what will happen by itself.
func (tx *Tx) Timers() lance.Timers { return timers{tx} }

type timers struct{ tx *Tx }

// alarm names a timer; in the table of what is due it begins with when.
type alarm struct {
	at    time.Time
	owner lance.Ref
	kind  string
}

func (a alarm) compare(o alarm) int {
	return cmp.Or(a.at.Compare(o.at), a.owner.Compare(o.owner), strings.Compare(a.kind, o.kind))
}

func (s timers) all() sorted[alarm, lance.Timer] {
	return sorted[alarm, lance.Timer]{s.tx, s.tx.core.slot("timers"), alarm.compare}
}

// due are the timers whose clock runs, by when they are due.
func (s timers) due() sorted[alarm, lance.Timer] {
	return sorted[alarm, lance.Timer]{s.tx, s.tx.core.slot("timers.due"), alarm.compare}
}

func (s timers) remove(owner lance.Ref, kind string) error {
	name := alarm{owner: owner, kind: kind}
	t, ok := s.all().get(name)
	if !ok {
		return s.tx.writable()
	}
	if err := s.due().del(alarm{t.DueAt, owner, kind}); err != nil {
		return err
	}
	return s.all().del(name)
}

// Set writes timers, replacing those of the same owner and kind.
func (s timers) Set(_ context.Context, ts ...lance.Timer) error {
	for _, t := range ts {
		t = clone(t)
		if err := s.remove(t.Owner, t.Kind); err != nil {
			return err
		}
		if t.DueAt.IsZero() && t.WhyNot == "" {
			continue
		}
		if !t.DueAt.IsZero() {
			if err := s.due().put(alarm{t.DueAt, t.Owner, t.Kind}, t); err != nil {
				return err
			}
		}
		if err := s.all().put(alarm{owner: t.Owner, kind: t.Kind}, t); err != nil {
			return err
		}
	}
	return s.tx.writable()
}

// Take removes the timer if it is due at now, and reports whether it did.
func (s timers) Take(_ context.Context, owner lance.Ref, kind string, now time.Time) (lance.Timer, bool, error) {
	t, ok := s.all().get(alarm{owner: owner, kind: kind})
	if !ok || t.DueAt.IsZero() || t.DueAt.After(now) {
		return lance.Timer{}, false, s.tx.writable()
	}
	if err := s.remove(owner, kind); err != nil {
		return lance.Timer{}, false, err
	}
	return t, true, nil
}

// Cancel removes timers of an owner: those of the kinds given, or all.
func (s timers) Cancel(ctx context.Context, owner lance.Ref, kinds ...string) error {
	ts, err := s.Of(ctx, owner)
	for _, t := range ts {
		if err == nil && (len(kinds) == 0 || slices.Contains(kinds, t.Kind)) {
			err = s.remove(owner, t.Kind)
		}
	}
	return cmp.Or(err, s.tx.writable())
}

// Of returns an owner's timers by kind.
func (s timers) Of(_ context.Context, owner lance.Ref) ([]lance.Timer, error) {
	start := alarm{owner: owner}
	own := s.all().from(func(a alarm) bool { return a.compare(start) < 0 })
	var out []lance.Timer
	for _, t := range while(own, func(a alarm) bool { return a.owner == owner }) {
		out = append(out, t)
	}
	return out, nil
}

// Due returns timers due at now, earliest first, at most limit: those of the
// kinds given, or all.
func (s timers) Due(_ context.Context, now time.Time, limit int, kinds ...string) ([]lance.Timer, error) {
	var due []lance.Timer
	for a, t := range s.due().from(func(alarm) bool { return false }) {
		if a.at.After(now) || len(due) >= limit {
			break
		}
		if len(kinds) == 0 || slices.Contains(kinds, a.kind) {
			due = append(due, t)
		}
	}
	return due, nil
}

// NextDue returns when the next timer is due; zero when none will be.
func (s timers) NextDue(context.Context) (time.Time, error) {
	for a := range s.due().from(func(alarm) bool { return false }) {
		return a.at, nil
	}
	return time.Time{}, nil
}
