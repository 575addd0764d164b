package escrow

import (
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// ID names an agreement: "agr_…".
type ID string

// Agreement is between one payer and one payee about one price. All its amounts
// are in the price's currency; all times are UTC, microseconds, and zero while
// they have not come.
type Agreement struct {
	ID      ID
	Version int64         // from 1; grows with every change
	Subject lance.Ref     // what it is about; the embedder's
	Payer   lance.PartyID // another party than Payee
	Payee   lance.PartyID
	Payees  []Share     // who shares what is released, the payee among them; none: all is his
	Amount  lance.Money // the price, above zero, without fees
	State   State

	Funded   lance.Money // of the price: what was moved into the hold, less what an amendment or a bank took out
	Released lance.Money // of the price: what was released, before the payee's fees
	Refunded lance.Money // of the price: what went back to the payer
	Held     lance.Money // what the hold has: the rest of what was funded and of the payer's fees on it
	PayerFee lance.Money // taken so far from the payer, with taxes, on top of Released
	PayeeFee lance.Money // taken so far out of Released, with taxes

	Ruled       lance.Money // of Released: what a ruling has given the payee
	Indemnified lance.Money // of Released: what the guarantee fund has given the payer back

	RefundAsked lance.Money // of the price: what the payer has asked back; 0 for nothing
	RefundAsks  int         // how often he has asked
	RefundAt    time.Time   // when that request is answered by itself; zero while that clock stands
	Clearing    []Clearing  // released and not yet to be withdrawn, earliest first

	Amendment  Amendment // another price that one of the parties proposes
	Amendments int       // how many were proposed
	Amended    int       // how many were accepted: the version of the price
	Changes    int       // how often the payer has requested changes
	MaxChanges int       // how often he may; 0: as often as he likes
	Pause      Pause     // what a frozen agreement goes on with

	Policy     policy.Document // the version that the agreement was made under
	Inspection time.Duration   // from submission to release by itself

	ProposedBy  lance.PartyID // who proposed it, when it needs the other's word
	ExpiresAt   time.Time     // when a proposal is over
	CreatedAt   time.Time
	FundedAt    time.Time // when the whole price was held for the first time
	HeldSince   time.Time // when the oldest of the held money was charged; zero when nothing is held
	WarnedAt    time.Time // when it was said that the limit is near
	SubmittedAt time.Time // last submitted
	ReleaseAt   time.Time // when it releases by itself; zero while that clock stands
	RemindedAt  time.Time // when the payer was told that this inspection is nearly over
	ReleasedAt  time.Time // when the payer, or the clock, last released a part
	EndedAt     time.Time // released, refunded, settled or cancelled
}

// Share is a payee's part of what is released.
type Share struct {
	Party  lance.PartyID `json:"party"`
	Weight int64         `json:"weight"` // of the sum of all weights; 1 to 1,000,000
}

// Clearing is a part of what was released that waits until it can be withdrawn.
type Clearing struct {
	Party  lance.PartyID `json:"party"`  // whose it is
	Amount lance.Money   `json:"amount"` // after fees
	At     time.Time     `json:"at"`     // when it becomes available
}

// Amendment is another price that waits for the other party's word.
type Amendment struct {
	By        lance.PartyID `json:"by,omitempty"`        // who proposes it; empty: there is none
	Amount    lance.Money   `json:"amount,omitzero"`     // the new price
	ExpiresAt time.Time     `json:"expires_at,omitzero"` // when it is over by itself
}

// Pause is what a frozen agreement remembers.
type Pause struct {
	Case      lance.Ref     `json:"case,omitzero"`       // what has frozen it; zero: nothing has
	Keeper    string        `json:"keeper,omitempty"`    // who keeps that case: Keeper.Name
	Also      []Brake       `json:"also,omitempty"`      // what has frozen it since; it waits for all
	Engine    bool          `json:"engine,omitempty"`    // none of the parties has stopped it
	From      State         `json:"from,omitempty"`      // the state before
	At        time.Time     `json:"at,omitzero"`         // since when
	ReleaseIn time.Duration `json:"release_in,omitzero"` // what was left of the inspection; 0: that clock stood
	RefundIn  time.Duration `json:"refund_in,omitzero"`  // what was left to answer the refund; 0: that clock stood
}

// Ref names an agreement in locks, timers, events and transfers.
func Ref(id ID) lance.Ref { return lance.Ref{Kind: noun, ID: string(id)} }

// Ref names the agreement in locks, timers, events and transfers.
func (a *Agreement) Ref() lance.Ref { return Ref(a.ID) }

// HoldAccount is the ledger account of what the agreement holds.
func (a *Agreement) HoldAccount() ledger.Account {
	return ledger.Hold(string(a.ID), a.Amount.Currency())
}

// Remaining returns what is left of the price in the hold: funded and neither
// released nor refunded.
func (a *Agreement) Remaining() lance.Money {
	return a.minor(a.Funded.Minor() - a.Released.Minor() - a.Refunded.Minor())
}

// Missing returns what of the price was not funded yet, or not anew after a bank took
// it back.
func (a *Agreement) Missing() lance.Money { return a.minor(a.Amount.Minor() - a.Funded.Minor()) }

// LimitAt returns when the oldest of the held money may no longer stay where it
// is; zero when nothing is held, or for ever.
func (a *Agreement) LimitAt() time.Time {
	period, limited := a.Policy.Holding.Period()
	if !limited || a.HeldSince.IsZero() {
		return time.Time{}
	}
	return a.HeldSince.Add(period)
}

// AllowedActions returns what the actor may do to the agreement now.
func (a *Agreement) AllowedActions(by lance.Actor) []Action {
	return slices.DeleteFunc(Lifecycle.Actions(a.State, a.Relations(by)...), func(do Action) bool {
		return a.guard(do, by) != nil
	})
}

// Relations returns what the actor is to the agreement: payer, payee, one who
// shares with the payee, the clock, an administrator, or, while a case has frozen
// it and when it was ruled on, an arbiter; nobody is either who has a stake. None
// means that it is not his.
func (a *Agreement) Relations(by lance.Actor) (rs []lance.Relation) {
	switch {
	case by.IsSystem():
		return []lance.Relation{lance.ByClock}
	case by.Require() != nil:
		return nil
	case by.Party == a.Payer:
		return []lance.Relation{ByPayer}
	case by.Party == a.Payee:
		return []lance.Relation{ByPayee}
	case a.shares(by.Party):
		return []lance.Relation{BySharer}
	case a.stake(lance.PartyID(by.User)):
		return nil
	}
	if by.Has(lance.RoleAdmin) {
		rs = append(rs, lance.ByAdmin)
	}
	if by.Has(lance.RoleArbiter) && (a.State == Frozen || a.State == Settled) {
		rs = append(rs, ByArbiter)
	}
	return rs
}

func (a *Agreement) shares(p lance.PartyID) bool {
	return slices.ContainsFunc(a.Payees, func(s Share) bool { return s.Party == p })
}

// stake reports whether a party pays or is paid.
func (a *Agreement) stake(p lance.PartyID) bool {
	return p == a.Payer || p == a.Payee || a.shares(p)
}

// sides returns whom the agreement concerns.
func (a *Agreement) sides() Sides {
	s := Sides{Payer: a.Payer, Payee: a.Payee}
	for _, p := range a.Payees {
		if p.Party != a.Payee {
			s.Sharers = append(s.Sharers, p.Party)
		}
	}
	return s
}

// visible reports whether the actor may see the agreement.
func (a *Agreement) visible(by lance.Actor) bool {
	return len(a.Relations(by)) > 0 || (by.Require() == nil && by.Has(lance.RoleSupport))
}

func (a *Agreement) minor(n int64) lance.Money { return lance.NewMoney(n, a.Amount.Currency()) }
