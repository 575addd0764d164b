package escrow

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// AgreeInput is what an agreement is made of.
type AgreeInput struct {
	By           lance.Actor      `json:"-"` // the payer, the payee, an administrator or the engine
	Key          string           `json:"-"` // the caller's idempotency key, at most 255 bytes; may be empty
	Subject      lance.Ref        // what it is about: a kind without a slash, and an identifier; 1 to 100 characters each
	Payer        lance.PartyID    // who pays
	Payee        lance.PartyID    // who is paid, and acts for all who share; another party
	Payees       []Share          // who shares what is released, Payee among them; at most 20, none of them the payer; empty: all is Payee's
	Amount       lance.Money      // the price, above zero, without fees
	Inspection   time.Duration    // from submission to release by itself, 1 hour to 1 year; 0 takes the policy's
	Changes      int              // how often the payer may request changes, at most 100; 0 takes the policy's
	Work         time.Duration    // until the work is submitted, at most 1 year: with the inspection it has to fit the limit of held money; 0: not known
	AcceptWithin time.Duration    // how long the other party has to accept, 1 hour to 1 year; 0: it is agreed already
	Policy       *policy.Document // what it is made under; nil takes the service's, else policy.Default
	house        *policy.Document // what nil takes
}

// AcceptInput names the proposal to agree to.
type AcceptInput struct {
	By        lance.Actor `json:"-"` // the party that has not proposed it
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
}

