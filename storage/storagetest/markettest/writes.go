package markettest

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/file/media"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// Writes are the write methods of the stores, for basetest.CheckWrites: of the
// taxonomy, of profiles, and of projects, contracts and reviews.
func Writes[R review.Repos](h Harness[R]) []basetest.Writes[R] {
	return []basetest.Writes[R]{taxonomyWrites(h), profileWrites(h), workWrites(h)}
}

func workWrites[R review.Repos](h Harness[R]) basetest.Writes[R] {
	writes := []basetest.Write[R]{}
	writes = append(writes, writesOf("Projects", R.Projects, func() *project.Project { return &someProject },
		func(p *project.Project) { p.Title, p.Skills, p.Category = "Other", []taxonomy.SkillID{"skl_2"}, "" })...)
	writes = append(writes, indexed[R]())
	writes = append(writes, writesOf("Proposals", R.Proposals, func() *project.Proposal { return &someProposal },
		func(p *project.Proposal) { p.State, p.Milestones = project.ProposalDeclined, p.Milestones[:1] })...)
	writes = append(writes, writesOf("Contracts", R.Contracts, func() *contract.Contract { return &someContract },
		func(c *contract.Contract) { c.Description = "" })...)
	writes = append(writes, writesOf("Milestones", R.Milestones, func() *contract.Milestone { return &someMilestone },
		func(m *contract.Milestone) { m.Revisions++ })...)
	writes = append(writes, writesOf("Turns", R.Turns, func() *contract.Turn { return &someTurn }, nil)[:1]...)
	writes = append(writes, writesOf("Files", R.Files, func() *file.File { return &someFile },
		func(f *file.File) { f.State, f.Readers = file.StateRemoved, []lance.PartyID{} })...)
	writes = append(writes, writesOf("Reviews", R.Reviews, func() *review.Review { return &someReview },
		func(r *review.Review) { r.Reply = "Thanks" })...)
	writes = append(writes, writesOf("Ratings", R.Ratings, func() *review.Rating { return &someRating },
		func(r *review.Rating) { r.Stars[0]++ })...)
	stores := map[string]reflect.Type{
		"Projects": reflect.TypeFor[project.Store](), "Proposals": reflect.TypeFor[project.ProposalStore](),
		"Contracts": reflect.TypeFor[contract.Store](), "Milestones": reflect.TypeFor[contract.MilestoneStore](),
		"Turns": reflect.TypeFor[contract.TurnStore](), "Files": reflect.TypeFor[file.Store](), "Reviews": reflect.TypeFor[review.Store](),
		"Ratings": reflect.TypeFor[review.RatingStore](),
	}
	reads := []string{"Projects.FindWanted", "Turns.Update"} // turns are only inserted
	for name := range stores {
		reads = append(reads, name+".Get", name+".Find")
	}
	return basetest.Writes[R]{
		Open:  func(t *testing.T) lance.Runner[R] { return h.Open(t, clocktest.At(epoch)) },
		Hosts: h.Hosts, Stores: stores, Writes: writes, Reads: reads,
	}
}

// indexed is the case of the words that projects are searched by.
func indexed[R review.Repos]() basetest.Write[R] {
	return basetest.Write[R]{
		Name: "Projects.Index", Given: givenBefore[R]("Proposals"),
		Do: func(ctx context.Context, r R) error { return r.Projects().Index(ctx, "prj_1", []string{"word"}) },
		Sees: func(ctx context.Context, r R) (any, error) {
			return r.Projects().FindWanted(ctx, project.Wanted{Words: []string{"wo"}}, lance.Filter{})
		},
	}
}

// writesOf are the cases of a store of plain rows: an insert of what some
// returns, and an update that change makes.
func writesOf[R review.Repos, S lance.Rows[D, K], D any, K ~string](
	name string, store func(R) S, some func() *D, change func(*D),
) []basetest.Write[R] {
	insert := func(ctx context.Context, r R) error {
		d := *some()
		return store(r).Insert(ctx, &d)
	}
	all := func(ctx context.Context, r R) (any, error) { return store(r).Find(ctx, lance.Filter{}) }
	return []basetest.Write[R]{
		{Name: name + ".Insert", Given: givenBefore[R](name), Do: insert, Sees: all},
		{
			Name: name + ".Update", Sees: all,
			Given: func(ctx context.Context, r R) error {
				if err := givenBefore[R](name)(ctx, r); err != nil {
					return err
				}
				return insert(ctx, r)
			},
			Do: func(ctx context.Context, r R) error {
				found, err := store(r).Find(ctx, lance.Filter{})
				if err != nil {
					return err
				}
				change(found[0])
				return store(r).Update(ctx, found[0])
			},
		},
	}
}

// givenBefore writes what rows of a store refer to.
func givenBefore[R review.Repos](name string) func(ctx context.Context, r R) error {
	return func(ctx context.Context, r R) error {
		for _, put := range []struct {
			of  string
			put func() error
		}{
			{"", func() error { return insertTaxonomy(ctx, r) }},
			{"Projects", func() error { d := someProject; return r.Projects().Insert(ctx, &d) }},
			{"Proposals", func() error { d := someProposal; return r.Proposals().Insert(ctx, &d) }},
			{"Contracts", func() error { d := someContract; return r.Contracts().Insert(ctx, &d) }},
			{"Milestones", func() error { d := someMilestone; return r.Milestones().Insert(ctx, &d) }},
		} {
			if put.of == name {
				return nil
			}
			if err := put.put(); err != nil {
				return err
			}
		}
		return nil
	}
}

