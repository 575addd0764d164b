package markettest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/memblob"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// Harness is what the suites ask of an adapter. The repositories are those of
// projects, contracts and reviews, which bring escrow's and the ledger's along.
type Harness[R review.Repos] struct {
	// Open returns a fresh, empty store whose time is clock's, and cleans it up
	// by t.Cleanup.
	Open func(t *testing.T, clock lance.Clock) lance.Runner[R]
	// Hosts are the kinds of open transaction of a host that the store can join.
	Hosts []basetest.Host[R]
}

// Run proves every law of categories, skills, profiles, projects, contracts,
// files and reviews on the adapter, and that whatever its stores write can be
// rolled back.
func Run[R review.Repos](t *testing.T, h Harness[R]) {
	RunTaxonomy(t, h)
	RunProfiles(t, h)
	RunProjects(t, h)
	RunContracts(t, h)
	RunFiles(t, h)
	RunReviews(t, h)
	run(t, h, "rows", rowLaws())
	t.Run("writes", func(t *testing.T) {
		t.Parallel()
		basetest.CheckWrites(t, workWrites(h))
	})
}

// law is one case of a suite.
type law struct {
	name string
	run  func(w *world)
}

// run proves laws, each in a parallel subtest and a world of its own.
func run[R review.Repos](t *testing.T, h Harness[R], subject string, laws []law) {
	t.Helper()
	t.Run(subject, func(t *testing.T) {
		t.Parallel()
		for _, l := range laws {
			t.Run(l.name, func(t *testing.T) {
				t.Parallel()
				clock := clocktest.At(epoch)
				db := lance.Narrow(h.Open(t, clock), func(r R) review.Repos { return r })
				w := newWorld(t, db, clock)
				l.run(w)
				w.balanced()
			})
		}
	})
}

// epoch is the time at which every case begins.
var epoch = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// The people of every case.
var (
	client = lance.Person("client")
	ann    = lance.Person("ann") // a freelancer
	bob    = lance.Person("bob") // another
	eve    = lance.Person("eve") // has nothing to do with anything
	admin  = lance.Person("admin", lance.RoleAdmin)
	nobody = lance.Actor{}
)

// world is what one case works in: a store of its own, the services on it, and a
// clock that it moves.
type world struct {
	*testing.T
	db        lance.Runner[review.Repos]
	clock     *clocktest.Hand
	projects  *project.Service
	contracts *contract.Service
	files     *file.Service
	blobs     *memblob.Store
	reviews   *review.Service
	escrow    *escrow.Service
	skills    []taxonomy.SkillID // three
	category  taxonomy.CategoryID
}

func newWorld(t *testing.T, db lance.Runner[review.Repos], clock *clocktest.Hand) *world {
	t.Helper()
	w := &world{T: t, db: db, clock: clock, blobs: memblob.New()}
	w.files = file.NewService(db, &file.Options{Blobs: w.blobs})
	w.reviews = review.NewService(db, nil)
	w.projects = project.NewService(db, &project.Options{Ratings: w.reviews})
	w.contracts = contract.NewService(db, &contract.Options{Terms: contract.Terms{Revisions: 2}, Files: file.Options{Blobs: w.blobs}})
	w.escrow = escrow.NewService(db, nil)
	w.write(func(ctx context.Context, r review.Repos) error {
		for _, name := range []string{"go", "sql", "design"} {
			s := newSkill(r, name)
			w.skills = append(w.skills, s.ID)
			if err := r.Skills().Insert(ctx, s); err != nil {
				return err
			}
		}
		c := newCategory(r, "software")
		w.category = c.ID
		return r.Categories().Insert(ctx, c)
	})
	return w
}

func newSkill(r lance.World, name string) *taxonomy.Skill {
	return &taxonomy.Skill{
		ID: lance.NewID[taxonomy.SkillID]("skl", r), Slug: name, SkillTerms: taxonomy.SkillTerms{Name: name},
		State: taxonomy.StateActive, CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
}

func newCategory(r lance.World, name string) *taxonomy.Category {
	return &taxonomy.Category{
		ID: lance.NewID[taxonomy.CategoryID]("cat", r), Slug: name, CategoryTerms: taxonomy.CategoryTerms{Name: name},
		State: taxonomy.StateActive, CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
}

// write runs fn in a transaction that must succeed.
func (w *world) write(fn func(ctx context.Context, r review.Repos) error) {
	w.Helper()
	require.NoError(w, w.db.InTx(w.Context(), fn))
}

// read runs fn in a view that must succeed.
func (w *world) read(fn func(ctx context.Context, r review.Repos) error) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), fn))
}

// refused checks a fault.
func (w *world) refused(err error, kind lance.Kind, code string) {
	w.Helper()
	require.ErrorIs(w, err, kind)
	require.Equal(w, code, lance.CodeOf(err), "%v", err)
}

// invalid checks that exactly the fields given are refused, by pointer and code.
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

// balanced computes the books again from their transfers.
func (w *world) balanced() {
	w.Helper()
	w.read(func(ctx context.Context, r review.Repos) error {
		report, err := ledger.Refold(ctx, r)
		require.True(w, report.Balanced(), "%+v", report)
		return err
	})
}

// jobs is all that goes on by itself.
func jobs() lance.Jobs[review.Repos] {
	below := lance.Widen(escrow.Jobs(), func(r review.Repos) escrow.Repos { return r })
	return below.Join(lance.Widen(contract.Jobs(), func(r review.Repos) contract.Repos { return r }), review.Jobs(nil))
}

// settle lets everything happen that is due.
func (w *world) settle() lance.Report {
	w.Helper()
	all := jobs().Join(lance.Widen(w.files.Jobs(), func(r review.Repos) file.Repos { return r }))
	rep, err := lance.NewWorker(w.db, all, nil).Drain(w.Context(), w.clock.Now(), 50)
	require.NoError(w, err)
	require.Empty(w, rep.Parked)
	require.Empty(w, rep.Faults)
	return rep
}

// pay brings money in for a party, as a provider would have.
func (w *world) pay(p lance.PartyID, minor int64) {
	w.Helper()
	w.write(func(ctx context.Context, r review.Repos) error {
		subject := lance.Ref{Kind: "top_up", ID: lance.NewID[string]("top", r)}
		_, err := ledger.Post(ctx, r, ledger.Transfer{
			ID: ledger.TransferIDFor(subject, "confirm", 0), Code: "top_up",
			Debit: ledger.Cash("bank", lance.USD), Credit: ledger.Available(p, lance.USD), Amount: usd(minor),
			Subject: subject, Lot: &ledger.Lot{Provider: "bank", Payment: subject, Method: "card", Refundable: true},
		})
		return err
	})
}

// has returns what a party has available, in cents.
func (w *world) has(p lance.PartyID) (minor int64) {
	w.Helper()
	w.read(func(ctx context.Context, r review.Repos) error {
		bs, err := ledger.BalancesOf(ctx, r, ledger.Available(p, lance.USD))
		if err == nil {
			minor = bs[0].Available().Minor()
		}
		return err
	})
	return minor
}

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

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

// won counts the calls that succeeded.
func won(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}
