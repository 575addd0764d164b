package markettest

import (
	"strconv"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
)

func submissionLaws() []law {
	return []law{
		{"a_turn_lists_its_files", turnFiles},
		{"only_files_of_the_milestone_are_submitted", foreignFiles},
		{"a_file_is_submitted_once", filesOnce},
		{"of_submit_and_remove_at_once_one_wins", submitRace},
	}
}

func turnFiles(w *world) {
	ctx := w.Context()
	id := w.funded()
	a, b := w.upload(id, "a.txt", "Hello"), w.upload(id, "b.txt", "World")
	w.upload(id, "c.txt", "Not yet")
	in := contract.SubmitInput{Milestone: id, Message: "x", Files: []file.ID{b.ID, a.ID}, Key: "k"}
	for range 2 {
		m, err := w.contracts.Submit(ctx, ann, in)
		require.NoError(w, err)
		require.Equal(w, contract.MilestoneSubmitted, m.State)
	}
	w.take(id, contract.RequestChanges, contract.Submit)
	page, err := w.contracts.History(ctx, client, id, lance.PageQuery{})
	require.NoError(w, err)
	require.Len(w, page.Items, 3)
	require.Equal(w, []file.Info{b.Info, a.Info}, page.Items[0].Files)
	require.Equal(w, []file.Info{}, page.Items[1].Files)
	require.Equal(w, []file.Info{}, page.Items[2].Files)
	require.Equal(w, []string{"a.txt", "b.txt"}, w.listed(client, id))
	require.Equal(w, []string{"a.txt", "b.txt", "c.txt"}, w.listed(ann, id))
	in.Files = in.Files[:1]
	_, err = w.contracts.Submit(ctx, ann, in)
	w.refused(err, lance.Conflict, "key_reused")
}

func foreignFiles(w *world) {
	ctx := w.Context()
	other := w.funded()
	id := w.funded()
	mine, elsewhere, gone := w.upload(id, "a.txt", "Hello"), w.upload(other, "b.txt", "World"), w.upload(id, "c.txt", "Gone")
	require.NoError(w, w.files.Remove(ctx, ann, gone.ID))
	try := func(ids ...file.ID) error {
		_, err := w.contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: id, Message: "x", Files: ids})
		return err
	}
	w.invalid(try(mine.ID, elsewhere.ID, gone.ID, "fil_none", "", mine.ID), map[string]string{
		"/files/1": "file_unknown", "/files/2": "file_unknown", "/files/3": "file_unknown", "/files/4": "file_unknown", "/files/5": "file_twice",
	})
	many := make([]file.ID, contract.MaxFiles+1)
	for i := range many {
		many[i] = file.ID("fil_" + strconv.Itoa(i))
	}
	w.invalid(try(many...), map[string]string{"/files": "too_many"})
	_, err := w.contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: id, Files: many})
	w.invalid(err, map[string]string{"/files": "too_many", "/message": "text_required"})
	m, err := w.contracts.GetMilestone(ctx, ann, id)
	require.NoError(w, err)
	require.Equal(w, contract.MilestoneFunded, m.State)
	require.Zero(w, m.Turns)
	f, err := w.files.Get(ctx, ann, mine.ID)
	require.NoError(w, err)
	require.Equal(w, mine, f)
	require.NoError(w, try(mine.ID))
}

func filesOnce(w *world) {
	ctx := w.Context()
	id := w.funded()
	f := w.upload(id, "a.txt", "Hello")
	in := contract.SubmitInput{Milestone: id, Message: "x", Files: []file.ID{f.ID}}
	_, err := w.contracts.Submit(ctx, ann, in)
	require.NoError(w, err)
	w.take(id, contract.RequestChanges)
	_, err = w.contracts.Submit(ctx, ann, in)
	w.refused(err, lance.Precondition, "file_state")
	m, err := w.contracts.GetMilestone(ctx, ann, id)
	require.NoError(w, err)
	require.Equal(w, contract.MilestoneFunded, m.State)
	require.Equal(w, []string{"file.uploaded", "file.attached"}, w.told(f.Ref()))
}

func submitRace(w *world) {
	ctx := w.Context()
	id := w.funded()
	f := w.upload(id, "a.txt", "Hello")
	errs := w.race(4, func(i int) error {
		if i%2 == 0 {
			return w.files.Remove(ctx, ann, f.ID)
		}
		_, err := w.contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: id, Message: "x", Files: []file.ID{f.ID}})
		return err
	})
	require.Equal(w, 1, won(errs), "%v", errs)
	m, err := w.contracts.GetMilestone(ctx, ann, id)
	require.NoError(w, err)
	_, err = w.files.Get(ctx, client, f.ID)
	require.Equal(w, m.State == contract.MilestoneSubmitted, err == nil)
}
