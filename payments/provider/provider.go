package provider

import (
	"context"
	"time"

	"github.com/megilance/lance"
)

// State is where a charge, a payout or a chargeback stands with the provider.
type State string

// The states. All but Pending and Opened are final, except that a payout that
// succeeded may still be Returned.
const (
	Pending   State = "pending"   // under way; an Event or a Lookup will tell
	Succeeded State = "succeeded" // the money has moved
	Refused   State = "refused"   // the provider or a bank said no; nothing has moved
	Returned  State = "returned"  // a payout came back after it had succeeded

	Opened State = "opened" // of a chargeback: the payer's bank takes the money back; the provider withholds it
	Won    State = "won"    // of a chargeback: the bank gave in; the money is the platform's again
	Lost   State = "lost"   // of a chargeback: the money is gone
)

// Kind says what an outcome or an event is about.
type Kind string

// The kinds.
const (
	KindCharge     Kind = "charge"
	KindPayout     Kind = "payout"
	KindSettlement Kind = "settlement" // a charge's money has become cash
	KindChargeback Kind = "chargeback" // the payer's bank takes a charge, or a part of it, back
)

// Codes that say which token was wrong: of the field of an Invalid fault, or of
// an Outcome that was Refused.
const (
	CodeMethodUnknown      = "method_unknown"      // no such payment method
	CodeDestinationUnknown = "destination_unknown" // no such payout destination
)

// Charge asks for money from a payment method.
type Charge struct {
	Key    string      // our name of the call, at most 64 bytes: the provider's idempotency key
	Amount lance.Money // above zero
	Method string      // the provider's token of the payment method
	Party  lance.PartyID
}

// Payout asks to send money to a destination.
type Payout struct {
	Key         string      // our name of the call, at most 64 bytes
	Amount      lance.Money // above zero
	Destination string      // the provider's token of the bank account
	Party       lance.PartyID
}

// Outcome is what a provider says about a charge or a payout.
type Outcome struct {
	Ref     string // the provider's name of it, at most 255 bytes
	State   State
	Code    string // why it was Refused or Returned: 1 to 64 lower-case letters, digits and underscores, safe to show
	Settled bool   // of a charge that succeeded: the money is cash already
}

// Event is what a provider tells by itself.
type Event struct {
	ID     string      // the provider's name of the event: the same event has the same ID however often it is sent
	Kind   Kind        // what it is about
	Key    string      // our name of the charge or payout; "" when the provider does not know
	Ref    string      // the provider's name of it
	State  State       // its state when the event was made; "" for a settlement
	Amount lance.Money // of the charge or payout, before any costs of the provider; of a chargeback what is taken back
	Code   string      // as Outcome.Code; of a chargeback the bank's reason
	At     time.Time   // when it happened, UTC

	// Of a chargeback, in each of its events, since they may come in any order.
	Chargeback string      // the provider's name of it; a charge may have several
	Fee        lance.Money // what the provider takes for it whatever the outcome; the zero Money is nothing
	AnswerBy   time.Time   // until when evidence has to be with the provider, UTC; zero when that is over or unknown
}

// Request is a webhook as it came in, or, from a fake, as it would.
type Request struct {
	Header map[string][]string // canonical names, as net/http has them
	Body   []byte              // the exact bytes
}

// Adapter is a payment provider. It is safe for concurrent use, keeps to ctx,
// and makes no call of its own accord.
//
// An error of Charge, Payout and Lookup means that the outcome is not known:
// Unavailable when trying again may help, Invalid when the request can never
// succeed, Conflict "key_reused" when the key was used with other content. A
// refusal is an Outcome, not an error.
type Adapter interface {
	// Name returns the provider's short name, such as "stripe": the owner of its
	// ledger accounts. It never changes.
	Name() string
	// Charge takes money. The same key again is the same charge.
	Charge(ctx context.Context, c Charge) (Outcome, error)
	// Payout sends money. The same key again is the same payout.
	Payout(ctx context.Context, p Payout) (Outcome, error)
	// Lookup asks what became of a charge or payout, by our key and, where we
	// have it, the provider's ref. It fails with NotFound "provider_unknown" for
	// one the provider has never seen. Of a chargeback the key is that of the
	// charge and the ref is Event.Chargeback; a provider that cannot be asked of
	// one is taken to answer Opened.
	Lookup(ctx context.Context, kind Kind, key, ref string) (Outcome, error)
	// Parse checks that a webhook was sent by the provider not long before now
	// and returns what it tells. Otherwise it fails with Unauthorized
	// "webhook_signature" or "webhook_expired", or Invalid "webhook_body".
	Parse(req Request, now time.Time) ([]Event, error)
}
