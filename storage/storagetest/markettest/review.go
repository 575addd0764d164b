package markettest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/review"
)

// RunReviews proves the laws of reviews and ratings on the adapter, each in a
// parallel subtest <subject>/<law>.
func RunReviews[R review.Repos](t *testing.T, h Harness[R]) {
	run(t, h, "review", []law{
		{"reviews_appear_when_both_are_in", doubleBlind},
		{"the_clock_closes_the_window", reviewWindow},
		{"the_window_closes_on_what_nobody_wrote", emptyWindow},
		{"parties_of_a_completed_contract_alone_review", reviewMatrix},
		{"each_party_reviews_once", reviewOnce},
		{"two_reviews_at_once_are_both_published", reviewRace},
		{"the_party_reviewed_replies_once", replying},
		{"bad_input_names_every_field", badReviews},
		{"ratings_are_what_the_published_reviews_make", ratings},
		{"an_invitation_after_both_reviews_sets_no_clock", lateInvitation},
	})
}

// rate writes a review.
func (w *world) rate(by lance.Actor, id contract.ID, rating int) *review.Review {
	w.Helper()
	rev, err := w.reviews.Create(w.Context(), by, review.CreateInput{Contract: id, Rating: rating, Comment: "It was " + strings.Repeat("so ", rating)})
	require.NoError(w, err)
	return rev
}

// about counts the published reviews of a party.
func (w *world) about(p lance.PartyID) int {
	w.Helper()
	page, err := w.reviews.ListAbout(w.Context(), p, lance.PageQuery{})
	require.NoError(w, err)
	return len(page.Items)
}

func doubleBlind(w *world) {
	ctx := w.Context()
	c := w.complete()
	mine := w.rate(client, c.ID, 5)
	require.Equal(w, review.StateHidden, mine.State)
	require.Equal(w, ann.Party, mine.Subject)
	require.True(w, mine.Verified())
	for _, by := range []lance.Actor{ann, eve, nobody} {
		_, err := w.reviews.Get(ctx, by, mine.ID)
		w.refused(err, lance.NotFound, "review_not_found")
	}
	for _, by := range []lance.Actor{client, admin} {
		_, err := w.reviews.Get(ctx, by, mine.ID)
		require.NoError(w, err)
	}
	hers, err := w.reviews.OfContract(ctx, ann, c.ID)
	require.NoError(w, err)
	require.Empty(w, hers)
	require.Zero(w, w.about(ann.Party))
	rating, err := w.reviews.Rating(ctx, ann.Party)
	require.NoError(w, err)
	require.Zero(w, rating.Count())

	w.clock.Move(day)
	back := w.rate(ann, c.ID, 3)
	require.Equal(w, review.StatePublished, back.State)
	require.Equal(w, w.clock.Now(), back.PublishedAt)
	both, err := w.reviews.OfContract(ctx, ann, c.ID)
	require.NoError(w, err)
	require.Len(w, both, 2)
	require.Equal(w, 1, w.about(ann.Party))
	require.Equal(w, 1, w.about(client.Party))
	_, err = w.reviews.Get(ctx, nobody, mine.ID)
	require.NoError(w, err)
	w.settle()
	w.clock.Move(15 * day)
	require.Empty(w, w.settle().Fired, "nothing is left to publish")
}

func reviewWindow(w *world) {
	c := w.complete()
	w.settle()
	mine := w.rate(ann, c.ID, 2)
	w.clock.Move(14*day - time.Second)
	w.settle()
	require.Zero(w, w.about(client.Party))
	w.clock.Move(time.Second)
	_, err := w.reviews.Create(w.Context(), client, review.CreateInput{Contract: c.ID, Rating: 1})
	w.refused(err, lance.Precondition, "review_window")
	require.Len(w, w.settle().Fired, 1)
	shown, err := w.reviews.Get(w.Context(), nobody, mine.ID)
	require.NoError(w, err)
	require.Equal(w, review.StatePublished, shown.State)
	require.Empty(w, w.settle().Fired)
}

func emptyWindow(w *world) {
	c := w.complete()
	w.settle()
	w.clock.Move(14 * day)
	require.Len(w, w.settle().Fired, 1)
	_, err := w.reviews.Create(w.Context(), ann, review.CreateInput{Contract: c.ID, Rating: 5})
	w.refused(err, lance.Precondition, "review_window")
	w.read(func(ctx context.Context, r review.Repos) error {
		all, err := r.Reviews().Find(ctx, lance.Filter{})
		require.Empty(w, all)
		return err
	})
}

func reviewMatrix(w *world) {
	ctx := w.Context()
	active := w.hire(10_00)
	for _, by := range []lance.Actor{client, ann} {
		_, err := w.reviews.Create(ctx, by, review.CreateInput{Contract: active.ID, Rating: 5})
		w.refused(err, lance.Precondition, "contract_state")
	}
	_, err := w.contracts.Cancel(ctx, client, active.ID)
	require.NoError(w, err)
	_, err = w.reviews.Create(ctx, ann, review.CreateInput{Contract: active.ID, Rating: 5})
	w.refused(err, lance.Precondition, "contract_state")

	in := review.CreateInput{Contract: w.complete().ID, Rating: 5}
	for _, by := range []lance.Actor{bob, eve, lance.System("x")} {
		_, err := w.reviews.Create(ctx, by, in)
		w.refused(err, lance.NotFound, "contract_not_found")
	}
	_, err = w.reviews.Create(ctx, admin, in)
	w.refused(err, lance.Forbidden, "review_relation")
	_, err = w.reviews.Create(ctx, nobody, in)
	w.refused(err, lance.Unauthorized, "actor_required")
	_, err = w.reviews.OfContract(ctx, eve, in.Contract)
	w.refused(err, lance.NotFound, "contract_not_found")
	_, err = w.reviews.Create(ctx, ann, review.CreateInput{Contract: "ctr_nothing", Rating: 5})
	w.refused(err, lance.NotFound, "contract_not_found")
}

func reviewOnce(w *world) {
	ctx := w.Context()
	c := w.complete()
	in := review.CreateInput{Contract: c.ID, Rating: 4, Key: "k"}
	first, err := w.reviews.Create(ctx, client, in)
	require.NoError(w, err)
	again, err := w.reviews.Create(ctx, client, in)
	require.NoError(w, err)
	require.Equal(w, first, again)
	in.Key = ""
	_, err = w.reviews.Create(ctx, client, in)
	w.refused(err, lance.Exists, "review_exists")
	w.rate(ann, c.ID, 4)
	_, err = w.reviews.Create(ctx, client, in)
	w.refused(err, lance.Exists, "review_exists")
	rating, err := w.reviews.Rating(ctx, ann.Party)
	require.NoError(w, err)
	require.EqualValues(w, 1, rating.Count())
}

func reviewRace(w *world) {
	c := w.complete()
	by := []lance.Actor{client, ann}
	errs := w.race(6, func(i int) error {
		_, err := w.reviews.Create(w.Context(), by[i%2], review.CreateInput{Contract: c.ID, Rating: 5})
		return err
	})
	require.Equal(w, 2, won(errs), "%v", errs)
	require.Equal(w, 1, w.about(client.Party))
	require.Equal(w, 1, w.about(ann.Party))
}

func replying(w *world) {
	ctx := w.Context()
	c := w.complete()
	mine := w.rate(client, c.ID, 1)
	in := review.ReplyInput{Review: mine.ID, Text: "It was not like that."}
	_, err := w.reviews.Reply(ctx, ann, in)
	w.refused(err, lance.NotFound, "review_not_found")
	_, err = w.reviews.Reply(ctx, client, in)
	w.refused(err, lance.Forbidden, "review_relation")
	w.rate(ann, c.ID, 5)
	for _, by := range []lance.Actor{client, eve, admin} {
		_, err = w.reviews.Reply(ctx, by, in)
		w.refused(err, lance.Forbidden, "review_relation")
	}
	_, err = w.reviews.Reply(ctx, nobody, in)
	w.refused(err, lance.Unauthorized, "actor_required")
	for text, code := range map[string]string{"": "text_required", strings.Repeat("x", 2001): "text_too_long", "a\x00": "text_control"} {
		_, err = w.reviews.Reply(ctx, ann, review.ReplyInput{Review: mine.ID, Text: text})
		w.invalid(err, map[string]string{"/text": code})
	}
	answered, err := w.reviews.Reply(ctx, ann, in)
	require.NoError(w, err)
	require.Equal(w, review.StateAnswered, answered.State)
	require.Equal(w, in.Text, answered.Reply)
	_, err = w.reviews.Reply(ctx, ann, in)
	w.refused(err, lance.Precondition, "review_state")
	require.Equal(w, 1, w.about(ann.Party), "an answered review stays published")
}

func badReviews(w *world) {
	c := w.complete()
	for _, bad := range []struct {
		rating  int
		comment string
		want    map[string]string
	}{
		{0, "", map[string]string{"/rating": "rating_range"}},
		{6, "", map[string]string{"/rating": "rating_range"}},
		{-1, strings.Repeat("x", 2001), map[string]string{"/rating": "rating_range", "/comment": "text_too_long"}},
		{5, "a\xff", map[string]string{"/comment": "text_utf8"}},
		{5, "<img src=x onerror=x()>", map[string]string{"/comment": "text_markup"}},
	} {
		_, err := w.reviews.Create(w.Context(), ann, review.CreateInput{Contract: c.ID, Rating: bad.rating, Comment: bad.comment})
		w.invalid(err, bad.want)
	}
	none, err := w.reviews.OfContract(w.Context(), admin, c.ID)
	require.NoError(w, err)
	require.Empty(w, none)
}

func ratings(w *world) {
	ctx := w.Context()
	want := [5]int64{}
	for _, stars := range []int{5, 4, 4, 1} {
		c := w.complete()
		w.rate(ann, c.ID, 5)
		w.rate(client, c.ID, stars)
		want[stars-1]++
	}
	w.rate(client, w.complete().ID, 1) // stays hidden
	rating, err := w.reviews.Rating(ctx, ann.Party)
	require.NoError(w, err)
	require.Equal(w, want, rating.Stars)
	require.Equal(w, 350, rating.Hundredths())
	page, err := w.reviews.ListAbout(ctx, ann.Party, lance.PageQuery{})
	require.NoError(w, err)
	var counted [5]int64
	for _, rev := range page.Items {
		counted[rev.Rating-1]++
	}
	require.Equal(w, counted, rating.Stars)
	all, err := w.reviews.RatingsOf(ctx, ann.Party, client.Party, eve.Party)
	require.NoError(w, err)
	require.Len(w, all, 2)
	require.Equal(w, 500, all[client.Party].Hundredths)
}

func lateInvitation(w *world) {
	c := w.complete()
	w.rate(ann, c.ID, 5)
	w.rate(client, c.ID, 5)
	w.write(func(ctx context.Context, r review.Repos) error { return review.InviteIn(ctx, r, c.ID, day) })
	w.read(func(ctx context.Context, r review.Repos) error {
		timers, err := r.Timers().Of(ctx, c.Ref())
		require.Empty(w, timers)
		return err
	})
}
