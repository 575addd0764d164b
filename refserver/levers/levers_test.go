package levers_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/refserver/levers"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
)

var (
	start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	root  = lance.Person("root", lance.RoleAdmin)
)

// shop is an engine with its levers.
type shop struct {
	*levers.Levers
	engine *marketplace.Engine
	clock  *levers.Clock
	box    *levers.Mailbox
}

// open puts an engine and levers on a store, as a process does that starts.
func open(t *testing.T, store *memstore.Store) (*shop, error) {
	t.Helper()
	s := &shop{clock: levers.NewClock(lance.FixedClock(start))}
	db := store.At(s.clock)
	codes, err := auth.NewCodes(make([]byte, 32))
	require.NoError(t, err)
	authed := auth.Options{Codes: codes, Hasher: auth.NewHasher(auth.Argon{MemoryKiB: 64, Passes: 1, Lanes: 1}, 0)}
	s.box = levers.NewMailbox(s.clock)
	played := sandbox.New(sandbox.Options{})
	s.engine, err = marketplace.New(marketplace.Config{
		Store: db, Auth: authed, Payments: payments.Options{Providers: []provider.Adapter{played}},
		Jobs: s.box.Jobs(auth.NewService(db, &authed)),
	})
	require.NoError(t, err)
	s.Levers, err = levers.New(t.Context(), levers.Options{
		Clock: s.clock, Store: db, Engine: s.engine, Mailbox: s.box, Sandboxes: []*sandbox.Sandbox{played},
	})
	return s, err
}

func TestARestartDoesNotGoBackInTime(t *testing.T) {
	t.Parallel()
	store := memstore.New(nil)
	s, err := open(t, store)
	require.NoError(t, err)
	h, err := s.Skip(t.Context(), root, levers.SkipInput{By: 48 * time.Hour})
	require.NoError(t, err)
	require.Equal(t, start, h.From)
	require.Equal(t, start.Add(48*time.Hour), h.To)
	again, err := open(t, store)
	require.NoError(t, err)
	require.Equal(t, h.To, again.clock.Now())
	at, err := again.Hands(t.Context())
	require.NoError(t, err)
	require.Equal(t, 48*time.Hour, at.Ahead)
}

func TestALiveStoreHasNoLevers(t *testing.T) {
	t.Parallel()
	store := memstore.New(nil)
	require.NoError(t, store.InTx(t.Context(), func(ctx context.Context, r driver.Repos) error {
		return lance.BearIn(ctx, r, lance.BornLive)
	}))
	_, err := open(t, store)
	require.ErrorIs(t, err, lance.Precondition)
	require.Equal(t, "store_birth", lance.CodeOf(err))
}

func TestOnlyAdministratorsMoveLevers(t *testing.T) {
	t.Parallel()
	s, err := open(t, memstore.New(nil))
	require.NoError(t, err)
	_, err = s.Skip(t.Context(), lance.Person("ada"), levers.SkipInput{By: time.Hour})
	require.ErrorIs(t, err, lance.Forbidden)
	require.ErrorIs(t, s.Outage(lance.Actor{}, true), lance.Unauthorized)
	require.Equal(t, start, s.clock.Now())
}

func TestTheClockMovesForwardWithinItsRange(t *testing.T) {
	t.Parallel()
	s, err := open(t, memstore.New(nil))
	require.NoError(t, err)
	for _, by := range []time.Duration{-time.Hour, levers.MaxSkip + 1} {
		_, err = s.Skip(t.Context(), root, levers.SkipInput{By: by})
		require.ErrorIs(t, err, lance.Invalid)
	}
	_, err = s.Skip(t.Context(), root, levers.SkipInput{})
	require.Equal(t, "timer_none", lance.CodeOf(err))
	require.Equal(t, start, s.clock.Now())
	_, err = s.Skip(t.Context(), root, levers.SkipInput{By: time.Hour, Key: "k"})
	require.NoError(t, err)
	h, err := s.Skip(t.Context(), root, levers.SkipInput{By: time.Hour, Key: "k"})
	require.NoError(t, err)
	require.Equal(t, h.From, h.To)
	require.Equal(t, start.Add(time.Hour), s.clock.Now())
	_, err = s.Skip(t.Context(), root, levers.SkipInput{By: 2 * time.Hour, Key: "k"})
	require.Equal(t, "key_reused", lance.CodeOf(err))
}

