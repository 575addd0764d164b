package lance_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// noon is a fixed instant for tests.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a lance.World that stands still and that a seed determines.
type world struct {
	at      time.Time
	entropy lance.Entropy
}

func (w world) Now() time.Time         { return w.at }
func (w world) Entropy() lance.Entropy { return w.entropy }

func TestInstantIsWhatDatabasesKeep(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 5*3600)
	require.Equal(t, noon.Add(time.Microsecond), lance.Instant(noon.Add(1999*time.Nanosecond).In(east)))
	require.Equal(t, time.UTC, lance.Instant(noon.In(east)).Location())
	require.Equal(t, time.Time{}, lance.Instant(time.Time{}.In(east)), "no time stays no time")
	now := time.Now()
	require.NotEqual(t, now, lance.Instant(now), "the monotonic reading is dropped")
}

func TestClocksTellInstants(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]lance.Clock{
		"system": lance.SystemClock(),
		"fixed":  lance.FixedClock(noon.Add(7 * time.Nanosecond).Local()),
		"func":   lance.ClockFunc(func() time.Time { return noon.Add(time.Nanosecond) }),
	} {
		now := c.Now()
		require.Equal(t, lance.Instant(now), now, name)
	}
	require.Equal(t, noon, lance.FixedClock(noon).Now())
}

func TestSeedDeterminesEntropy(t *testing.T) {
	t.Parallel()
	read := func(seed uint64, sizes ...int) []byte {
		e := lance.SeededEntropy(seed)
		var all []byte
		for _, n := range sizes {
			p := make([]byte, n)
			e.Fill(p)
			all = append(all, p...)
		}
		return all
	}
	require.Equal(t, read(1, 100), read(1, 1, 31, 33, 35), "however it is read")
	require.NotEqual(t, read(1, 32), read(2, 32))
	once := read(1, 96)
	require.NotEqual(t, once[:32], once[32:64])
}

func TestEntropyIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]lance.Entropy{"system": lance.SystemEntropy(), "seeded": lance.SeededEntropy(1)} {
		var mu sync.Mutex
		seen := map[string]bool{}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 50 {
					p := make([]byte, 16)
					e.Fill(p)
					mu.Lock()
					seen[string(p)] = true
					mu.Unlock()
				}
			})
		}
		all.Wait()
		require.Len(t, seen, 400, name)
		require.False(t, seen[string(bytes.Repeat([]byte{0}, 16))], name)
	}
}

func ExampleFixedClock() {
	c := lance.FixedClock(time.Date(2026, 3, 1, 13, 0, 0, 0, time.FixedZone("CET", 3600)))
	fmt.Println(c.Now())
	// Output: 2026-03-01 12:00:00 +0000 UTC
}
