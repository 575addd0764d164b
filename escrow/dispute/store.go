package dispute

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// Repos is what this package needs of a transaction.
type Repos interface {
	escrow.Repos
	// Cases is the store of cases.
	Cases() Store
	// Evidence is the store of what parties show.
	Evidence() EvidenceStore
}

// Store keeps cases as Table declares them.
type Store interface {
	lance.Rows[Case, ID]
}

// EvidenceStore keeps evidence as EvidenceTable declares it.
type EvidenceStore interface {
	lance.Rows[Evidence, EvidenceID]
}

// Table is how a Case is kept: at most one that is open by agreement.
var Table = &lance.Table[Case]{
	Noun:    noun,
	ID:      func(c *Case) string { return string(c.ID) },
	Version: func(c *Case) *int64 { return &c.Version },
	Fields: map[string]func(*Case) any{
		"agreement":  func(c *Case) any { return string(c.Agreement) },
		"open":       func(c *Case) any { return c.openFor() },
		"payer":      func(c *Case) any { return string(c.Payer) },
		"payee":      func(c *Case) any { return string(c.Payee) },
		"opener":     func(c *Case) any { return string(c.Opener) },
		"mediator":   func(c *Case) any { return none(string(c.Mediator)) },
		"arbiter":    func(c *Case) any { return none(string(c.Arbiter)) },
		"state":      func(c *Case) any { return string(c.State) },
		"vacant":     func(c *Case) any { return c.vacant() },
		"created_at": func(c *Case) any { return c.CreatedAt },
		"stage_at":   func(c *Case) any { return c.StageAt },
	},
	Unique: [][]string{{"open"}},
}

// EvidenceTable is how an Evidence is kept. It is only added to.
var EvidenceTable = &lance.Table[Evidence]{
	Noun: "evidence",
	ID:   func(e *Evidence) string { return string(e.ID) },
	Fields: map[string]func(*Evidence) any{
		"dispute":    func(e *Evidence) any { return string(e.Case) },
		"created_at": func(e *Evidence) any { return e.CreatedAt },
	},
}

// openFor returns the agreement of a case that is open, else none.
func (c *Case) openFor() any {
	if c.Open() {
		return string(c.Agreement)
	}
	return nil
}

func none(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Scope is what lance.Verify covers of escrow and disputes: what escrow.Scope
// does, each case, which has the version and state of its last event, and each item
// of evidence, which says what its event has sealed.
func Scope[R Repos]() lance.Scope[R] {
	own := lance.Scope[R]{Aggregates: []lance.Aggregate[R]{
		lance.AggregateOf(Table, func(r R) lance.Rows[Case, ID] { return r.Cases() }, func(c *Case) string { return string(c.State) }),
		lance.AggregateOf(EvidenceTable, func(r R) lance.Rows[Evidence, EvidenceID] { return r.Evidence() }, func(e *Evidence) string { return string(e.Seal()) }),
	}}
	return escrow.Scope[R]().Join(own)
}
