package lance

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

// Clock tells the time. A store is given one and every package reads the time
// from the transaction it works in, so that tests, simulators and a server's
// time lever all move the same hand.
type Clock interface {
	// Now returns the present in UTC, truncated to microseconds.
	Now() time.Time
}

// ClockFunc makes a function a Clock. Its result is brought to UTC and
// truncated to microseconds, which is what every database keeps.
type ClockFunc func() time.Time

// Now returns f's time in UTC, truncated to microseconds.
func (f ClockFunc) Now() time.Time { return Instant(f()) }

// SystemClock returns the machine's clock.
func SystemClock() Clock { return ClockFunc(time.Now) }

// FixedClock returns a clock that stands still at t.
func FixedClock(t time.Time) Clock { return ClockFunc(func() time.Time { return t }) }

// Instant brings t to UTC, truncates it to microseconds and drops the monotonic
// reading: the form in which every time of this module is kept and compared.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Entropy fills bytes with randomness. It must not fail and must be safe for
// concurrent use.
type Entropy interface {
	// Fill overwrites all of p.
	Fill(p []byte)
}

// SystemEntropy returns the operating system's cryptographic randomness.
func SystemEntropy() Entropy { return systemEntropy{} }

type systemEntropy struct{}

// Fill reads from crypto/rand, which since Go 1.24 either fills p or ends the process.
func (systemEntropy) Fill(p []byte) { _, _ = rand.Read(p) }

// SeededEntropy returns a stream that seed alone determines, so that a test or a
// simulation makes the same identifiers again. It is predictable: never use it
// for secrets.
func SeededEntropy(seed uint64) Entropy { return &seededEntropy{seed: seed} }

type seededEntropy struct {
	mu          sync.Mutex
	seed, block uint64
	rest        []byte
}

// Fill takes the next bytes of SHA-256(seed, 0), SHA-256(seed, 1), ….
func (s *seededEntropy) Fill(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(p) > 0 {
		if len(s.rest) == 0 {
			var in [16]byte
			binary.BigEndian.PutUint64(in[:8], s.seed)
			binary.BigEndian.PutUint64(in[8:], s.block)
			sum := sha256.Sum256(in[:])
			s.rest, s.block = sum[:], s.block+1
		}
		n := copy(p, s.rest)
		p, s.rest = p[n:], s.rest[n:]
	}
}
