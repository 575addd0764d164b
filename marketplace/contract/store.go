package contract

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/project"
)

// Store keeps contracts as Table declares them.
type Store interface {
	lance.Rows[Contract, ID]
}

// MilestoneStore keeps milestones as MilestoneTable declares them.
type MilestoneStore interface {
	lance.Rows[Milestone, MilestoneID]
}

// TurnStore keeps turns as TurnTable declares them.
type TurnStore interface {
	lance.Rows[Turn, TurnID]
}

// Repos is what this package needs in a transaction.
type Repos interface {
	project.Repos
	escrow.Repos
	file.Repos
	Contracts() Store
	Milestones() MilestoneStore
	Turns() TurnStore
}

// Table declares how contracts are kept. A proposal becomes one contract.
var Table = &lance.Table[Contract]{
	Noun:    "contract",
	ID:      func(c *Contract) string { return string(c.ID) },
	Version: func(c *Contract) *int64 { return &c.Version },
	Fields: map[string]func(*Contract) any{
		"project":    func(c *Contract) any { return string(c.Project) },
		"proposal":   func(c *Contract) any { return string(c.Proposal) },
		"client":     func(c *Contract) any { return string(c.Client) },
		"freelancer": func(c *Contract) any { return string(c.Freelancer) },
		"state":      func(c *Contract) any { return string(c.State) },
		"created_at": func(c *Contract) any { return c.CreatedAt },
	},
	Unique: [][]string{{"proposal"}},
}

// MilestoneTable declares how milestones are kept. An agreement holds the money
// of one milestone.
var MilestoneTable = &lance.Table[Milestone]{
	Noun:    "milestone",
	ID:      func(m *Milestone) string { return string(m.ID) },
	Version: func(m *Milestone) *int64 { return &m.Version },
	Fields: map[string]func(*Milestone) any{
		"contract":  func(m *Milestone) any { return string(m.Contract) },
		"place":     func(m *Milestone) any { return int64(m.Place) },
		"agreement": func(m *Milestone) any { return string(m.Agreement) },
		"state":     func(m *Milestone) any { return string(m.State) },
	},
	Unique: [][]string{{"contract", "place"}, {"agreement"}},
}

// TurnTable declares how turns are kept. They are only inserted.
var TurnTable = &lance.Table[Turn]{
	Noun: "turn",
	ID:   func(t *Turn) string { return string(t.ID) },
	Fields: map[string]func(*Turn) any{
		"milestone": func(t *Turn) any { return string(t.Milestone) },
		"place":     func(t *Turn) any { return int64(t.Place) },
	},
	Unique: [][]string{{"milestone", "place"}},
}
