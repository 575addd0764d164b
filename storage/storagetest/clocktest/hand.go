package clocktest

import (
	"sync"
	"time"

	"github.com/megilance/lance"
)

// Hand is a lance.Clock that stands still until it is moved. It is safe for
// concurrent use.
type Hand struct {
	mu sync.Mutex
	at time.Time
}

// At returns a hand that stands at t.
func At(t time.Time) *Hand { return &Hand{at: t} }

// Now returns where the hand stands: UTC, microseconds.
func (h *Hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return lance.Instant(h.at)
}

// Move moves the hand by d and returns where it stands then.
func (h *Hand) Move(d time.Duration) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
	return lance.Instant(h.at)
}
