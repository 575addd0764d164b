package levers

import (
	"sync/atomic"
	"time"

	"github.com/megilance/lance"
)

// Clock goes with another clock, ahead of it by what it was moved. It is safe for
// concurrent use.
type Clock struct {
	base  lance.Clock
	ahead atomic.Int64 // nanoseconds
}

// NewClock returns a clock that goes with base; nil is the machine's.
func NewClock(base lance.Clock) *Clock {
	if base == nil {
		base = lance.SystemClock()
	}
	return &Clock{base: base}
}

// Now returns the time in UTC, truncated to microseconds.
func (c *Clock) Now() time.Time { return lance.Instant(c.base.Now().Add(c.Ahead())) }

// Ahead returns by how much the clock was moved.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// until returns how far ahead the clock is when it shows t: never less than it is
// now.
func (c *Clock) until(t time.Time) time.Duration {
	return max(t.Sub(c.base.Now()), c.Ahead())
}
