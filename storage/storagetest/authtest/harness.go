package authtest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// Harness is what the suite asks of an adapter.
type Harness[R auth.Repos] struct {
	// Open returns a fresh, empty store whose time is clock's, and cleans it up
	// by t.Cleanup.
	Open func(t *testing.T, clock lance.Clock) lance.Runner[R]
	// Hosts are the kinds of open transaction of a host that the store can join.
	Hosts []basetest.Host[R]
}

// law is one case of the suite.
type law struct {
	name string
	run  func(w *world)
}

// Run proves every law on the adapter, each in a parallel subtest
// <subject>/<law>.
func Run[R auth.Repos](t *testing.T, h Harness[R]) {
	run(t, h, "register", registerLaws())
	run(t, h, "challenge", challengeLaws())
	run(t, h, "login", loginLaws())
	run(t, h, "token", tokenLaws())
	run(t, h, "password", passwordLaws())
	run(t, h, "session", sessionLaws())
	run(t, h, "directory", directoryLaws())
	run(t, h, "rows", rowLaws())
	t.Run("writes", func(t *testing.T) {
		t.Parallel()
		basetest.CheckWrites(t, Writes(h))
	})
}

// RunIncidents proves the laws that bugs of comparable systems have taught, each
// in a parallel subtest named after its source.
func RunIncidents[R auth.Repos](t *testing.T, h Harness[R]) {
	runLaws(t, h, incidents())
}

func run[R auth.Repos](t *testing.T, h Harness[R], subject string, laws []law) {
	t.Helper()
	t.Run(subject, func(t *testing.T) {
		t.Parallel()
		runLaws(t, h, laws)
	})
}

func runLaws[R auth.Repos](t *testing.T, h Harness[R], laws []law) {
	t.Helper()
	for _, l := range laws {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			clock := clocktest.At(epoch)
			l.run(newWorld(t, lance.Narrow(h.Open(t, clock), func(r R) auth.Repos { return r }), clock))
		})
	}
}

// epoch is the time at which every case begins.
var epoch = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// cheap is a hasher whose work is next to none, so that cases are fast.
var cheap = auth.NewHasher(auth.Argon{MemoryKiB: 8, Passes: 1, Lanes: 1}, 4)

// The words of every case.
const (
	email    = "Ann.Lee@example.com"
	password = auth.Secret("correct horse battery")
	other    = auth.Secret("quite another password")
)

var (
	from   = auth.Client{IP: "192.0.2.7", Agent: "Browser/1"}
	system = lance.System("test")
	nobody = lance.Actor{}
)

// world is what one case works in: a store of its own, a service on it, and a
// clock that it moves.
type world struct {
	*testing.T
	db    lance.Runner[auth.Repos]
	clock *clocktest.Hand
	svc   *auth.Service
	opts  auth.Options
}

func newWorld(t *testing.T, db lance.Runner[auth.Repos], clock *clocktest.Hand) *world {
	t.Helper()
	codes, err := auth.NewCodes([]byte("a key of at least thirty-two bytes"))
	require.NoError(t, err)
	w := &world{T: t, db: db, clock: clock, opts: auth.Options{Hasher: cheap, Codes: codes}}
	w.svc = auth.NewService(db, &w.opts)
	return w
}

// with returns a service on the same store with other options.
func (w *world) with(change func(o *auth.Options)) *auth.Service {
	o := w.opts
	change(&o)
	return auth.NewService(w.db, &o)
}

// registration is a good one.
func registration(address string) auth.RegisterInput {
	return auth.RegisterInput{Email: address, Password: password, Name: "Ann Lee", View: auth.ViewFreelancer, Client: from}
}

// register makes a user by registering.
func (w *world) register(address string) *auth.User {
	w.Helper()
	require.NoError(w, w.svc.Register(w.Context(), registration(address)))
	return w.user(address)
}

// user returns the user with an address.
func (w *world) user(address string) *auth.User {
	w.Helper()
	users := w.users(address)
	require.Len(w, users, 1)
	return users[0]
}

func (w *world) users(address string) []*auth.User {
	w.Helper()
	var found []*auth.User
	w.view(func(ctx context.Context, r auth.Repos) (err error) {
		found, err = r.Users().Find(ctx, lance.Filter{Eq: map[string]any{"email_key": auth.EmailKey(address)}})
		return err
	})
	return found
}

// create makes a user as the engine, with roles.
func (w *world) create(address string, roles ...lance.Role) *auth.User {
	w.Helper()
	u, err := w.svc.Create(w.Context(), system, auth.CreateInput{
		Email: address, Name: "Somebody", View: auth.ViewClient, Roles: roles, Password: password, Verified: true,
	})
	require.NoError(w, err)
	return u
}

