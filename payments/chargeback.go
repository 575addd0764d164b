package payments

import (
	"fmt"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// ChargebackID names a chargeback: "cbk_…".
type ChargebackID string

// Chargeback is a charge, or a part of one, that the payer's bank takes back. The
// provider withholds the amount at once; what it paid for is set aside or frozen
// until it is said how it ended.
type Chargeback struct {
	ID          ChargebackID
	TopUp       TopUpID       // whose charge
	Party       lance.PartyID // who was charged
	Provider    string
	ProviderRef string      // the provider's name of it
	Amount      lance.Money // never changes; all chargebacks of a top-up that were not won sum to no more than that
	Fee         lance.Money // what the provider took for it, whatever the outcome
	State       ChargebackState
	Code        string      // why, as the bank says: lower-case letters, digits and underscores
	Parts       []Part      // where the money is; they sum to Amount
	Losses      Losses      // the rules when it was opened
	Owed        lance.Money // when lost: what parties came to owe for it
	Loss        lance.Money // when lost: what fell on the platform at once, its own fees aside
	AnswerBy    time.Time   // until when evidence has to be with the provider; zero when that is unknown
	WarnedAt    time.Time   // when it was said that nobody says how it ended
	CreatedAt   time.Time   // UTC
	UpdatedAt   time.Time   // UTC
	EndedAt     time.Time   // won or lost, the last time
	Version     int64
}

// PartKind says where a part of the money that is charged back is.
type PartKind string

// The kinds of parts.
const (
	PartWallet PartKind = "wallet" // the payer has it yet: set aside
	PartHeld   PartKind = "held"   // an agreement holds it, which is frozen
	PartEarned PartKind = "earned" // a payee was paid it: what he has of it yet is set aside if it would fall on him
	PartFee    PartKind = "fee"    // the platform's fee, which it gives back
	PartTax    PartKind = "tax"    // the tax on that
	PartGone   PartKind = "gone"   // the payer has withdrawn or spent it otherwise

	PartGuaranteed PartKind = "guaranteed" // an agreement has released it, and the guarantee fund has given the payer as much: nobody has the same money back twice
)

// Part is a part of the money that is charged back.
type Part struct {
	Kind         PartKind      `json:"kind"`
	Agreement    escrow.ID     `json:"agreement,omitempty"`    // which holds or has released it
	Payee        lance.PartyID `json:"payee,omitempty"`        // who has earned it
	Jurisdiction string        `json:"jurisdiction,omitempty"` // of a tax
	Bearer       lance.PartyID `json:"bearer,omitempty"`       // on whom it falls when it is lost and was not kept; empty: the platform
	Amount       lance.Money   `json:"amount"`
	Aside        lance.Money   `json:"aside"` // of that, what is set aside in the bearer's reserve now
}

// Ref names the chargeback in the log, in timers, in the ledger and as the case of
// agreements that it has frozen.
func (c *Chargeback) Ref() lance.Ref { return chargebackRef(c.ID) }

func chargebackRef(id ChargebackID) lance.Ref { return lance.Ref{Kind: chargebackNoun, ID: string(id)} }

// bank keeps the chargebacks: nobody else ends what they have frozen.
type bank struct{}

var bankKeeper = escrow.KeeperOf[bank]()

// stronger is the chargeback to a case that waits for it.
func (c *Chargeback) stronger() dispute.Stronger {
	return dispute.Stronger{About: c.Ref(), Keeper: bankKeeper}
}

// payerRef is locked by whoever changes chargebacks of a party.
func payerRef(p lance.PartyID) lance.Ref { return lance.Ref{Kind: "chargebacks", ID: string(p)} }

// AllowedActions returns what the actor may do to the chargeback now.
func (c *Chargeback) AllowedActions(by lance.Actor) []ChargebackAction {
	return ChargebackLifecycle.Actions(c.State, c.relations(by)...)
}

// relations are what an actor is to the chargeback: an administrator whom it does
// not concern.
func (c *Chargeback) relations(by lance.Actor) []lance.Relation {
	if !by.Has(lance.RoleAdmin) || c.concerns(by.Party) || c.concerns(lance.PartyID(by.User)) {
		return nil
	}
	return []lance.Relation{lance.ByAdmin}
}

// Parties returns whom the chargeback concerns: who was charged, and the payees
// who have earned of it.
func (c *Chargeback) Parties() []lance.PartyID {
	out := []lance.PartyID{c.Party}
	for _, p := range c.Parts {
		if p.Payee != "" && !slices.Contains(out, p.Payee) {
			out = append(out, p.Payee)
		}
	}
	return out
}

func (c *Chargeback) concerns(p lance.PartyID) bool { return slices.Contains(c.Parties(), p) }

// shownTo returns what an actor sees of the chargeback, nil for nothing: a party
// the parts that are its own, and not what others owe or the platform bears.
func (c *Chargeback) shownTo(by lance.Actor) *Chargeback {
	switch {
	case mine(by, ""):
		return c
	case !c.concerns(by.Party):
		return nil
	}
	own := *c
	own.Fee, own.Owed, own.Loss = c.minor(0), c.minor(0), c.minor(0)
	own.Parts = slices.DeleteFunc(slices.Clone(c.Parts), func(p Part) bool { return p.of(c) != by.Party })
	return &own
}

// of returns whose money a part is, or was.
func (p *Part) of(c *Chargeback) lance.PartyID {
	switch p.Kind {
	case PartEarned:
		return p.Payee
	case PartWallet, PartHeld, PartGuaranteed, PartGone:
		return c.Party
	case PartFee, PartTax:
	}
	return ""
}

func (c *Chargeback) minor(n int64) lance.Money { return lance.NewMoney(n, c.Amount.Currency()) }

// Bearer says on whom falls what payees have earned with money that was charged
// back.
type Bearer string

// The bearers.
const (
	BearPayee    Bearer = "payee"    // who has earned it
	BearPayer    Bearer = "payer"    // whose charge it was
	BearPlatform Bearer = "platform" // the platform: payees keep what they have earned
)

// Losses says what happens with what a lost chargeback leaves. The zero value
// takes the defaults.
type Losses struct {
	Bearer   Bearer         `json:"bearer"`    // of what was released; default BearPayee
	Fees     policy.FeeRule `json:"fees"`      // whether the platform returns its fees on that, or the bearer bears them too; default policy.ReturnFees
	WriteOff time.Duration  `json:"write_off"` // how long a debt is netted before it is written off; default 180 days, at most MaxPeriod
	Timeout  time.Duration  `json:"timeout"`   // how long a provider may take until operators are warned; default 120 days, at most MaxPeriod
	Lapse    time.Duration  `json:"lapse"`     // how long after that it counts as lost; default 60 days, at most MaxPeriod
}

// MaxPeriod bounds the periods of Losses.
const MaxPeriod = policy.MaxPeriod

// filled returns the losses with their defaults.
func (l Losses) filled() Losses {
	const day = 24 * time.Hour
	or := func(d *time.Duration, fallback time.Duration) {
		if *d == 0 {
			*d = fallback
		}
	}
	if l.Bearer == "" {
		l.Bearer = BearPayee
	}
	if l.Fees == "" {
		l.Fees = policy.ReturnFees
	}
	or(&l.WriteOff, 180*day)
	or(&l.Timeout, 120*day)
	or(&l.Lapse, 60*day)
	return l
}

// check collects what is wrong with filled losses.
func (l Losses) check(f *lance.Faults) {
	if !slices.Contains([]Bearer{BearPayee, BearPayer, BearPlatform}, l.Bearer) {
		f.Add("/losses/bearer", "bearer_unknown", "losses fall on the payee, the payer or the platform")
	}
	if l.Fees != policy.ReturnFees && l.Fees != policy.KeepFees {
		f.Add("/losses/fees", "fee_rule_unknown", "the fee on a loss is returned or kept")
	}
	for at, d := range map[string]time.Duration{"write_off": l.WriteOff, "timeout": l.Timeout, "lapse": l.Lapse} {
		if d < time.Hour || d > MaxPeriod {
			f.Add("/losses/"+at, "period_range", "this takes an hour to a year")
		}
	}
}

// bearer returns on whom falls what a payee has earned.
func (c *Chargeback) bearer(payee lance.PartyID) lance.PartyID {
	switch c.Losses.Bearer {
	case BearPayee:
		return payee
	case BearPayer:
		return c.Party
	case BearPlatform:
	}
	return ""
}

// move makes a transfer of the chargeback; the step is made once in each version of
// it. Money of parties is that of the lot, if one is named.
func (c *Chargeback) move(step string, n int, code ledger.Code, from, to ledger.Account, amount lance.Money, lot ledger.LotID) ledger.Transfer {
	t := ledger.Transfer{
		ID: ledger.TransferIDFor(c.Ref(), fmt.Sprintf("%s/%d", step, c.Version), n), Code: code, Debit: from, Credit: to, Amount: amount, Subject: c.Ref(),
	}
	if lot != "" {
		t.Lots = []ledger.LotShare{{Lot: lot, Amount: amount}}
	}
	return t
}
