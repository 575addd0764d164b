package ledger

import (
	"time"

	"github.com/megilance/lance"
)

// LotID names a lot. Lots sort by when they were charged.
type LotID string

// Lot is an amount that came in from outside in one piece: a payment, or what
// the platform itself put in.
type Lot struct {
	ID         LotID
	Transfer   TransferID  // that brought it
	Amount     lance.Money // that came in
	Provider   string      // that charged it; empty for the platform's own money
	Payment    lance.Ref   // what it was charged for here, such as the top-up
	Method     string      // how it was paid, such as "card"
	ChargedAt  time.Time   // when; the transfer's time if left zero. UTC, microseconds
	Refundable bool        // whether the provider can send it back the way it came
}

// LotShare is a part of a lot.
type LotShare struct {
	Lot    LotID
	Amount lance.Money
}

// Holding is the part of a lot that an account has.
type Holding struct {
	Account Account
	LotShare
}
