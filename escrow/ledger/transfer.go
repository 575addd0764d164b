package ledger

import (
	"time"

	"github.com/megilance/lance"
)

// TransferID names a transfer: "trf_" and sixteen bytes in base32.
type TransferID string

// Code says what a transfer is for: one to forty lower-case letters and
// underscores. Packages that post may add their own.
type Code string

// The codes of this module's own operations.
const (
	CodeTopUp      Code = "top_up"     // clearing → available: a provider has charged
	CodeSettle     Code = "settle"     // clearing → cash: a provider has settled
	CodeFund       Code = "fund"       // available → hold
	CodeRelease    Code = "release"    // hold → available or clearance
	CodeClear      Code = "clear"      // clearance → available
	CodeFee        Code = "fee"        // to fee
	CodeTax        Code = "tax"        // to tax
	CodeRefund     Code = "refund"     // hold → available of the payer
	CodePayout     Code = "payout"     // available → cash, pending while it is under way
	CodeReturn     Code = "return"     // cash → available: a payout came back
	CodeChargeback Code = "chargeback" // what a payer's bank took back
	CodeOwe        Code = "owe"        // receivable → …: a debt arises
	CodeNet        Code = "net"        // … → receivable: a debt is paid
	CodeCost       Code = "cost"       // a provider's charge
	CodeGuarantee  Code = "guarantee"  // into the guarantee fund, and out of it to a payer
	CodePromo      Code = "promo"      // given by the platform
	CodeLoss       Code = "loss"       // written off
	CodeRounding   Code = "rounding"   // what rounding leaves
	CodeExpire     Code = "expire"     // voids a pending transfer whose time is over
	CodeCorrect    Code = "correct"    // corrects another transfer
)

// Transfer moves an amount from the account it debits to the account it credits.
type Transfer struct {
	ID      TransferID  // from TransferIDFor
	Code    Code        // what it is for
	Debit   Account     // whose debit side it stands on
	Credit  Account     // another account of the same currency
	Amount  lance.Money // above zero; whole minor units
	Subject lance.Ref   // what it is about: an agreement, a payout, a top-up

	Pending   bool       // reserves on the debit account, a liability with a floor, and moves nothing yet
	ExpiresAt time.Time  // when a pending transfer voids itself; zero: never. UTC, microseconds
	Resolves  TransferID // posts or voids this pending transfer. Debit and Credit may be left empty, and Amount for the whole; what it does not post is freed
	Void      bool       // with Resolves: moves nothing and frees all

	Lot      *Lot       // of a credit from a provider: what came in. Its ID, Transfer and Amount are filled in
	Lots     []LotShare // the lots that move. Left empty, the oldest of the debit account; otherwise these, which sum to Amount
	Since    time.Time  // with Lots empty: none that was charged before then moves; zero: whatever is oldest. It is not kept
	Corrects TransferID // the transfer that this one corrects; all that correct one sum up to no more than it moved

	At          time.Time    // out: when it was posted. UTC, microseconds
	SettledBy   TransferID   // out: what posted or voided this pending transfer
	DebitAfter  *lance.Money // out: the debit account's balance after it, where that has a floor
	CreditAfter *lance.Money // out: likewise of the credit account
	DebitN      int64        // out: its place in the debit account's statement, from 1; 0 where there is no floor or nothing moved
	CreditN     int64        // out: likewise in the credit account's
}

// Moves reports whether the transfer moves money: a pending or voiding one does
// not.
func (t *Transfer) Moves() bool { return !t.Pending && !t.Void }

// Change returns by how much the transfer changes the balance of an account, in
// that account's own direction: nothing where it moves nothing or is between
// others.
func (t *Transfer) Change(a Account) lance.Money {
	by := int64(0)
	switch {
	case !t.Moves():
	case t.Debit == a:
		by = -t.Amount.Minor() * a.sign()
	case t.Credit == a:
		by = t.Amount.Minor() * a.sign()
	}
	return lance.NewMoney(by, a.Currency)
}
