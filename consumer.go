package lance

import (
	"context"
	"time"
)

// Parked is an event that a consumer could not handle and set aside, or a later
// one of its stream, which waits behind it so that order is kept.
type Parked struct {
	Consumer string
	Seq      int64     // of the event
	Stream   Ref       // of the event
	Code     string    // of the fault; "behind" for one that only waits
	At       time.Time // when it was parked
}

// Cursors keeps, for each consumer of the log, the place up to which it has
// read, and what it has set aside.
type Cursors interface {
	// Cursor returns the Seq up to which the consumer has read; 0 at first.
	Cursor(ctx context.Context, consumer string) (int64, error)
	// Advance moves the cursor from one place to a later one. It fails with
	// Conflict "cursor_moved" when the cursor is not at from: another process
	// was first.
	Advance(ctx context.Context, consumer string, from, to int64) error
	// Rewind sets the cursor to a place, for a replay.
	Rewind(ctx context.Context, consumer string, to int64) error
	// Park sets an event aside. Parking it again changes its code.
	Park(ctx context.Context, p Parked) error
	// Unpark forgets a parked event and reports whether it was parked.
	Unpark(ctx context.Context, consumer string, seq int64) (bool, error)
	// Parked returns what a consumer has set aside in order of Seq, at most
	// limit; with a stream only what belongs to it.
	Parked(ctx context.Context, consumer string, stream Ref, limit int) ([]Parked, error)
}

// Delivery is one call to the outside that is owed: to a payment provider, a
// mail server, a webhook. It is stored in the transaction that decides on it
// and made after that has committed.
type Delivery struct {
	Relay    string    // who makes the call, such as "payments.payout"
	Key      string    // unique per relay: the idempotency key of the call
	Subject  Ref       // what it is about
	Body     []byte    // what the relay needs beyond the subject; may be nil
	DueAt    time.Time // when it may be tried (again)
	Attempts int       // how often it was claimed
	Token    int64     // fencing token: grows with every claim
	LeaseEnd time.Time // until when the claim holds; zero when it is not claimed
	Code     string    // of the last fault
	State    DeliveryState
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryQueued DeliveryState = "queued" // waits for DueAt, or is claimed until LeaseEnd
	DeliveryDone   DeliveryState = "done"   // the call was made and its result stored
	DeliveryDead   DeliveryState = "dead"   // given up after too many attempts; can be revived
)

// Deliveries keeps the calls that are owed.
type Deliveries interface {
	// Enqueue stores deliveries in state queued, not yet attempted. One without
	// DueAt is due at the transaction's time. One whose Relay and Key are known
	// already is left as it is.
	Enqueue(ctx context.Context, ds ...Delivery) error
	// Claim leases queued deliveries of a relay that are due at now and not
	// leased, oldest due first, at most limit; with keys only those. Each comes
	// with Attempts and Token raised by one and LeaseEnd now+lease. No two
	// claimers get the same one at the same time.
	Claim(ctx context.Context, relay string, now time.Time, lease time.Duration, limit int, keys ...string) ([]Delivery, error)
	// Settle stores what became of a claimed delivery: its State, DueAt and Code.
	// The lease ends. It fails with Stale "delivery_lease" when d.Token is not
	// the last one given out.
	Settle(ctx context.Context, d Delivery) error
	// Delivery returns one, or NotFound "delivery_not_found".
	Delivery(ctx context.Context, relay, key string) (Delivery, error)
	// Dead returns the deliveries of a relay (of all with "") that were given up,
	// oldest due first, at most limit.
	Dead(ctx context.Context, relay string, limit int) ([]Delivery, error)
	// NextDue returns the earliest DueAt (or LeaseEnd, where later) of the queued;
	// zero when nothing is queued.
	NextDue(ctx context.Context) (time.Time, error)
}
