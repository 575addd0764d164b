package contract

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/project"
)

// AcceptInput says which proposal becomes a contract.
type AcceptInput struct {
	Proposal project.ProposalID `json:"proposal"`
	Key      string             `json:"-"` // idempotency key; may be empty
}

// FundInput says which milestone's money is to be held.
type FundInput struct {
	Milestone MilestoneID `json:"milestone"`
	Key       string      `json:"-"` // idempotency key; may be empty
}

// SubmitInput is work that is submitted.
type SubmitInput struct {
	Milestone MilestoneID `json:"milestone"`
	Message   string      `json:"message"`         // Markdown, 1 to 10,000 characters
	Files     []file.ID   `json:"files,omitempty"` // uploaded for this milestone and not submitted yet, at most 20
	Key       string      `json:"-"`               // idempotency key; may be empty
}

// UploadInput is a file for a later submission.
type UploadInput struct {
	Milestone MilestoneID
	file.UploadInput
}

// ChangesInput is what has to change.
type ChangesInput struct {
	Milestone MilestoneID `json:"milestone"`
	Message   string      `json:"message"`         // Markdown, 1 to 10,000 characters
	DueAt     time.Time   `json:"due_at,omitzero"` // the new due date; zero keeps the old one
	Key       string      `json:"-"`               // idempotency key; may be empty
}

// ApproveInput says which milestone's work is approved.
type ApproveInput struct {
	Milestone MilestoneID `json:"milestone"`
	Key       string      `json:"-"` // idempotency key; may be empty
}

// AmendInput says what a milestone's amount should be.
type AmendInput struct {
	Milestone MilestoneID `json:"milestone"`
	Amount    lance.Money `json:"amount"` // gross, above what was released and refunded
	Key       string      `json:"-"`      // idempotency key; may be empty
}

// AcceptAmendmentInput says of which milestone the proposed amount is agreed to.
type AcceptAmendmentInput struct {
	Milestone MilestoneID `json:"milestone"`
	Amount    lance.Money `json:"amount,omitzero"` // the proposed amount that is agreed to; the zero Money: whatever is proposed
	Key       string      `json:"-"`               // idempotency key; may be empty
}

// DeclineAmendmentInput says of which milestone the amount is to stay.
type DeclineAmendmentInput struct {
	Milestone MilestoneID `json:"milestone"`
	Key       string      `json:"-"` // idempotency key; may be empty
}

// DescribeInput replaces a contract's description.
type DescribeInput struct {
	ID          ID
	Version     int64  // the version the caller has read
	Description string // Markdown, at most 10,000 characters
}

// Query asks for the caller's contracts.
type Query struct {
	lance.PageQuery
	As    lance.Relation // ByClient or ByFreelancer: which side the caller's party is on
	State State          // "" for all
}

func checkMessage(message string) error {
	var f lance.Faults
	f.Check("/message", lance.RequiredBodyText.Check(message))
	return f.Err()
}

func (in SubmitInput) check() error {
	var f lance.Faults
	f.Check("", checkMessage(in.Message))
	if len(in.Files) > MaxFiles {
		f.Add("/files", "too_many", "a submission has at most 20 files")
	}
	return f.Err()
}

// filter returns what selects the contracts of a party.
func (q Query) filter(p lance.PartyID) (lance.Filter, error) {
	f := lance.Filter{Eq: map[string]any{}, Order: "created_at", Desc: true}
	switch q.As {
	case ByClient, ByFreelancer:
		f.Eq[string(q.As)] = string(p)
	default:
		var faults lance.Faults
		faults.Add("/as", "relation_unknown", "a party is the client or the freelancer of a contract")
		return f, faults.Err()
	}
	if q.State != "" {
		f.Eq["state"] = string(q.State)
	}
	return f, nil
}
