package escrow

import (
	"slices"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
)

// AgreeInput is what an agreement is made of.
type AgreeInput struct {
	By         lance.Actor      `json:"-"` // the payer, the payee, an administrator or the engine
	Key        string           `json:"-"` // the caller's idempotency key, at most 255 bytes; may be empty
	Subject    lance.Ref        // what it is about: a kind without a slash, and an identifier; 1 to 100 characters each
	Payer      lance.PartyID    // who pays
	Payee      lance.PartyID    // who is paid; another party
	Amount     lance.Money      // the price, above zero, without fees
	Inspection time.Duration    // from submission to release by itself, 1 hour to 1 year; 0 takes the policy's
	Policy     *policy.Document `json:"-"` // what it is made under; nil takes the service's, else policy.Default
}

// FundInput names the agreement to fund.
type FundInput struct {
	By        lance.Actor `json:"-"` // the payer
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
}

// SubmitInput names the agreement whose work is done.
type SubmitInput struct {
	By        lance.Actor `json:"-"` // the payee
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
}

// RequestChangesInput names the agreement whose work is not done.
type RequestChangesInput struct {
	By        lance.Actor `json:"-"` // the payer
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
}

// ApproveInput names the agreement to pay all that is left of.
type ApproveInput struct {
	By        lance.Actor `json:"-"` // the payer
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
}

// CancelInput names the agreement to give up.
type CancelInput struct {
	By        lance.Actor `json:"-"` // one of the parties, an administrator or the engine
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
}

// ReleaseInput says how much to pay.
type ReleaseInput struct {
	By        lance.Actor `json:"-"` // the payer
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Amount    lance.Money // of the price, before the payee's fees; all that is left ends the agreement
}

// RefundInput says how much to send back.
type RefundInput struct {
	By        lance.Actor `json:"-"` // the payee, or an administrator without a stake
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Amount    lance.Money // of the price; the payer's fees on it go back too. The zero Money is all that is left, which ends the agreement
}

// AskRefundInput says how much the payer asks back.
type AskRefundInput struct {
	By        lance.Actor `json:"-"` // the payer
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Amount    lance.Money // of the price; the zero Money is all that is left
}

// Query selects agreements of a list, oldest first.
type Query struct {
	As      lance.Relation // ByPayer or ByPayee: which side the caller's party is on; an administrator may leave it empty for all
	Subject lance.Ref      // only about this; the zero Ref is any
	State   State          // only in this state; empty is any
	lance.PageQuery
}

// command is any input but AgreeInput.
type command struct {
	By        lance.Actor `json:"-"`
	Key       string      `json:"-"`
	Agreement ID
	Version   int64
	Amount    lance.Money
}

// maxSubject bounds both parts of a subject, in characters.
const maxSubject = 100

func (in *AgreeInput) check() error {
	var f lance.Faults
	checkSubject(&f, in.Subject)
	f.Check("/payer", in.Payer.Check())
	f.Check("/payee", in.Payee.Check())
	if in.Payer == in.Payee && in.Payer != "" {
		f.Add("/payee", "party_same", "nobody pays himself")
	}
	f.Check("/amount", lance.RequirePositive(in.Amount))
	if in.Inspection != 0 && (in.Inspection < policy.MinInspection || in.Inspection > policy.MaxPeriod || in.Inspection%time.Second != 0) {
		f.Add("/inspection", "period_range", "inspection takes whole seconds, from an hour to a year")
	}
	f.Check("/policy", in.Policy.Check())
	if f.Err() == nil {
		_, err := policy.Quote(*in.Policy, in.Amount)
		f.Check("", err)
	}
	return f.Err()
}

func checkSubject(f *lance.Faults, s lance.Ref) {
	line := lance.TextRule{Min: 1, Max: maxSubject, Line: true}
	f.Check("/subject/kind", line.Check(s.Kind))
	f.Check("/subject/id", line.Check(s.ID))
	if strings.Contains(s.Kind, "/") {
		f.Add("/subject/kind", "ref_syntax", "a kind has no slash")
	}
}

// check refuses an amount that is there and cannot be. Of these actions only a
// release needs one.
func (in *command) check(do Action) error {
	if in.Amount == (lance.Money{}) && do != Release {
		return nil
	}
	var f lance.Faults
	f.Check("/amount", lance.RequirePositive(in.Amount))
	return f.Err()
}

// filter turns the query into what the store is asked.
func (q *Query) filter(by lance.Actor) (lance.Filter, error) {
	eq := map[string]any{}
	if err := by.Require(); err != nil {
		return lance.Filter{}, err
	}
	var f lance.Faults
	switch {
	case q.As == ByPayer || q.As == ByPayee:
		eq[string(q.As)] = string(by.Party)
	case q.As != "" || (!by.IsSystem() && !by.Has(lance.RoleAdmin)):
		f.Add("/as", "relation_unknown", "a list is of what you pay for or of what you are paid for")
	}
	if q.State != "" {
		if !slices.Contains(Lifecycle.States(), q.State) {
			f.Add("/state", "state_unknown", "there is no such state")
		}
		eq["state"] = string(q.State)
	}
	if !q.Subject.IsZero() {
		eq["subject"] = q.Subject.String()
	}
	return lance.Filter{Eq: eq, Order: "created_at"}, f.Err()
}
