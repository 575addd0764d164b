package bunescrow

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// transferRow is a row of lance_transfers with what is joined to it: the lot
// that it opened and what settled it.
type transferRow struct {
	ID               string    `bun:"id"`
	Code             string    `bun:"code"`
	Debit            string    `bun:"debit"`
	Credit           string    `bun:"credit"`
	Currency         string    `bun:"currency"`
	AmountMinor      int64     `bun:"amount_minor"`
	SubjectKind      string    `bun:"subject_kind"`
	SubjectID        string    `bun:"subject_id"`
	Pending          bool      `bun:"pending"`
	ExpiresAt        time.Time `bun:"expires_at"`
	Resolves         *string   `bun:"resolves"`
	Void             bool      `bun:"void"`
	Corrects         *string   `bun:"corrects"`
	Lots             *string   `bun:"lots"`
	At               time.Time `bun:"at"`
	DebitN           int64     `bun:"debit_n"`
	DebitAfterMinor  *int64    `bun:"debit_after_minor"`
	CreditN          int64     `bun:"credit_n"`
	CreditAfterMinor *int64    `bun:"credit_after_minor"`

	SettledBy   *string    `bun:"settled_by"`
	LotID       *string    `bun:"lot_id"`
	Provider    *string    `bun:"provider"`
	PaymentKind *string    `bun:"payment_kind"`
	PaymentID   *string    `bun:"payment_id"`
	Method      *string    `bun:"method"`
	ChargedAt   *time.Time `bun:"charged_at"`
	Refundable  *bool      `bun:"refundable"`
	LotCurrency *string    `bun:"lot_currency"`
	LotMinor    *int64     `bun:"lot_minor"`

	N          int64 `bun:"n"`           // of the line, in a statement
	AfterMinor int64 `bun:"after_minor"` // likewise
}

// transferFields are the columns that a transferRow is read from: t is
// lance_transfers, l lance_lots, s what settled it.
const transferFields = `t.id, t.code, t.debit, t.credit, t.currency, t.amount_minor, t.subject_kind, t.subject_id,
	t.pending, t.expires_at, t.resolves, t.void, t.corrects, t.lots, t.at,
	t.debit_n, t.debit_after_minor, t.credit_n, t.credit_after_minor,
	s.id AS settled_by, l.id AS lot_id, l.provider, l.payment_kind, l.payment_id, l.method, l.charged_at, l.refundable,
	l.currency AS lot_currency, l.amount_minor AS lot_minor`

const transferJoins = ` LEFT JOIN {lance_lots} l ON l.transfer = t.id LEFT JOIN {lance_transfers} s ON s.resolves = t.id`

func (r *transferRow) value() (ledger.Transfer, error) {
	debit, err := ledger.ParseAccount(r.Debit)
	if err != nil {
		return ledger.Transfer{}, err
	}
	credit, err := ledger.ParseAccount(r.Credit)
	if err != nil {
		return ledger.Transfer{}, err
	}
	cur := debit.Currency
	t := ledger.Transfer{
		ID: ledger.TransferID(r.ID), Code: ledger.Code(r.Code), Debit: debit, Credit: credit,
		Amount: lance.NewMoney(r.AmountMinor, cur), Subject: lance.Ref{Kind: r.SubjectKind, ID: r.SubjectID},
		Pending: r.Pending, ExpiresAt: lance.Instant(r.ExpiresAt), Resolves: ledger.TransferID(text(r.Resolves)), Void: r.Void,
		Corrects: ledger.TransferID(text(r.Corrects)), At: lance.Instant(r.At), SettledBy: ledger.TransferID(text(r.SettledBy)),
		DebitN: r.DebitN, DebitAfter: amount(r.DebitAfterMinor, cur), CreditN: r.CreditN, CreditAfter: amount(r.CreditAfterMinor, cur),
	}
	if r.Currency != cur.Code() || r.LotID != nil && (*r.LotMinor != r.AmountMinor || *r.LotCurrency != r.Currency) {
		return t, lance.E(lance.Internal, "row_amount", "the amount of a transfer is kept in two ways that differ")
	}
	if r.LotID != nil {
		t.Lot = r.lot(t)
	}
	t.Lots, err = readShares(r.Lots, cur)
	return t, err
}

