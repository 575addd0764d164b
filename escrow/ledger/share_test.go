package ledger_test

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

// stage is a store whose first transaction a test holds up and brings down.
type stage struct {
	lance.Runner[memescrow.Tx]
	ran    int
	before func()       // the first transaction begins
	inside func() error // at its end
	after  error        // what its commit says
	mu     sync.Mutex
}

// InTx runs fn, the first time with what the test has to say.
func (s *stage) InTx(ctx context.Context, fn func(context.Context, memescrow.Tx) error) error {
	s.mu.Lock()
	s.ran++
	first := s.ran == 1
	s.mu.Unlock()
	if !first {
		return s.Runner.InTx(ctx, fn)
	}
	s.before()
	err := s.Runner.InTx(ctx, func(ctx context.Context, r memescrow.Tx) error {
		if err := fn(ctx, r); err != nil || s.inside == nil {
			return err
		}
		return s.inside()
	})
	if err == nil {
		err = s.after
	}
	return err
}

// batch are callers who all post in the first transaction of a stage, in order.
type batch struct {
	*testing.T
	*stage
	errs   []error
	panics []any
}

// share lets n callers post, each what set says; cancel those whose index is
// given up give up before it is posted.
func share(t *testing.T, st *stage, n int, set func(i int) ledger.Transfer, gaveUp ...int) *batch {
	t.Helper()
	st.Runner = memescrow.New(nil)
	_, err := post(t, st.Runner, topUp("in", 1000))
	require.NoError(t, err)
	b := &batch{t, st, make([]error, n), make([]any, n)}
	s := ledger.NewService[memescrow.Tx](st)
	cancels := make([]context.CancelFunc, n)
	one := func(i int) {
		ctx, cancel := context.WithCancel(t.Context())
		cancels[i] = cancel
		defer func() { b.panics[i] = recover() }()
		_, b.errs[i] = s.Post(ctx, set(i))
	}
	var group sync.WaitGroup
	st.before = func() {
		for i := 1; i < n; i++ {
			group.Go(func() { one(i) })
			for ledger.Waiting(s) < i {
				runtime.Gosched()
			}
		}
		for _, i := range gaveUp {
			cancels[i]()
		}
	}
	one(0)
	group.Wait()
	for _, cancel := range cancels {
		cancel()
	}
	return b
}

func spend(i int, minor int64) ledger.Transfer {
	subject := lance.Ref{Kind: "spend", ID: strconv.Itoa(i)}
	return ledger.Transfer{
		ID: ledger.TransferIDFor(subject, "pay", 0), Code: ledger.CodeFund, Subject: subject,
		Debit: ledger.Available("ann", lance.USD), Credit: ledger.Hold("agr", lance.USD), Amount: lance.NewMoney(minor, lance.USD),
	}
}

func ten(i int) ledger.Transfer { return spend(i, 10) }

// posted requires which callers' sets stand, and that the others left nothing.
func (b *batch) posted(want ...int) {
	b.Helper()
	require.NoError(b, b.View(b.Context(), func(ctx context.Context, r memescrow.Tx) error {
		all, err := r.Ledger().Find(ctx, ledger.Query{})
		require.NoError(b, err)
		stands := map[ledger.TransferID]bool{}
		for _, t := range all {
			stands[t.ID] = true
		}
		for _, i := range want {
			require.True(b, stands[ten(i).ID], i)
		}
		require.Len(b, all, 1+len(want))
		held, err := ledger.BalancesOf(ctx, r, ten(0).Credit)
		require.NoError(b, err)
		require.Equal(b, int64(10*len(want)), held[0].Posted.Minor())
		backlog, err := r.Log().Backlog(ctx)
		require.Equal(b, 1+len(want), backlog.Count)
		return err
	}))
}

func TestCallersWhoWaitShareOneTransaction(t *testing.T) {
	t.Parallel()
	b := share(t, &stage{}, 5, ten)
	require.Equal(t, make([]error, 5), b.errs)
	require.Equal(t, 1, b.ran)
	b.posted(0, 1, 2, 3, 4)
}

func TestASetThatFailsIsSplitOff(t *testing.T) {
	t.Parallel()
	b := share(t, &stage{}, 5, func(i int) ledger.Transfer { return spend(i, []int64{10, 10, 990, 10, 10}[i]) })
	for i, err := range b.errs {
		if i == 2 {
			require.Equal(t, "balance_insufficient", lance.CodeOf(err))
		} else {
			require.NoError(t, err)
		}
	}
	require.Equal(t, 1, b.ran)
	b.posted(0, 1, 3, 4)
}

func TestWhoGivesUpLeavesNothing(t *testing.T) {
	t.Parallel()
	b := share(t, &stage{}, 5, ten, 2)
	for i, err := range b.errs {
		if i == 2 {
			require.ErrorIs(t, err, context.Canceled)
		} else {
			require.NoError(t, err)
		}
	}
	require.Equal(t, 1, b.ran)
	b.posted(0, 1, 3, 4)
}

func TestALeaderWhoGivesUpHarmsNobody(t *testing.T) {
	t.Parallel()
	b := share(t, &stage{}, 5, ten, 0)
	require.ErrorIs(t, b.errs[0], context.Canceled)
	require.Equal(t, make([]error, 4), b.errs[1:])
	b.posted(1, 2, 3, 4)
}

func TestAllWhoGiveUpLeaveNothing(t *testing.T) {
	t.Parallel()
	b := share(t, &stage{}, 3, ten, 0, 1, 2)
	for _, err := range b.errs {
		require.ErrorIs(t, err, context.Canceled)
	}
	b.posted()
}

func TestABatchThatBreaksIsPostedOneByOne(t *testing.T) {
	t.Parallel()
	st := &stage{inside: func() error { return lance.E(lance.Unavailable, "tx_broken", "lost") }}
	b := share(t, st, 4, ten)
	require.Equal(t, make([]error, 4), b.errs)
	require.Equal(t, 1+4, b.ran)
	b.posted(0, 1, 2, 3)
}

func TestACommitThatMayHaveSucceededIsNotRunAgain(t *testing.T) {
	t.Parallel()
	b := share(t, &stage{after: lance.E(lance.Internal, "commit_unknown", "who knows")}, 4, ten)
	for _, err := range b.errs {
		require.Equal(t, "commit_unknown", lance.CodeOf(err))
	}
	require.Equal(t, 1, b.ran)
	b.posted(0, 1, 2, 3)
}

func TestAPanicIsTheLeadersAlone(t *testing.T) {
	t.Parallel()
	b := share(t, &stage{inside: func() error { panic("oops") }}, 4, ten)
	require.Equal(t, []any{"oops", nil, nil, nil}, b.panics)
	require.Equal(t, make([]error, 4), b.errs)
	b.posted(1, 2, 3)
}
