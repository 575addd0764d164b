package bunmarketplace

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type contractRow struct {
	bun.BaseModel `bun:"table:lance_contracts,alias:t"`

	ID          string    `bun:"id,pk"`
	Version     int64     `bun:"version"`
	Project     string    `bun:"project"`
	Proposal    string    `bun:"proposal"`
	Client      string    `bun:"client"`
	Freelancer  string    `bun:"freelancer"`
	Title       string    `bun:"title"`
	Description string    `bun:"description"`
	Total       int64     `bun:"total_minor"`
	Currency    string    `bun:"currency"`
	State       string    `bun:"state"`
	CreatedAt   time.Time `bun:"created_at,notnull"`
	EndedAt     time.Time `bun:"ended_at"`
}

var contractSpec = &bunkit.Spec[contract.Contract, contractRow]{
	Table: contract.Table, Name: "lance_contracts",
	Row: func(c *contract.Contract) *contractRow {
		return &contractRow{
			ID: string(c.ID), Version: c.Version, Project: string(c.Project), Proposal: string(c.Proposal),
			Client: string(c.Client), Freelancer: string(c.Freelancer), Title: c.Title, Description: c.Description,
			Total: c.Total.Minor(), Currency: c.Total.Currency().Code(), State: string(c.State),
			CreatedAt: c.CreatedAt, EndedAt: c.EndedAt,
		}
	},
	Value: func(m *contractRow) (*contract.Contract, error) {
		f := fields{}
		c := &contract.Contract{
			ID: contract.ID(m.ID), Version: m.Version, Project: project.ID(m.Project), Proposal: project.ProposalID(m.Proposal),
			Client: lance.PartyID(m.Client), Freelancer: lance.PartyID(m.Freelancer), Title: m.Title, Description: m.Description,
			Total: f.money(m.Total, m.Currency), State: contract.State(m.State), CreatedAt: m.CreatedAt, EndedAt: m.EndedAt,
		}
		return c, f.err
	},
}

// Contracts is the store of contracts.
func (t Tx) Contracts() contract.Store { return bunkit.Rows[contract.ID](t.Q, contractSpec) }

type milestoneRow struct {
	bun.BaseModel `bun:"table:lance_milestones,alias:t"`

	ID         string    `bun:"id,pk"`
	Version    int64     `bun:"version"`
	Contract   string    `bun:"contract"`
	Place      int64     `bun:"place"`
	Client     string    `bun:"client"`
	Freelancer string    `bun:"freelancer"`
	Title      string    `bun:"title"`
	Amount     int64     `bun:"amount_minor"`
	Currency   string    `bun:"currency"`
	DueAt      time.Time `bun:"due_at"`
	Agreement  string    `bun:"agreement"`
	State      string    `bun:"state"`
	Revisions  int64     `bun:"revisions"`
	Limit      int64     `bun:"revision_limit"`
	Turns      int64     `bun:"turns"`
	CreatedAt  time.Time `bun:"created_at,notnull"`
	EndedAt    time.Time `bun:"ended_at"`
}

var milestoneSpec = &bunkit.Spec[contract.Milestone, milestoneRow]{
	Table: contract.MilestoneTable, Name: "lance_milestones",
	Row: func(m *contract.Milestone) *milestoneRow {
		return &milestoneRow{
			ID: string(m.ID), Version: m.Version, Contract: string(m.Contract), Place: int64(m.Place),
			Client: string(m.Client), Freelancer: string(m.Freelancer), Title: m.Title,
			Amount: m.Amount.Minor(), Currency: m.Amount.Currency().Code(), DueAt: m.DueAt,
			Agreement: string(m.Agreement), State: string(m.State), Revisions: int64(m.Revisions),
			Limit: int64(m.Limit), Turns: int64(m.Turns), CreatedAt: m.CreatedAt, EndedAt: m.EndedAt,
		}
	},
	Value: func(m *milestoneRow) (*contract.Milestone, error) {
		f := fields{}
		d := &contract.Milestone{
			ID: contract.MilestoneID(m.ID), Version: m.Version, Contract: contract.ID(m.Contract), Place: int(m.Place),
			Client: lance.PartyID(m.Client), Freelancer: lance.PartyID(m.Freelancer), Title: m.Title,
			Amount: f.money(m.Amount, m.Currency), DueAt: m.DueAt,
			Agreement: escrow.ID(m.Agreement), State: contract.MilestoneState(m.State), Revisions: int(m.Revisions),
			Limit: int(m.Limit), Turns: int(m.Turns), CreatedAt: m.CreatedAt, EndedAt: m.EndedAt,
		}
		return d, f.err
	},
}

// Milestones is the store of milestones.
func (t Tx) Milestones() contract.MilestoneStore {
	return bunkit.Rows[contract.MilestoneID](t.Q, milestoneSpec)
}

type turnRow struct {
	bun.BaseModel `bun:"table:lance_turns,alias:t"`

	ID        string      `bun:"id,pk"`
	Milestone string      `bun:"milestone"`
	Place     int64       `bun:"place"`
	Kind      string      `bun:"kind"`
	Party     string      `bun:"party"`
	Message   string      `bun:"message"`
	Files     []file.Info `bun:"files"`
	At        time.Time   `bun:"at"`
}

var turnSpec = &bunkit.Spec[contract.Turn, turnRow]{
	Table: contract.TurnTable, Name: "lance_turns",
	Row: func(t *contract.Turn) *turnRow {
		return &turnRow{
			ID: string(t.ID), Milestone: string(t.Milestone), Place: int64(t.Place),
			Kind: string(t.Kind), Party: string(t.By), Message: t.Message, Files: t.Files, At: t.At,
		}
	},
	Value: func(m *turnRow) (*contract.Turn, error) {
		return &contract.Turn{
			ID: contract.TurnID(m.ID), Milestone: contract.MilestoneID(m.Milestone), Place: int(m.Place),
			Kind: contract.TurnKind(m.Kind), By: lance.PartyID(m.Party), Message: m.Message,
			Files: m.Files, At: m.At,
		}, nil
	},
}

// Turns is the store of the turns of work on milestones.
func (t Tx) Turns() contract.TurnStore { return bunkit.Rows[contract.TurnID](t.Q, turnSpec) }