// login signs a user in.
func (w *world) login(address string, p auth.Secret) *auth.SignedIn {
	w.Helper()
	in, err := w.svc.Login(w.Context(), auth.LoginInput{Email: address, Password: p, Client: from})
	require.NoError(w, err)
	return in
}

// as returns the actor of an access token.
func (w *world) as(in *auth.SignedIn) lance.Actor {
	w.Helper()
	by, err := w.svc.Authenticate(w.Context(), in.Access)
	require.NoError(w, err)
	return by
}

// signedIn returns the actor of a user who has just signed in.
func (w *world) signedIn(u *auth.User) lance.Actor {
	w.Helper()
	return w.as(w.login(u.Email, password))
}

// dead checks that neither token of a session is good any more.
func (w *world) dead(in *auth.SignedIn) {
	w.Helper()
	_, err := w.svc.Authenticate(w.Context(), in.Access)
	w.refused(err, lance.Unauthorized, "token_invalid")
	_, err = w.refresh(in.Refresh)
	w.refused(err, lance.Unauthorized, "token_invalid")
}

func (w *world) refresh(token auth.Secret) (*auth.SignedIn, error) {
	return w.svc.Refresh(w.Context(), auth.RefreshInput{Token: token, Client: from})
}

// letters takes the mail that is owed.
func (w *world) letters() []*auth.Letter {
	w.Helper()
	var owed []lance.Delivery
	w.write(func(ctx context.Context, r auth.Repos) (err error) {
		owed, err = r.Deliveries().Claim(ctx, auth.MailRelay, r.Now(), time.Minute, 100)
		for _, d := range owed {
			d.State = lance.DeliveryDone
			err = first(err, r.Deliveries().Settle(ctx, d))
		}
		return err
	})
	letters := []*auth.Letter{}
	for _, d := range owed {
		l, err := w.svc.Letter(w.Context(), system, d)
		if lance.CodeOf(err) == "challenge_state" {
			continue
		}
		require.NoError(w, err)
		letters = append(letters, l)
	}
	return letters
}

// code returns the code of the only letter of a kind that is owed.
func (w *world) code(kind auth.MailKind) auth.Secret {
	w.Helper()
	letters := slices.DeleteFunc(w.letters(), func(l *auth.Letter) bool { return l.Kind != kind })
	require.Len(w, letters, 1)
	return letters[0].Code
}

// write runs fn in a transaction that must succeed.
func (w *world) write(fn func(ctx context.Context, r auth.Repos) error) {
	w.Helper()
	require.NoError(w, w.db.InTx(w.Context(), fn))
}

// view runs fn in a view that must succeed.
func (w *world) view(fn func(ctx context.Context, r auth.Repos) error) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), fn))
}

// settle lets everything happen that is due.
func (w *world) settle() lance.Report {
	w.Helper()
	rep, err := lance.NewWorker(w.db, auth.Jobs(), nil).Drain(w.Context(), w.clock.Now(), 50)
	require.NoError(w, err)
	require.Empty(w, rep.Faults)
	return rep
}

// events returns what the log holds, sealed.
func (w *world) events() []lance.Event {
	w.Helper()
	w.settle()
	var all []lance.Event
	w.view(func(ctx context.Context, r auth.Repos) (err error) {
		all, _, err = r.Log().Read(ctx, 0, 1000)
		return err
	})
	return all
}

// told returns the types of the events about an aggregate, in order.
func (w *world) told(of lance.Ref) (types []string) {
	w.Helper()
	w.view(func(ctx context.Context, r auth.Repos) error {
		events, err := r.Log().Stream(ctx, of)
		for _, e := range events {
			types = append(types, e.Type)
		}
		return err
	})
	return types
}

// refused checks a fault.
func (w *world) refused(err error, kind lance.Kind, code string) {
	w.Helper()
	require.ErrorIs(w, err, kind)
	require.Equal(w, code, lance.CodeOf(err), "%v", err)
}

// invalid checks that exactly the fields given are refused, by pointer and code,
// and that the fault repeats nothing of what was sent.
func (w *world) invalid(err error, want map[string]string) {
	w.Helper()
	require.ErrorIs(w, err, lance.Invalid)
	var e *lance.Error
	require.ErrorAs(w, err, &e)
	got := map[string]string{}
	for _, f := range e.Fields {
		got[f.Pointer] = f.Code
	}
	require.Equal(w, want, got)
}

// race runs n calls at once and returns their errors.
func (w *world) race(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}