func insertTaxonomy(ctx context.Context, r review.Repos) error {
	for _, id := range []taxonomy.SkillID{"skl_1", "skl_2"} {
		s := newSkill(r, string(id))
		s.ID = id
		if err := r.Skills().Insert(ctx, s); err != nil {
			return err
		}
	}
	c := newCategory(r, "writing")
	c.ID = "cat_1"
	return r.Categories().Insert(ctx, c)
}

// One row of each kind, with something in every field.
var (
	later       = epoch.Add(day + 123456000) // with microseconds
	someProject = project.Project{
		ID: "prj_1", Client: "client", Terms: project.Terms{
			Title: "Title ö 🙂", Description: "**Text**\nof lines", Skills: []taxonomy.SkillID{"skl_2", "skl_1"}, Category: "cat_1",
			Visibility: project.Public, Budget: project.Budget{Type: project.Hourly, Min: usd(1), Max: usd(1 << 60)},
		},
		State: project.StateCompleted, CreatedAt: epoch, PublishedAt: later, EndedAt: later,
	}
	someProposal = project.Proposal{
		ID: "prp_1", Project: "prj_1", Client: "client", Freelancer: "ann", CoverLetter: "Letter",
		Milestones: []project.Offer{{Title: "One", Amount: usd(1), DueAt: later}, {Title: "Two", Amount: usd(2)}},
		Total:      usd(3), State: project.ProposalSubmitted, CreatedAt: epoch, SubmittedAt: later, DecidedAt: later,
	}
	someContract = contract.Contract{
		ID: "ctr_1", Project: "prj_1", Proposal: "prp_1", Client: "client", Freelancer: "ann", Title: "Title", Description: "Text",
		Total: usd(3), State: contract.StateCompleted, CreatedAt: epoch, EndedAt: later,
	}
	someMilestone = contract.Milestone{
		ID: "mst_1", Contract: "ctr_1", Place: 1, Client: "client", Freelancer: "ann", Title: "One", Amount: usd(1), DueAt: later,
		Agreement: escrow.ID("agr_1"), State: contract.MilestoneSubmitted, Revisions: 1, Limit: 5, Turns: 3, CreatedAt: epoch, EndedAt: later,
	}
	someTurn = contract.Turn{
		ID: "trn_1", Milestone: "mst_1", Place: 1, Kind: contract.TurnSubmitted, By: "ann", Message: "Done", At: later,
		Files: []file.Info{someFile.Info, {ID: "fil_2", Name: "ö 🙂", Type: media.Binary, Size: 1 << 60, SHA256: "00"}},
	}
	someFile = file.File{
		Info:  file.Info{ID: "fil_1", Name: "a (2).zip", Type: media.Zip, Size: 3, SHA256: "0123456789abcdef"},
		Owner: "ann", Subject: contract.MilestoneRef("mst_1"), Readers: []lance.PartyID{"client", "ann"}, State: file.StateAttached, CreatedAt: later,
	}
	someReview = review.Review{
		ID: "rev_1", Contract: "ctr_1", Author: "ann", Subject: "client", Rating: 4, Comment: "Good", Reply: "Thanks!",
		State: review.StateAnswered, CreatedAt: epoch, PublishedAt: later, RepliedAt: later,
	}
	someRating = review.Rating{Party: "ann", Stars: [5]int64{1, 2, 3, 4, 5}}
)

// rowLaws are those of keeping rows.
func rowLaws() []law {
	return []law{{"every_field_comes_back_as_it_was_written", roundTrip}}
}

func roundTrip(w *world) {
	w.write(givenBefore[review.Repos]("Turns"))
	w.write(func(ctx context.Context, r review.Repos) error {
		turn, f, rev, rating := someTurn, someFile, someReview, someRating
		return errors.Join(r.Turns().Insert(ctx, &turn), r.Files().Insert(ctx, &f), r.Reviews().Insert(ctx, &rev), r.Ratings().Insert(ctx, &rating))
	})
	w.read(func(ctx context.Context, r review.Repos) error {
		same(w, someProject, r.Projects())
		same(w, someProposal, r.Proposals())
		same(w, someContract, r.Contracts())
		same(w, someMilestone, r.Milestones())
		same(w, someTurn, r.Turns())
		same(w, someFile, r.Files())
		same(w, someReview, r.Reviews())
		same(w, someRating, r.Ratings())
		return ctx.Err()
	})
}

// same checks that a store holds want alone, and that want has something in
// every field, so that no field can be forgotten.
func same[D any, K ~string](w *world, want D, rows lance.Rows[D, K]) {
	w.Helper()
	found, err := rows.Find(w.Context(), lance.Filter{})
	require.NoError(w, err)
	require.Len(w, found, 1)
	v := reflect.ValueOf(&want).Elem()
	if f := v.FieldByName("Version"); f.IsValid() {
		f.SetInt(1)
	}
	for i := range v.NumField() {
		require.False(w, v.Field(i).IsZero(), v.Type().Field(i).Name)
	}
	require.Equal(w, &want, found[0])
}