func (r *transferRow) lot(t ledger.Transfer) *ledger.Lot {
	return &ledger.Lot{
		ID: ledger.LotID(*r.LotID), Transfer: t.ID, Amount: t.Amount, Provider: text(r.Provider),
		Payment: lance.Ref{Kind: text(r.PaymentKind), ID: text(r.PaymentID)}, Method: text(r.Method),
		ChargedAt: lance.Instant(*r.ChargedAt), Refundable: *r.Refundable,
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func amount(n *int64, c lance.Currency) *lance.Money {
	if n == nil {
		return nil
	}
	m := lance.NewMoney(*n, c)
	return &m
}

// keptShare is a share as it is kept beside a transfer.
type keptShare struct {
	Lot    ledger.LotID `json:"lot"`
	Amount int64        `json:"minor"`
}

// writeShares returns their JSON; nil, for NULL, of none.
func writeShares(shares []ledger.LotShare) (*string, error) {
	var out *string
	if len(shares) == 0 {
		return out, nil
	}
	kept := make([]keptShare, len(shares))
	for i, s := range shares {
		kept[i] = keptShare{s.Lot, s.Amount.Minor()}
	}
	b, err := json.Marshal(kept)
	text := string(b)
	return &text, err
}

func readShares(s *string, c lance.Currency) ([]ledger.LotShare, error) {
	if s == nil {
		return nil, nil
	}
	var kept []keptShare
	if err := json.Unmarshal([]byte(*s), &kept); err != nil {
		return nil, lance.E(lance.Internal, "row_lots", "the lots of a transfer cannot be read").Cause(err)
	}
	out := make([]ledger.LotShare, len(kept))
	for i, k := range kept {
		out[i] = ledger.LotShare{Lot: k.Lot, Amount: lance.NewMoney(k.Amount, c)}
	}
	return out, nil
}

// writeFront returns shares as a front keeps them, "lot:minor lot:minor"; nil, for
// NULL, of none. Fronts are read and written with every set: JSON took a sixteenth of
// its time.
func writeFront(shares []ledger.LotShare) *string {
	var out *string
	if len(shares) == 0 {
		return out
	}
	var b []byte
	for i, s := range shares {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(append(b, s.Lot...), ':')
		b = strconv.AppendInt(b, s.Amount.Minor(), 10)
	}
	text := string(b)
	return &text
}

func readFront(kept *string, c lance.Currency) ([]ledger.LotShare, error) {
	if kept == nil {
		return nil, nil
	}
	out := make([]ledger.LotShare, 0, ledger.SharesAhead)
	for share := range strings.SplitSeq(*kept, " ") {
		lot, amount, _ := strings.Cut(share, ":")
		n, err := strconv.ParseInt(amount, 10, 64)
		if err != nil {
			return nil, lance.E(lance.Internal, "row_lots", "the lots of an account cannot be read").Cause(err)
		}
		out = append(out, ledger.LotShare{Lot: ledger.LotID(lot), Amount: lance.NewMoney(n, c)})
	}
	return out, nil
}

// balanceRow is a balance, of an account with a floor or without.
type balanceRow struct {
	Account string `bun:"account"`
	Posted  int64  `bun:"posted"`
	Pending int64  `bun:"pending"`
	Lines   int64  `bun:"lines"`

	Front *string `bun:"front"` // where it was read with these
	More  bool    `bun:"more"`
}

// heldFields are the columns of a balanceRow of lance_balances, with the front.
const heldFields = `account, posted_minor AS posted, pending_minor AS pending, lines, front, more`

// of is the balance as the row of an account.
func (r balanceRow) of(a ledger.Account) ledger.Balance {
	return ledger.Balance{
		Account: a, Posted: lance.NewMoney(r.Posted, a.Currency), PendingOut: lance.NewMoney(r.Pending, a.Currency), Lines: r.Lines,
	}
}

func (r balanceRow) value() (ledger.Balance, error) {
	a, err := ledger.ParseAccount(r.Account)
	b := r.of(a)
	if !a.Kind.Floor() {
		b.Posted = b.Credit() // what is kept are credits less debits, and twice turned is not turned
	}
	return b, err
}

// lotRow is a row of lance_lots.
type lotRow struct {
	ID          string    `bun:"id"`
	Transfer    string    `bun:"transfer"`
	Currency    string    `bun:"currency"`
	AmountMinor int64     `bun:"amount_minor"`
	Provider    string    `bun:"provider"`
	PaymentKind string    `bun:"payment_kind"`
	PaymentID   string    `bun:"payment_id"`
	Method      string    `bun:"method"`
	ChargedAt   time.Time `bun:"charged_at"`
	Refundable  bool      `bun:"refundable"`
}

func (r lotRow) value() (ledger.Lot, error) {
	c, err := lance.ParseCurrency(r.Currency)
	return ledger.Lot{
		ID: ledger.LotID(r.ID), Transfer: ledger.TransferID(r.Transfer), Amount: lance.NewMoney(r.AmountMinor, c),
		Provider: r.Provider, Payment: lance.Ref{Kind: r.PaymentKind, ID: r.PaymentID}, Method: r.Method,
		ChargedAt: lance.Instant(r.ChargedAt), Refundable: r.Refundable,
	}, err
}

// shareRow is a row of lance_later_shares.
type shareRow struct {
	Lot    string `bun:"lot"`
	Amount int64  `bun:"amount_minor"`
}

func (r shareRow) value(c lance.Currency) ledger.LotShare {
	return ledger.LotShare{Lot: ledger.LotID(r.Lot), Amount: lance.NewMoney(r.Amount, c)}
}

// holdingRow is a row of lance_later_shares with its account.
type holdingRow struct {
	Account string `bun:"account"`
	shareRow
}
