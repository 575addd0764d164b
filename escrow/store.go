package escrow

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// Repos is what escrow needs of a transaction.
type Repos interface {
	ledger.Repos
	// Agreements is the store of agreements.
	Agreements() Store
}

// Store keeps agreements as Table declares them.
type Store interface {
	lance.Rows[Agreement, ID]
	// HeldBy returns what the agreements that a party pays for hold: one sum of
	// Held above zero per currency, in order of the currency's code.
	HeldBy(ctx context.Context, payer lance.PartyID) ([]lance.Money, error)
}

// Table is how an Agreement is kept.
var Table = &lance.Table[Agreement]{
	Noun:    noun,
	ID:      func(a *Agreement) string { return string(a.ID) },
	Version: func(a *Agreement) *int64 { return &a.Version },
	Fields: map[string]func(*Agreement) any{
		"subject":    func(a *Agreement) any { return a.Subject.String() },
		"payer":      func(a *Agreement) any { return string(a.Payer) },
		"payee":      func(a *Agreement) any { return string(a.Payee) },
		"state":      func(a *Agreement) any { return string(a.State) },
		"created_at": func(a *Agreement) any { return a.CreatedAt },
	},
}