func TestAnOutageIsOverWhenItIs(t *testing.T) {
	t.Parallel()
	s, err := open(t, memstore.New(nil))
	require.NoError(t, err)
	ada := lance.Person("ada")
	require.NoError(t, s.Outage(root, true))
	top, err := s.engine.Payments.TopUp(t.Context(), ada, payments.TopUpInput{Amount: lance.NewMoney(100, lance.USD), Method: sandbox.MethodOK})
	require.NoError(t, err)
	require.Equal(t, payments.Processing, top.State)
	h, err := s.Skip(t.Context(), root, levers.SkipInput{By: time.Minute})
	require.NoError(t, err)
	require.NotEmpty(t, h.Faults)
	require.NoError(t, s.Outage(root, false))
	h, err = s.Skip(t.Context(), root, levers.SkipInput{By: time.Hour})
	require.NoError(t, err)
	top, err = s.engine.Payments.GetTopUp(t.Context(), ada, top.ID)
	require.NoError(t, err)
	require.Equal(t, payments.Confirmed, top.State)
	require.Equal(t, "top_up.confirmed", h.Events[0].Type)
}

func TestMailComesIntoTheMailbox(t *testing.T) {
	t.Parallel()
	s, err := open(t, memstore.New(nil))
	require.NoError(t, err)
	in := auth.RegisterInput{Email: "Ada@Example.com", Password: "correct horse battery", Name: "Ada", View: auth.ViewClient}
	require.NoError(t, s.engine.Auth.Register(t.Context(), in))
	require.Empty(t, s.box.To(""))
	_, err = s.Step(t.Context())
	require.NoError(t, err)
	got := s.box.To("ada@example.com")
	require.Len(t, got, 1)
	require.Equal(t, "Confirm your address", got[0].Subject)
	require.Contains(t, got[0].Text, got[0].Code)
	require.Empty(t, s.box.To("bob@example.com"))
	require.NoError(t, s.engine.Auth.VerifyEmail(t.Context(), auth.VerifyInput{Email: in.Email, Code: auth.Secret(got[0].Code)}))

	require.NoError(t, s.engine.Auth.Register(t.Context(), in))
	_, err = s.Step(t.Context())
	require.NoError(t, err)
	require.Equal(t, "You have joined already", s.box.To("")[0].Subject)
}

func TestRunStepsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	s, err := open(t, memstore.New(nil))
	require.NoError(t, err)
	top, err := s.engine.Payments.TopUp(t.Context(), lance.Person("ada"), payments.TopUpInput{Amount: lance.NewMoney(100, lance.USD), Method: sandbox.MethodPending})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	require.NoError(t, s.Run(ctx, time.Millisecond, func(rep lance.Report, err error) {
		require.NoError(t, err)
		if rep.Idle() {
			stop()
		}
	}))
	top, err = s.engine.Payments.GetTopUp(t.Context(), lance.Person("ada"), top.ID)
	require.NoError(t, err)
	require.Equal(t, payments.Confirmed, top.State)
}

func TestTheMailboxKeepsTheLatest(t *testing.T) {
	t.Parallel()
	s, err := open(t, memstore.New(nil))
	require.NoError(t, err)
	for i := range levers.MaxMail + 1 {
		in := auth.CreateInput{Email: strconv.Itoa(i) + "@example.com", Name: "Ada", View: auth.ViewClient}
		_, err := s.engine.Auth.Create(t.Context(), root, in)
		require.NoError(t, err)
	}
	for rep := (lance.Report{Called: 1}); !rep.Idle(); {
		rep, err = s.Step(t.Context())
		require.NoError(t, err)
	}
	require.Len(t, s.box.To(""), levers.MaxMail)
}
