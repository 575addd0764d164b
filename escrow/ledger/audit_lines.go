package ledger

import (
	"time"

	"github.com/megilance/lance"
)

// transferLine is a transfer in an export: accounts by their names, amounts in
// minor units of the accounts' currency.
type transferLine struct {
	ID          TransferID  `json:"id"`
	Code        Code        `json:"code"`
	Debit       string      `json:"debit"`
	Credit      string      `json:"credit"`
	Minor       int64       `json:"minor"`
	SubjectKind string      `json:"subject_kind"`
	SubjectID   string      `json:"subject_id"`
	Pending     bool        `json:"pending,omitempty"`
	ExpiresAt   time.Time   `json:"expires_at,omitzero"`
	Resolves    TransferID  `json:"resolves,omitempty"`
	Void        bool        `json:"void,omitempty"`
	Corrects    TransferID  `json:"corrects,omitempty"`
	At          time.Time   `json:"at"`
	DebitAfter  *int64      `json:"debit_after,omitempty"`
	DebitN      int64       `json:"debit_n,omitempty"`
	CreditAfter *int64      `json:"credit_after,omitempty"`
	CreditN     int64       `json:"credit_n,omitempty"`
	Lot         *lotLine    `json:"lot,omitempty"`
	Lots        []shareLine `json:"lots,omitempty"`
}

type lotLine struct {
	ID          LotID     `json:"id"`
	Provider    string    `json:"provider"`
	PaymentKind string    `json:"payment_kind"`
	PaymentID   string    `json:"payment_id"`
	Method      string    `json:"method"`
	ChargedAt   time.Time `json:"charged_at"`
	Refundable  bool      `json:"refundable"`
}

type shareLine struct {
	Lot   LotID `json:"lot"`
	Minor int64 `json:"minor"`
}

// keptLine is what is kept of an account in an export.
type keptLine struct {
	Account string      `json:"account"`
	Posted  int64       `json:"posted"`
	Pending int64       `json:"pending"`
	Lines   int64       `json:"lines"`
	Shares  []shareLine `json:"shares,omitempty"`
}

func writeShares(shares []LotShare) (out []shareLine) {
	for _, s := range shares {
		out = append(out, shareLine{s.Lot, s.Amount.Minor()})
	}
	return out
}

func readShares(lines []shareLine, c lance.Currency) (out []LotShare) {
	for _, s := range lines {
		out = append(out, LotShare{s.Lot, minor(s.Minor, c)})
	}
	return out
}

func writeTransfer(t *Transfer) transferLine {
	l := transferLine{
		ID: t.ID, Code: t.Code, Debit: t.Debit.String(), Credit: t.Credit.String(), Minor: t.Amount.Minor(),
		SubjectKind: t.Subject.Kind, SubjectID: t.Subject.ID, Pending: t.Pending, ExpiresAt: t.ExpiresAt,
		Resolves: t.Resolves, Void: t.Void, Corrects: t.Corrects, At: t.At,
		DebitAfter: minorOf(t.DebitAfter), DebitN: t.DebitN, CreditAfter: minorOf(t.CreditAfter), CreditN: t.CreditN,
		Lots: writeShares(t.Lots),
	}
	if x := t.Lot; x != nil {
		l.Lot = &lotLine{x.ID, x.Provider, x.Payment.Kind, x.Payment.ID, x.Method, x.ChargedAt, x.Refundable}
	}
	return l
}

func (l *transferLine) transfer() (Transfer, error) {
	debit, err := ParseAccount(l.Debit)
	if err != nil {
		return Transfer{}, err
	}
	credit, err := ParseAccount(l.Credit)
	cur := debit.Currency
	t := Transfer{
		ID: l.ID, Code: l.Code, Debit: debit, Credit: credit, Amount: minor(l.Minor, cur),
		Subject: lance.Ref{Kind: l.SubjectKind, ID: l.SubjectID}, Pending: l.Pending, ExpiresAt: l.ExpiresAt,
		Resolves: l.Resolves, Void: l.Void, Corrects: l.Corrects, At: l.At,
		DebitAfter: moneyOf(l.DebitAfter, cur), DebitN: l.DebitN, CreditAfter: moneyOf(l.CreditAfter, cur), CreditN: l.CreditN,
		Lots: readShares(l.Lots, cur),
	}
	if x := l.Lot; x != nil {
		t.Lot = &Lot{
			ID: x.ID, Transfer: t.ID, Amount: t.Amount, Provider: x.Provider, Payment: lance.Ref{Kind: x.PaymentKind, ID: x.PaymentID},
			Method: x.Method, ChargedAt: x.ChargedAt, Refundable: x.Refundable,
		}
	}
	return t, err
}

func minorOf(m *lance.Money) *int64 {
	if m == nil {
		return nil
	}
	n := m.Minor()
	return &n
}

func moneyOf(n *int64, c lance.Currency) *lance.Money {
	if n == nil {
		return nil
	}
	m := minor(*n, c)
	return &m
}
