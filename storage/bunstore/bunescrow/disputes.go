package bunescrow

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type disputeRow struct {
	bun.BaseModel `bun:"table:lance_disputes,alias:t"`

	ID         string             `bun:"id,pk"`
	Version    int64              `bun:"version"`
	Agreement  string             `bun:"agreement"`
	Open       string             `bun:"open,nullzero"`
	Subject    string             `bun:"subject"`
	Payer      string             `bun:"payer"`
	Payee      string             `bun:"payee"`
	Sharers    []lance.PartyID    `bun:"sharers"`
	Opener     string             `bun:"opener"`
	Reason     string             `bun:"reason"`
	Currency   string             `bun:"currency"`
	Held       int64              `bun:"held_minor"`
	State      string             `bun:"state"`
	Acted      []lance.UserID     `bun:"acted"`
	Claim      dispute.Position   `bun:"claim"`
	Answer     dispute.Position   `bun:"answer"`
	Offer      dispute.Offer      `bun:"offer"`
	Mediator   string             `bun:"mediator,nullzero"`
	Proposed   int                `bun:"proposed"`
	Arbiter    string             `bun:"arbiter,nullzero"`
	Vacant     bool               `bun:"vacant"`
	Rulings    []dispute.Ruling   `bun:"rulings"`
	Appeals    []dispute.Plea     `bun:"appeals"`
	Suspension dispute.Suspension `bun:"suspension"`
	Outcome    dispute.Outcome    `bun:"outcome"`
	CreatedAt  time.Time          `bun:"created_at,notnull"`
	StageAt    time.Time          `bun:"stage_at,notnull"`
	DeadlineAt time.Time          `bun:"deadline_at"`
	WarnAt     time.Time          `bun:"warn_at"`
	EndedAt    time.Time          `bun:"ended_at"`
}

var disputeSpec = &bunkit.Spec[dispute.Case, disputeRow]{
	Table: dispute.Table, Name: "lance_disputes",
	Row: func(c *dispute.Case) *disputeRow {
		open, _ := dispute.Table.Get(c, "open").(string)
		vacant, _ := dispute.Table.Get(c, "vacant").(bool)
		return &disputeRow{
			ID: string(c.ID), Version: c.Version, Agreement: string(c.Agreement), Open: open, Subject: c.Subject.String(),
			Payer: string(c.Payer), Payee: string(c.Payee), Sharers: append([]lance.PartyID{}, c.Sharers...), Opener: string(c.Opener),
			Reason: string(c.Reason), Currency: c.Held.Currency().Code(), Held: c.Held.Minor(), State: string(c.State),
			Acted: append([]lance.UserID{}, c.Acted...), Claim: c.Claim, Answer: c.Answer, Offer: c.Offer,
			Mediator: string(c.Mediator), Proposed: c.Proposed, Arbiter: string(c.Arbiter), Vacant: vacant,
			Rulings: append([]dispute.Ruling{}, c.Rulings...), Appeals: append([]dispute.Plea{}, c.Appeals...),
			Suspension: c.Suspension, Outcome: c.Outcome,
			CreatedAt: c.CreatedAt, StageAt: c.StageAt, DeadlineAt: c.DeadlineAt, WarnAt: c.WarnAt, EndedAt: c.EndedAt,
		}
	},
	Value: func(m *disputeRow) (*dispute.Case, error) {
		cur, err := lance.ParseCurrency(m.Currency)
		if err != nil {
			return nil, bunkit.Unreadable(err)
		}
		subject, err := lance.ParseRef(m.Subject)
		if err != nil {
			return nil, bunkit.Unreadable(err)
		}
		return &dispute.Case{
			ID: dispute.ID(m.ID), Version: m.Version, Agreement: escrow.ID(m.Agreement), Subject: subject,
			Sides:  escrow.Sides{Payer: lance.PartyID(m.Payer), Payee: lance.PartyID(m.Payee), Sharers: bunkit.OrNil(m.Sharers), Acted: bunkit.OrNil(m.Acted)},
			Opener: lance.PartyID(m.Opener), Reason: dispute.Reason(m.Reason), Held: lance.NewMoney(m.Held, cur), State: dispute.State(m.State),
			Claim: m.Claim, Answer: m.Answer, Offer: m.Offer,
			Mediator: lance.UserID(m.Mediator), Proposed: m.Proposed, Arbiter: lance.UserID(m.Arbiter),
			Rulings: bunkit.OrNil(m.Rulings), Appeals: bunkit.OrNil(m.Appeals),
			Suspension: m.Suspension, Outcome: m.Outcome, CreatedAt: lance.Instant(m.CreatedAt), StageAt: lance.Instant(m.StageAt),
			DeadlineAt: lance.Instant(m.DeadlineAt), WarnAt: lance.Instant(m.WarnAt), EndedAt: lance.Instant(m.EndedAt),
		}, nil
	},
}

// Cases is the store of cases.
func (t Tx) Cases() dispute.Store { return bunkit.Rows[dispute.ID](t.Q, disputeSpec) }

type evidenceRow struct {
	bun.BaseModel `bun:"table:lance_dispute_evidence,alias:t"`

	ID        string         `bun:"id,pk"`
	Dispute   string         `bun:"dispute"`
	Party     string         `bun:"party"`
	Author    string         `bun:"author"`
	Text      string         `bun:"text"`
	Salt      string         `bun:"salt"`
	Files     []dispute.File `bun:"files"`
	CreatedAt time.Time      `bun:"created_at,notnull"`
}

var evidenceSpec = &bunkit.Spec[dispute.Evidence, evidenceRow]{
	Table: dispute.EvidenceTable, Name: "lance_dispute_evidence",
	Row: func(e *dispute.Evidence) *evidenceRow {
		return &evidenceRow{
			bun.BaseModel{}, string(e.ID), string(e.Case), string(e.Party), string(e.User), e.Text, string(e.Salt),
			append([]dispute.File{}, e.Files...), e.CreatedAt,
		}
	},
	Value: func(m *evidenceRow) (*dispute.Evidence, error) {
		return &dispute.Evidence{
			ID: dispute.EvidenceID(m.ID), Case: dispute.ID(m.Dispute), Party: lance.PartyID(m.Party), User: lance.UserID(m.Author),
			Text: m.Text, Salt: dispute.Digest(m.Salt), Files: bunkit.OrNil(m.Files), CreatedAt: lance.Instant(m.CreatedAt),
		}, nil
	},
}

// Evidence is the store of what parties show in cases.
func (t Tx) Evidence() dispute.EvidenceStore {
	return bunkit.Rows[dispute.EvidenceID](t.Q, evidenceSpec)
}
