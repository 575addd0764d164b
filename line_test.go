package lance_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// queue is a line whose first caller leads until told to go on, and what became
// of its commands.
type queue struct {
	*testing.T
	line  lance.Line[int]
	group sync.WaitGroup

	mu      sync.Mutex
	batches [][]int
	begun   func(turn *lance.Turn[int]) bool
	errs    map[int]error
}

func newQueue(t *testing.T) *queue {
	t.Helper()
	q := &queue{T: t, errs: map[int]error{}, begun: (*lance.Turn[int]).Begin}
	return q
}

// work is what a leader does: it notes the commands that are to be done.
func (q *queue) work(_ context.Context, take func(int) []*lance.Turn[int]) {
	var batch []int
	for _, turn := range take(4) {
		if q.begun(turn) {
			batch = append(batch, turn.Command)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.batches = append(q.batches, batch)
}

// call has a command done on a goroutine of its own.
func (q *queue) call(ctx context.Context, c int) {
	q.group.Go(func() {
		err := q.line.Do(ctx, c, q.work)
		q.mu.Lock()
		defer q.mu.Unlock()
		q.errs[c] = err
	})
}

// held lets callers come while 0 leads, and returns when all are done.
func (q *queue) held(come func()) {
	q.Helper()
	require.NoError(q, q.line.Do(q.Context(), 0, func(ctx context.Context, take func(int) []*lance.Turn[int]) {
		take(1)
		come()
	}))
	q.group.Wait()
}

// wait returns when n callers wait.
func (q *queue) wait(n int) {
	for q.line.Waiting() != n {
		runtime.Gosched()
	}
}

func TestThoseWhoComeMeanwhileAreOneBatchInOrder(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.held(func() {
		for c := 1; c <= 6; c++ {
			q.call(t.Context(), c)
			q.wait(c)
		}
	})
	require.Equal(t, [][]int{{1, 2, 3, 4}, {5, 6}}, q.batches)
	require.NoError(t, q.line.Do(t.Context(), 7, q.work))
	require.Equal(t, []int{7}, q.batches[2], "who comes alone does not wait")
}

func TestWhoGivesUpInLineIsNotBegun(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.held(func() {
		ctx, cancel := context.WithCancel(t.Context())
		q.call(ctx, 1)
		q.wait(1)
		q.call(t.Context(), 2)
		q.wait(2)
		cancel()
		for {
			q.mu.Lock()
			_, back := q.errs[1]
			q.mu.Unlock()
			if back {
				break
			}
			runtime.Gosched()
		}
	})
	require.Equal(t, [][]int{{2}}, q.batches)
	require.ErrorIs(t, q.errs[1], context.Canceled)
	require.NoError(t, q.errs[2])
}

func TestWhoGivesUpInABatchIsLeftOutUnlessBegun(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	var cancels []context.CancelFunc
	q.begun = func(turn *lance.Turn[int]) bool {
		switch turn.Command {
		case 2: // its caller gives up just before
			cancels[1]()
			require.False(t, turn.Begin())
			return turn.Begin()
		case 3: // and just after
			require.True(t, turn.Begin())
			cancels[2]()
		}
		return turn.Begin()
	}
	q.held(func() {
		for c := 1; c <= 3; c++ {
			ctx, cancel := context.WithCancel(t.Context())
			cancels = append(cancels, cancel)
			q.call(ctx, c)
			q.wait(c)
		}
	})
	require.Equal(t, [][]int{{1, 3}}, q.batches)
	require.NoError(t, q.errs[1])
	require.ErrorIs(t, q.errs[2], context.Canceled)
	require.NoError(t, q.errs[3])
	cancels[0]()
}

func TestALeaderWhoGivesUpLeadsForTheOthers(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := q.line.Do(ctx, 1, func(shared context.Context, take func(int) []*lance.Turn[int]) {
		q.call(t.Context(), 2)
		q.wait(1)
		turns := take(4)
		cancel()
		require.NoError(t, shared.Err(), "somebody waits")
		require.Nil(t, shared.Done())
		_, bounded := shared.Deadline()
		require.False(t, bounded)
		require.False(t, turns[0].Begin())
		require.True(t, turns[1].Begin())
	})
	require.ErrorIs(t, err, context.Canceled)
	q.group.Wait()
	require.NoError(t, q.errs[2])
}

func TestWorkForTheLeaderAloneEndsWithHim(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	err := q.line.Do(ctx, 1, func(led context.Context, take func(int) []*lance.Turn[int]) {
		q.call(t.Context(), 2)
		q.wait(1)
		require.Len(t, take(1), 1)
		_, bounded := led.Deadline()
		require.True(t, bounded)
		cancel()
		<-led.Done()
		require.ErrorIs(t, led.Err(), context.Canceled)
	})
	require.NoError(t, err, "whether it was done the command knows")
	q.group.Wait()
	require.NoError(t, q.errs[2])
}

func TestAPanicIsTheLeadersAndTheLineGoesOn(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	require.PanicsWithValue(t, "oops", func() {
		_ = q.line.Do(t.Context(), 1, func(_ context.Context, take func(int) []*lance.Turn[int]) {
			for c := 2; c <= 6; c++ {
				q.call(t.Context(), c)
				q.wait(c - 1)
			}
			take(4)
			panic("oops")
		})
	})
	q.group.Wait()
	require.Equal(t, [][]int{{5, 6}}, q.batches)
	for c := 2; c <= 6; c++ {
		require.NoError(t, q.errs[c])
	}
}

// TestTwoLanesShareThoseWhoWait has two leaders at the same time, each of whom
// takes his half.
func TestTwoLanesShareThoseWhoWait(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.line.Lanes = 2
	var other []*lance.Turn[int]
	q.held(func() {
		require.NoError(t, q.line.Do(t.Context(), 1, func(_ context.Context, take func(int) []*lance.Turn[int]) {
			for c := 2; c <= 5; c++ {
				q.call(t.Context(), c)
				q.wait(c - 1)
			}
			other = take(4)
		}))
	})
	require.Len(t, other, 3, "of two who lead and four who wait")
	require.ElementsMatch(t, [][]int{{4}, {5}}, q.batches)
}

// TestWhatTouchesTheSameIsNotInTwoLanes lets callers come who touch what the
// leader does, and one who does not.
func TestWhatTouchesTheSameIsNotInTwoLanes(t *testing.T) {
	t.Parallel()
	var line lance.Line[int]
	line.Lanes = 2
	var group sync.WaitGroup
	var taken []int
	work := func(_ context.Context, take func(int) []*lance.Turn[int]) {
		for _, turn := range take(9) {
			taken = append(taken, turn.Command)
		}
	}
	require.NoError(t, line.Do(t.Context(), 0, func(_ context.Context, take func(int) []*lance.Turn[int]) {
		take(1)
		for c := 1; c <= 2; c++ {
			group.Go(func() { require.NoError(t, line.Do(t.Context(), c, work, 7)) })
			for line.Waiting() != c {
				runtime.Gosched()
			}
		}
		require.NoError(t, line.Do(t.Context(), 3, work, 8, 9))
		require.Equal(t, []int{3}, taken)
	}, 7))
	group.Wait()
	require.ElementsMatch(t, []int{3, 1, 2}, taken)
}
