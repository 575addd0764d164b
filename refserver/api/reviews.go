package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/review"
)

func reviewOperations() []Operation {
	return []Operation{
		{ID: "create-review", Method: http.MethodPost, Path: "/v1/contracts/{id}/reviews", Summary: "Review the other party of a completed contract", Doc: "It stays hidden until the other party has written too, or until the window closes.", Tag: "Reviews", Policy: Both, Status: http.StatusCreated, do: do(createReview)},
		{ID: "list-contract-reviews", Method: http.MethodGet, Path: "/v1/contracts/{id}/reviews", Summary: "The reviews of a contract that the caller may see", Tag: "Reviews", Policy: Shared, do: do(listContractReviews)},
		{ID: "get-review", Method: http.MethodGet, Path: "/v1/reviews/{id}", Summary: "One review", Doc: "Everybody sees a published one; a hidden one only its author and administrators.", Tag: "Reviews", Policy: Public, do: do(getReview)},
		{ID: "reply-to-review", Method: http.MethodPost, Path: "/v1/reviews/{id}/reply", Summary: "Answer a published review about oneself, once", Tag: "Reviews", Policy: Shown, do: do(replyToReview)},
		{ID: "list-reviews-about", Method: http.MethodGet, Path: "/v1/users/{id}/reviews", Summary: "Published reviews about a user, latest first", Tag: "Reviews", Policy: Public, do: do(listReviewsAbout)},
		{ID: "get-rating", Method: http.MethodGet, Path: "/v1/users/{id}/rating", Summary: "How a user was rated", Tag: "Reviews", Policy: Public, do: do(getRating)},
	}
}

// reviewView is a review as a caller sees it.
type reviewView struct {
	ID             string     `json:"id"`
	Version        int64      `json:"version"`
	ContractID     string     `json:"contract_id"`
	AuthorID       string     `json:"author_id"`
	SubjectID      string     `json:"subject_id" doc:"whom it is about"`
	Rating         int        `json:"rating" minimum:"1" maximum:"5"`
	Comment        string     `json:"comment" doc:"plain text, as it was written"`
	Reply          string     `json:"reply,omitempty" doc:"the subject's, plain text"`
	Verified       bool       `json:"verified" doc:"it rests on finished and paid work"`
	State          string     `json:"state" enum:"hidden,published,answered"`
	AllowedActions []string   `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time  `json:"created_at"`
	PublishedAt    *time.Time `json:"published_at,omitempty"`
	RepliedAt      *time.Time `json:"replied_at,omitempty"`
}

func (v *reviewView) tag() string      { return etag(v.Version) }
func (v *reviewView) location() string { return "/v1/reviews/" + v.ID }

func reviewFor(by lance.Actor) func(*review.Review) *reviewView {
	return func(r *review.Review) *reviewView {
		return &reviewView{
			ID: string(r.ID), Version: r.Version, ContractID: string(r.Contract), AuthorID: string(r.Author), SubjectID: string(r.Subject),
			Rating: r.Rating, Comment: r.Comment, Reply: r.Reply, Verified: r.Verified(),
			State: string(r.State), AllowedActions: words(r.AllowedActions(by)),
			CreatedAt: r.CreatedAt, PublishedAt: optional(r.PublishedAt), RepliedAt: optional(r.RepliedAt),
		}
	}
}

func createReview(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Rating  int    `json:"rating" doc:"1 to 5"`
		Comment string `json:"comment,omitempty" doc:"plain text, at most 2,000 characters"`
	}
},
) (*reviewView, error) {
	r, err := c.Engine.Reviews.Create(ctx, c.By, review.CreateInput{
		Contract: contract.ID(in.ID), Rating: in.Body.Rating, Comment: in.Body.Comment,
	})
	return shown(r, err, reviewFor(c.By))
}

func listContractReviews(ctx context.Context, c *Call, in *ByID) (*list[*reviewView], error) {
	rs, err := c.Engine.Reviews.OfContract(ctx, c.By, contract.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return listOf(rs, reviewFor(c.By)), nil
}

func getReview(ctx context.Context, c *Call, in *ByID) (*reviewView, error) {
	r, err := c.Engine.Reviews.Get(ctx, c.By, review.ID(in.ID))
	return shown(r, err, reviewFor(c.By))
}

func replyToReview(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Text string `json:"text" doc:"plain text, 1 to 2,000 characters"`
	}
},
) (*reviewView, error) {
	r, err := c.Engine.Reviews.Reply(ctx, c.By, review.ReplyInput{Review: review.ID(in.ID), Text: in.Body.Text})
	return shown(r, err, reviewFor(c.By))
}

func listReviewsAbout(ctx context.Context, c *Call, in *struct {
	ByID
	PageIn
},
) (*page[*reviewView], error) {
	p, err := c.Engine.Reviews.ListAbout(ctx, lance.PartyID(in.ID), in.query())
	return pageShown(p, err, reviewFor(c.By))
}

// ratingView is how a user was rated.
type ratingView struct {
	UserID  string  `json:"user_id"`
	Average string  `json:"average" example:"4.50" doc:"of published reviews; 0.00 without"`
	Reviews int64   `json:"reviews" minimum:"0" doc:"how many are published"`
	Stars   []int64 `json:"stars" nullable:"false" doc:"how many gave 1, 2, 3, 4 and 5"`
}

func getRating(ctx context.Context, c *Call, in *ByID) (*ratingView, error) {
	r, err := c.Engine.Reviews.Rating(ctx, lance.PartyID(in.ID))
	return shown(r, err, func(r *review.Rating) *ratingView {
		return &ratingView{UserID: in.ID, Average: stars(r.Hundredths()), Reviews: r.Count(), Stars: r.Stars[:]}
	})
}
