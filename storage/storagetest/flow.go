package storagetest

import (
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// epoch is the time at which every case begins.
var epoch = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

const (
	day   = 24 * time.Hour
	limit = 60 // rounds of work after a step
)

// flow is an engine on a store of its own, with its people and what they have
// made so far.
type flow struct {
	*testing.T
	db     lance.Runner[driver.Repos]
	clock  *clocktest.Hand
	engine *marketplace.Engine

	admin, client, ann, bob lance.Actor

	skills   []taxonomy.SkillID
	project  project.ID
	offers   []project.ProposalID // ann's, bob's
	contract contract.ID
	work     []contract.MilestoneID
	payouts  []payments.PayoutID
}

func newFlow(t *testing.T, h Harness) *flow {
	t.Helper()
	clock := clocktest.At(epoch)
	f := &flow{T: t, clock: clock, db: h.Open(t, clock)}
	signer, err := lance.NewSigner("example.com/books", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	require.NoError(t, err)
	f.engine, err = marketplace.New(marketplace.Config{
		Store: f.db, Checkpoints: signer,
		Auth:     auth.Options{Hasher: auth.NewHasher(auth.Argon{MemoryKiB: 64, Passes: 1, Lanes: 1}, 0)},
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	require.NoError(t, err)
	return f
}

// step is one step of the flow, done on an engine: the store's own or one that
// works in a host's transaction.
type step struct {
	name string
	do   func(ctx context.Context, f *flow, e *marketplace.Engine) error
	// calls says that the step calls a provider, which nobody does inside a
	// transaction.
	calls bool
}

// run does a step, lets everything happen that follows from it, and computes the
// books again.
func (f *flow) run(s step) {
	f.Helper()
	require.NoError(f, s.do(f.Context(), f, f.engine), s.name)
	f.settle(s.name)
}

// skip moves the clock and lets everything happen that is due.
func (f *flow) skip(d time.Duration) {
	f.Helper()
	f.clock.Move(d)
	f.settle("after " + d.String())
}

func (f *flow) settle(after string) {
	f.Helper()
	rep, err := f.engine.Worker().Drain(f.Context(), f.clock.Now(), limit)
	require.NoError(f, err, after)
	require.Empty(f, rep.Parked, after)
	require.Empty(f, rep.Faults, after)
	f.balanced(after)
}

// balanced computes every balance again from the transfers, and requires that what parties have
// and is held is covered.
func (f *flow) balanced(after string) {
	f.Helper()
	require.NoError(f, f.engine.Ledger.Covered(f.Context()), after)
	require.NoError(f, f.db.View(f.Context(), func(ctx context.Context, r driver.Repos) error {
		books, err := ledger.Refold(ctx, r)
		require.True(f, books.Balanced(), "%s: %+v", after, books)
		return err
	}), after)
}

// whole requires that every row of the store is what its log witnesses.
func (f *flow) whole() {
	f.Helper()
	audit, err := f.engine.Verify(f.Context(), lance.System("test"), nil)
	require.NoError(f, err)
	require.NoError(f, audit.Err())
}

// signUp registers somebody, signs him in and returns who he is.
func (f *flow) signUp(name string, view auth.View) lance.Actor {
	f.Helper()
	ctx := f.Context()
	const password = "correct horse battery staple"
	email := name + "@example.com"
	require.NoError(f, f.engine.Auth.Register(ctx, auth.RegisterInput{Email: email, Password: password, Name: name, View: view}))
	in, err := f.engine.Auth.Login(ctx, auth.LoginInput{Email: email, Password: password})
	require.NoError(f, err)
	by, err := f.engine.Auth.Authenticate(ctx, in.Access)
	require.NoError(f, err)
	return by
}

// people registers everybody and lets an administrator name the skills.
func people(ctx context.Context, f *flow, e *marketplace.Engine) error {
	f.client = f.signUp("client", auth.ViewClient)
	f.ann, f.bob = f.signUp("ann", auth.ViewFreelancer), f.signUp("bob", auth.ViewFreelancer)
	u, err := e.Auth.Create(ctx, lance.System("setup"), auth.CreateInput{
		Email: "admin@example.com", Name: "Admin", View: auth.ViewClient, Roles: []lance.Role{lance.RoleAdmin}, Verified: true,
	})
	if err != nil {
		return err
	}
	f.admin = lance.Person(u.ID, lance.RoleAdmin)
	for _, name := range []string{"Go", "SQL"} {
		s, err := e.Taxonomy.CreateSkill(ctx, f.admin, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: name}})
		if err != nil {
			return err
		}
		f.skills = append(f.skills, s.ID)
	}
	return nil
}

func profiles(ctx context.Context, f *flow, e *marketplace.Engine) error {
	for by, skills := range map[*lance.Actor][]taxonomy.SkillID{&f.ann: f.skills, &f.bob: f.skills[:1]} {
		in := profile.PutInput{Terms: profile.Terms{View: profile.ViewFreelancer, DisplayName: "A freelancer"}}
		for _, s := range skills {
			in.Skills = append(in.Skills, profile.SkillLevel{Skill: s, Level: profile.Expert})
		}
		if _, err := e.Profiles.Put(ctx, *by, in); err != nil {
			return err
		}
	}
	return nil
}

func post(ctx context.Context, f *flow, e *marketplace.Engine) error {
	p, err := e.Projects.Create(ctx, f.client, project.CreateInput{Terms: project.Terms{
		Title: "Move our shop", Description: "From one server to another.", Skills: f.skills,
		Budget: project.Budget{Type: project.Fixed, Min: usd(100_00), Max: usd(400_00)},
	}})
	if err == nil {
		f.project = p.ID
		_, err = e.Projects.Publish(ctx, f.client, p.ID)
	}
	return err
}

func propose(ctx context.Context, f *flow, e *marketplace.Engine) error {
	for by, price := range map[*lance.Actor]int64{&f.ann: 200_00, &f.bob: 150_00} {
		pr, err := e.Projects.Propose(ctx, *by, project.ProposeInput{
			Project: f.project, CoverLetter: "I have done this before.",
			Milestones: []project.Offer{
				{Title: "First half", Amount: usd(price), DueAt: epoch.Add(30 * day)},
				{Title: "Second half", Amount: usd(100_00), DueAt: epoch.Add(60 * day)},
			},
		})
		if err != nil {
			return err
		}
		f.offers = append(f.offers, pr.ID)
	}
	return nil
}

func compare(ctx context.Context, f *flow, e *marketplace.Engine) error {
	c, err := e.Projects.Compare(ctx, f.client, f.project)
	if err != nil {
		return err
	}
	require.Len(f, c.Rows, 2)
	require.Equal(f, f.bob.Party, c.Rows[0].Proposal.Freelancer, "the cheaper one comes first")
	require.Equal(f, 50, c.Rows[0].Match)
	require.Equal(f, 100, c.Rows[1].Match)
	f.offers = []project.ProposalID{c.Rows[1].Proposal.ID, c.Rows[0].Proposal.ID}
	return nil
}

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }
