package review

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
)

// TimerPublish is the kind of timer, owned by a completed contract, that closes
// its window for reviews.
const TimerPublish = "review.publish"

// Jobs is what happens to reviews by itself: a completed contract opens the
// window, and the clock closes it. Nil options take the defaults.
func Jobs(opts *Options) lance.Jobs[Repos] {
	window := opts.window()
	return lance.Jobs[Repos]{
		Timers: map[string]lance.Fire[Repos]{TimerPublish: closeWindow},
		Reactions: []lance.Reaction[Repos]{
			lance.On("review.invite", func(ctx context.Context, r Repos, _ lance.Event, p contract.Completed) error {
				return InviteIn(ctx, r, p.ID, window)
			}),
		},
	}
}

// InviteIn opens the window for reviews of a completed contract in the
// transaction of r: when window has passed since it was completed, what was
// written is published. With both reviews in already it does nothing.
func InviteIn(ctx context.Context, r Repos, id contract.ID, window time.Duration) error {
	if err := r.Lock(ctx, contract.Ref(id)); err != nil {
		return err
	}
	c, err := r.Contracts().Get(ctx, id)
	if err != nil || c.State != contract.StateCompleted {
		return err
	}
	written, err := r.Reviews().Find(ctx, lance.Filter{Eq: map[string]any{"contract": string(id)}})
	if err != nil || len(written) == 2 {
		return err
	}
	return remind(ctx, r, c, window)
}

// remind sets the clock that closes the window.
func remind(ctx context.Context, r Repos, c *contract.Contract, window time.Duration) error {
	return r.Timers().Set(ctx, lance.Timer{Owner: c.Ref(), Kind: TimerPublish, DueAt: c.EndedAt.Add(window)})
}

// closeWindow publishes what was written about a contract. The worker has
// locked the contract.
func closeWindow(ctx context.Context, r Repos, t lance.Timer) error {
	c, err := r.Contracts().Get(ctx, contract.ID(t.Owner.ID))
	if err != nil {
		return err
	}
	if err := lock(ctx, r, c); err != nil {
		return err
	}
	written, err := hidden(ctx, r, c.ID)
	if err != nil {
		return err
	}
	return publish(ctx, r, lance.System(TimerPublish), written)
}

// hidden returns the reviews of a contract that are not published.
func hidden(ctx context.Context, r Repos, id contract.ID) ([]*Review, error) {
	return r.Reviews().Find(ctx, lance.Filter{Eq: map[string]any{"contract": string(id), "state": string(StateHidden)}})
}

// publish shows reviews and counts them. Their contract and ratings are locked.
func publish(ctx context.Context, r Repos, by lance.Actor, reviews []*Review) error {
	for _, rev := range reviews {
		next, err := Lifecycle.Next(rev.State, Publish, lance.ByClock)
		if err != nil {
			return err
		}
		rev.State, rev.PublishedAt = next, r.Now()
		if err := r.Reviews().Update(ctx, rev); err != nil {
			return err
		}
		if err := rev.emit(ctx, r, by, Published{rev.changed(), rev.Rating}); err != nil {
			return err
		}
		if err := count(ctx, r, by, rev); err != nil {
			return err
		}
	}
	return nil
}

// count adds a review to the rating of the party it is about.
func count(ctx context.Context, r Repos, by lance.Actor, rev *Review) error {
	rating, err := ratingOf(ctx, r, rev.Subject)
	if err != nil {
		return err
	}
	rating.Stars[rev.Rating-1]++
	if rating.Version == 0 {
		err = r.Ratings().Insert(ctx, rating)
	} else {
		err = r.Ratings().Update(ctx, rating)
	}
	if err != nil {
		return err
	}
	c := lance.Change{Stream: rating.Ref(), Version: rating.Version, Parties: []lance.PartyID{rating.Party}}
	return lance.Emit(ctx, r, by, c, RatingChanged{rating.Party, rating.Count(), rating.Hundredths()})
}

// ratingOf returns a party's rating; one of version 0 that is not kept yet when
// no review about it was published.
func ratingOf(ctx context.Context, r Repos, p lance.PartyID) (*Rating, error) {
	rating, err := r.Ratings().Get(ctx, p)
	if lance.KindOf(err) == lance.NotFound {
		return &Rating{Party: p}, nil
	}
	return rating, err
}

func (r *Review) changed() Changed {
	return Changed{Review: r.ID, Contract: r.Contract, Author: r.Author, Subject: r.Subject, State: r.State}
}

// emit tells the author of a hidden review, and both parties of a published one.
func (r *Review) emit(ctx context.Context, repos Repos, by lance.Actor, what lance.Payload) error {
	c := lance.Change{Stream: r.Ref(), Version: r.Version, Parties: []lance.PartyID{r.Author}}
	if r.State != StateHidden {
		c.Parties = append(c.Parties, r.Subject)
	}
	return lance.Emit(ctx, repos, by, c, what)
}
