package policy

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
)

// Side says who bears a fee.
type Side string

// The sides.
const (
	Payer Side = "payer" // pays it on top of the price
	Payee Side = "payee" // has it taken from what he is paid
)

// Rule says when the price has to be in escrow.
type Rule string

// The rules of funding.
const (
	OnStart Rule = "on_start" // before work is submitted
	OnPost  Rule = "on_post"  // the payer has it before the job is shown, and it is held before work is submitted
	Off     Rule = "off"      // whenever the payer likes; unfunded work is not released by itself
)

// Outcome says where money goes by itself when nobody decides.
type Outcome string

// The outcomes.
const (
	ToPayer Outcome = "refund"  // back to the payer
	ToPayee Outcome = "release" // to the payee
	Keep    Outcome = "keep"    // it stays where it is: only for a refund that was asked
)

// FeeRule says what becomes of the payer's fee on money that goes back to him.
type FeeRule string

// The rules of refunded fees.
const (
	ReturnFees FeeRule = "return" // it goes back with the money
	KeepFees   FeeRule = "keep"   // the platform has earned it
)

// Component is one fee. It is Percent of what was released plus Fixed, at least
// Min and at most Max. A component that has amounts speaks of their currency
// alone; components of the same name and side are one fee in several currencies.
type Component struct {
	Name    string          `json:"name"`           // one line of 1 to 40 characters
	Side    Side            `json:"side"`           // who bears it
	Percent decimal.Decimal `json:"percent"`        // 10 is ten percent; 0 to 100, at most 4 decimals
	Fixed   lance.Money     `json:"fixed,omitzero"` // once per agreement; the zero Money: none
	Min     lance.Money     `json:"min,omitzero"`   // of the whole fee; the zero Money: none
	Max     lance.Money     `json:"max,omitzero"`   // of the whole fee; the zero Money: no limit
}

// Tax is what a jurisdiction takes on all fees of one side, on top of them and
// borne by the same side.
type Tax struct {
	Side         Side            `json:"side"`         // whose fees are taxed; at most one tax per side
	Jurisdiction string          `json:"jurisdiction"` // whom it is owed to: one line of 1 to 40 characters, such as "DE"
	Percent      decimal.Decimal `json:"percent"`      // of the fee; above 0, at most 100, at most 4 decimals
}

// Refunds is what happens when the payer asks money back.
type Refunds struct {
	Answer  time.Duration // how long the payee has to answer; 1 hour to 1 year
	Silence Outcome       // what an unanswered request becomes: ToPayer or Keep
	Asks    int           // how often he may ask in one agreement; 1 to 20
	Fees    FeeRule       // what becomes of his fees on what goes back
}

// Silence says what becomes of a case to which the other party does not respond.
type Silence string

// What silence means.
const (
	Grant    Silence = "grant"    // the claim of who opened the case is granted
	Escalate Silence = "escalate" // an arbiter decides without the other party's word
)

// Dispute is what package dispute goes by: how long each stage takes at most, and
// what happens when it is over and nobody has decided.
type Dispute struct {
	Response    time.Duration // for the other party's first answer; 1 hour to 1 year, as all stages
	Negotiation time.Duration // between the parties
	Mediation   time.Duration // with a mediator
	Arbitration time.Duration // until the arbiter rules
	Appeal      time.Duration // from a ruling that may be appealed until it is carried out
	Warning     time.Duration // how long before a stage ends it is said that it does; 0: never, to 1 year
	Silence     Silence       // what becomes of a case without a response
	Default     Outcome       // ToPayer or ToPayee, for all that is held, where no ruling comes
	Appeals     int           // how many rulings may be appealed; 0 or 1
	Cases       int           // how many cases each party may open in one agreement, one after the other; 1 to 20
}

// Document is one version of a platform's policy.
type Document struct {
	Version    int           // from 1; grows with every change
	Fees       []Component   // at most 20
	Taxes      []Tax         // on fees; at most one per side
	Inspection time.Duration // from submission until work counts as approved; 1 hour to 1 year
	Reminder   time.Duration // how long before the inspection is over the payer is reminded; below it, 0: he is not
	Changes    int           // how often the payer may request changes, unless the agreement says so itself; 0 to 100, 0: as often as he likes
	Clearance  time.Duration // from release until the money can be withdrawn; 0 to 1 year
	Funding    Rule          // when the price has to be in escrow
	Refunds    Refunds       // when the payer asks money back
	Amendment  time.Duration // how long a proposed change of the price stands; 1 hour to 1 year
	Holding    Holding       // where held money is, and how long it may stay there
	Dispute    Dispute       // how a dispute goes on by itself
	Guarantee  Guarantee     // what payers may claim back after a release; the zero value: nothing
}

// The bounds of a Document, and of a plan under it.
const (
	MaxFees       = 20
	MaxAsks       = 20
	MaxCases      = 20
	MaxChanges    = 100
	MinInspection = time.Hour
	MaxPeriod     = 366 * 24 * time.Hour
	MaxLimits     = 50
	MaxLimit      = 2 * MaxPeriod
	MaxStages     = 50 // of the plan that is offered for one that does not fit
)

const day = 24 * time.Hour

// Default returns version 2: ten percent of what is released, borne by the
// payee; 14 days of inspection, of which the payer is reminded 3 days before they
// are over; changes requested 10 times at most; no clearance; funding before work is submitted; a
// refund that was asked and not answered within 7 days is made, three times at
// most; an amendment stands for 7 days; held money is in the platform's balance,
// where it may stay 90 days and then goes back, with a warning 7 days before; a
// dispute takes 3, 5, 7 and 14 days, with a warning a day before each stage ends,
// silence grants the claim, without a ruling the money goes back, one ruling may be
// appealed within 5 days, and each party may open 3 cases. Version 1 had neither
// the reminder nor the warning in disputes, and counted no requests for changes.
// There is no guarantee.
func Default() Document {
	return Document{
		Version:    2,
		Fees:       []Component{{Name: "service", Side: Payee, Percent: decimal.NewFromInt(10)}},
		Inspection: 14 * day,
		Reminder:   3 * day,
		Changes:    10,
		Funding:    OnStart,
		Refunds:    Refunds{Answer: 7 * day, Silence: ToPayer, Asks: 3, Fees: ReturnFees},
		Amendment:  7 * day,
		Holding:    Holding{Place: PlatformBalance, Limits: Limits(), Warning: 7 * day, Then: ToPayer},
		Dispute: Dispute{
			Response: 3 * day, Negotiation: 5 * day, Mediation: 7 * day, Arbitration: 14 * day, Appeal: 5 * day, Warning: day,
			Silence: Grant, Default: ToPayer, Appeals: 1, Cases: 3,
		},
	}
}
