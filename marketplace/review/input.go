package review

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
)

// CreateInput is what a party says about the other.
type CreateInput struct {
	Contract contract.ID `json:"contract"`
	Rating   int         `json:"rating"`  // 1 to 5
	Comment  string      `json:"comment"` // at most 2,000 characters
	Key      string      `json:"-"`       // idempotency key; may be empty
}

// ReplyInput is what the party reviewed answers.
type ReplyInput struct {
	Review ID     `json:"review"`
	Text   string `json:"text"` // 1 to 2,000 characters
}

func (in CreateInput) check() error {
	var f lance.Faults
	if in.Rating < 1 || in.Rating > 5 {
		f.Add("/rating", "rating_range", "a rating is 1 to 5")
	}
	f.Check("/comment", lance.NoteText.Check(in.Comment))
	return f.Err()
}

func (in ReplyInput) check() error {
	rule := lance.NoteText
	rule.Min = 1
	var f lance.Faults
	f.Check("/text", rule.Check(in.Text))
	return f.Err()
}