// FundInput names the agreement to fund.
type FundInput struct {
	By        lance.Actor `json:"-"` // the payer
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Amount    lance.Money // of the price, his fees come on top; the zero Money is all that is missing
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

// DeclineRefundInput names the agreement whose payee sends nothing back.
type DeclineRefundInput struct {
	By        lance.Actor `json:"-"` // the payee
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
}

// AmendInput says what the price should be.
type AmendInput struct {
	By        lance.Actor `json:"-"` // one of the parties
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Amount    lance.Money // the new price, above what was released and refunded, without fees
}

// AcceptAmendmentInput names the agreement whose new price is agreed to.
type AcceptAmendmentInput struct {
	By        lance.Actor `json:"-"` // the party that has not proposed it
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Amount    lance.Money // the proposed price that is agreed to, where another may have been proposed since it was read; the zero Money: whatever is proposed
}

// DeclineAmendmentInput names the agreement whose price is to stay.
type DeclineAmendmentInput struct {
	By        lance.Actor `json:"-"` // one of the parties
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
}

// FreezeInput names the agreement to stop.
type FreezeInput struct {
	By        lance.Actor `json:"-"` // one of the parties, an administrator without a stake, or the engine
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Case      lance.Ref   // what it is stopped for
	Keeper    Keeper      `json:"-"` // who keeps that case, and alone ends the freeze
}

// ThawInput names the agreement to go on with.
type ThawInput struct {
	By        lance.Actor `json:"-"` // an arbiter without a stake, or the engine
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Case      lance.Ref   // what it was stopped for
	Keeper    Keeper      `json:"-"` // who has stopped it for that
}

// RuleInput says how what is held is divided.
type RuleInput struct {
	By        lance.Actor `json:"-"` // an arbiter without a stake, or the engine
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Agreement ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Case      lance.Ref   // what it was stopped for
	Keeper    Keeper      `json:"-"` // who has stopped it for that
	ToPayee   lance.Money // of the price, before fees; the rest goes back. The zero Money is nothing
	Bears     Bearer      // who bears the fees on ToPayee
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
	Case      lance.Ref      `json:"case,omitzero"`
	Keeper    Keeper         `json:"-"`
	Bears     Bearer         `json:"bears,omitempty"`
	Lot       ledger.LotID   `json:"-"`
	To        ledger.Account `json:"-"`
}

// The bounds of what is said about an agreement.
const (
	maxSubject = 100 // both parts of a subject, in characters
	maxPayees  = 20
	maxWeight  = 1_000_000
)

func (in *AgreeInput) check() error {
	var f lance.Faults
	checkRef(&f, "/subject", in.Subject)
	f.Check("/payer", in.Payer.Check())
	f.Check("/payee", in.Payee.Check())
	if in.Payer == in.Payee && in.Payer != "" {
		f.Add("/payee", "party_same", "nobody pays himself")
	}
	f.Check("/amount", lance.RequirePositive(in.Amount))
	in.checkPayees(&f)
	checkPeriod(&f, "/inspection", in.Inspection, policy.MinInspection)
	if in.Changes < 0 || in.Changes > policy.MaxChanges {
		f.Add("/changes", "changes_range", "changes are requested 1 to 100 times")
	}
	checkPeriod(&f, "/work", in.Work, time.Second)
	checkPeriod(&f, "/accept_within", in.AcceptWithin, time.Hour)
	f.Check("/policy", in.Policy.Check())
	if f.Err() == nil {
		_, err := policy.Quote(*in.Policy, in.Amount)
		f.Check("", err)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return in.Policy.Fit(in.Amount, in.Work, in.inspection())
}

func (in *AgreeInput) inspection() time.Duration {
	if in.Inspection != 0 {
		return in.Inspection
	}
	return in.Policy.Inspection
}

func (in *AgreeInput) checkPayees(f *lance.Faults) {
	if len(in.Payees) == 0 {
		return
	}
	if len(in.Payees) > maxPayees {
		f.Add("/payees", "too_many", "at most 20 share what is released")
		return
	}
	seen := map[lance.PartyID]bool{}
	for i, s := range in.Payees {
		at := "/payees/" + strconv.Itoa(i)
		f.Check(at+"/party", s.Party.Check())
		if s.Party == in.Payer || seen[s.Party] {
			f.Add(at+"/party", "party_same", "nobody pays himself or shares twice")
		}
		if s.Weight < 1 || s.Weight > maxWeight {
			f.Add(at+"/weight", "weight_range", "a weight is from 1 to 1,000,000")
		}
		seen[s.Party] = true
	}
	if !seen[in.Payee] {
		f.Add("/payees", "payee_missing", "the payee shares, too")
	}
}

// checkPeriod refuses a period that is given and out of its bounds.
func checkPeriod(f *lance.Faults, pointer string, p, least time.Duration) {
	if p != 0 && (p < least || p > policy.MaxPeriod || p%time.Second != 0) {
		f.Add(pointer, "period_range", "this takes whole seconds, from "+least.String()+" to a year")
	}
}

func checkRef(f *lance.Faults, at string, s lance.Ref) {
	line := lance.TextRule{Min: 1, Max: maxSubject, Line: true}
	f.Check(at+"/kind", line.Check(s.Kind))
	f.Check(at+"/id", line.Check(s.ID))
	if strings.Contains(s.Kind, "/") {
		f.Add(at+"/kind", "ref_syntax", "a kind has no slash")
	}
}

// check refuses what an action cannot be done with, whatever the agreement.
func (in *command) check(do Action) error {
	var f lance.Faults
	switch do {
	case Release, Amend:
		f.Check("/amount", lance.RequirePositive(in.Amount))
	case Freeze, Thaw:
		in.checkCase(&f)
	case Reclaim:
		in.checkCase(&f)
		f.Check("/amount", lance.RequirePositive(in.Amount))
		f.Check("/to", in.To.Check())
	case Rule:
		in.checkCase(&f)
		if in.Amount.IsNegative() {
			f.Add("/to_payee", "money_negative", "nobody is ruled to pay more than is held")
		}
		if in.Bears != BearEach && in.Bears != BearPayer && in.Bears != BearPayee && in.Bears != BearNobody {
			f.Add("/bears", "bearer_unknown", "fees are borne by each, the payer, the payee or nobody")
		}
	default:
		if in.Amount != (lance.Money{}) {
			f.Check("/amount", lance.RequirePositive(in.Amount))
		}
	}
	return f.Err()
}

func (in *command) checkCase(f *lance.Faults) {
	checkRef(f, "/case", in.Case)
	f.Check("/keeper", in.Keeper.Check())
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
