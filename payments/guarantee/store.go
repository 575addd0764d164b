package guarantee

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
)

// Repos is what this package needs of a transaction.
type Repos interface {
	payments.Repos
	// Claims is the store of claims.
	Claims() lance.Rows[Claim, ID]
}

// Table is how a Claim is kept: at most one that is open by agreement.
var Table = &lance.Table[Claim]{
	Noun:    noun,
	ID:      func(c *Claim) string { return string(c.ID) },
	Version: func(c *Claim) *int64 { return &c.Version },
	Fields: map[string]func(*Claim) any{
		"agreement":  func(c *Claim) any { return string(c.Agreement) },
		"open":       func(c *Claim) any { return c.openFor() },
		"payer":      func(c *Claim) any { return string(c.Payer) },
		"payee":      func(c *Claim) any { return string(c.Payee) },
		"judge":      func(c *Claim) any { return c.judge() },
		"state":      func(c *Claim) any { return string(c.State) },
		"vacant":     func(c *Claim) any { return c.vacant() },
		"created_at": func(c *Claim) any { return c.CreatedAt },
	},
	Unique: [][]string{{"open"}},
}

// openFor returns the agreement of a claim that is open, else none.
func (c *Claim) openFor() any {
	if c.Open() {
		return string(c.Agreement)
	}
	return nil
}

func (c *Claim) judge() any {
	if c.Judge == "" {
		return nil
	}
	return string(c.Judge)
}

// Scope is what lance.Verify covers of claims: each has the version and state of its
// last event.
func Scope[R Repos]() lance.Scope[R] {
	return lance.Scope[R]{Aggregates: []lance.Aggregate[R]{
		lance.AggregateOf(Table, func(r R) lance.Rows[Claim, ID] { return r.Claims() }, func(c *Claim) string { return string(c.State) }),
	}}
}
