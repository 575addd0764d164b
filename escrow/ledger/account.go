package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/megilance/lance"
)

// Kind is a line of the chart of accounts. The chart is closed: there are no
// other kinds.
type Kind string

// The chart. The comment says what Account.Owner names.
const (
	KindClearing   Kind = "clearing"   // a provider: charged, not yet settled by it
	KindCash       Kind = "cash"       // a provider: settled, with it or in a bank
	KindDisputed   Kind = "disputed"   // a provider: withheld because of chargebacks
	KindSuspense   Kind = "suspense"   // a provider: received and not yet explained
	KindReceivable Kind = "receivable" // a party: what it owes

	KindAvailable Kind = "available" // a party: may be spent now
	KindPending   Kind = "pending"   // a party: topped up, not yet confirmed
	KindClearance Kind = "clearance" // a party: released, not yet to be withdrawn
	KindPayout    Kind = "payout"    // a party: on its way out
	KindReserve   Kind = "reserve"   // a party: kept back against risk

	KindHold        Kind = "hold"        // an agreement: what it holds
	KindTax         Kind = "tax"         // a jurisdiction: owed to it
	KindWithholding Kind = "withholding" // a jurisdiction: withheld for it
	KindGuarantee   Kind = "guarantee"   // nobody: the guarantee fund

	KindFee          Kind = "fee"           // nobody: earned by fees
	KindCostProvider Kind = "cost_provider" // a provider: what it charges
	KindCostDispute  Kind = "cost_dispute"  // nobody: what disputes cost
	KindLoss         Kind = "loss"          // nobody: written off
	KindPromo        Kind = "promo"         // nobody: given away
	KindRounding     Kind = "rounding"      // nobody: what rounding leaves
	KindFXGain       Kind = "fx_gain"       // nobody: gained by conversion

	KindFXPosition Kind = "fx_position" // nobody: what conversion has taken in and given out
)

// Class says which side of the books a Kind stands on.
type Class string

// The classes.
const (
	Asset     Class = "asset"     // debits raise it
	Liability Class = "liability" // credits raise it
	Result    Class = "result"    // credits raise it: gains above zero, losses below
	Position  Class = "position"  // credits raise it
)

// rule is what the chart says about a kind.
type rule struct {
	class Class
	floor bool // whether the balance never goes below zero
	owned bool // whether an account of the kind has an owner
}

var chart = map[Kind]rule{
	KindClearing:   {Asset, false, true},
	KindCash:       {Asset, false, true},
	KindDisputed:   {Asset, false, true},
	KindSuspense:   {Asset, false, true},
	KindReceivable: {Asset, true, true},

	KindAvailable:   {Liability, true, true},
	KindPending:     {Liability, true, true},
	KindClearance:   {Liability, true, true},
	KindPayout:      {Liability, true, true},
	KindReserve:     {Liability, true, true},
	KindHold:        {Liability, true, true},
	KindTax:         {Liability, false, true},
	KindWithholding: {Liability, false, true},
	KindGuarantee:   {Liability, true, false},

	KindFee:          {Result, false, false},
	KindCostProvider: {Result, false, true},
	KindCostDispute:  {Result, false, false},
	KindLoss:         {Result, false, false},
	KindPromo:        {Result, false, false},
	KindRounding:     {Result, false, false},
	KindFXGain:       {Result, false, false},

	KindFXPosition: {Position, false, false},
}

// Kinds returns the whole chart in alphabetical order.
func Kinds() []Kind { return slices.Sorted(maps.Keys(chart)) }

// Class returns the side of the books; "" for a kind that is not in the chart.
func (k Kind) Class() Class { return chart[k].class }

// Floor reports whether a balance of this kind never goes below zero.
func (k Kind) Floor() bool { return chart[k].floor }

// Lots reports whether the kind's balances are made up of lots: liabilities
// with a floor.
func (k Kind) Lots() bool { return chart[k].floor && chart[k].class == Liability }

// Account is one account of the chart: a kind, whose it is, and its currency.
// It exists by being named; nothing opens or closes it.
type Account struct {
	Kind     Kind
	Owner    string // as the kind says; empty where it says nobody
	Currency lance.Currency
}

// Available is what a party may spend now.
func Available(p lance.PartyID, c lance.Currency) Account { return of(KindAvailable, p, c) }

// Pending is what a party has topped up and the provider has not confirmed yet.
func Pending(p lance.PartyID, c lance.Currency) Account { return of(KindPending, p, c) }

// Clearance is what was released to a party and cannot be withdrawn yet.
func Clearance(p lance.PartyID, c lance.Currency) Account { return of(KindClearance, p, c) }

// Payout is what is on its way out to a party.
func Payout(p lance.PartyID, c lance.Currency) Account { return of(KindPayout, p, c) }

// Reserve is what is kept back from a party against risk.
func Reserve(p lance.PartyID, c lance.Currency) Account { return of(KindReserve, p, c) }

// Receivable is what a party owes the platform.
func Receivable(p lance.PartyID, c lance.Currency) Account { return of(KindReceivable, p, c) }

// Hold is what an agreement holds.
func Hold(agreement string, c lance.Currency) Account { return of(KindHold, agreement, c) }

// Clearing is what a provider has charged and not settled yet.
func Clearing(provider string, c lance.Currency) Account { return of(KindClearing, provider, c) }

// Cash is what a provider has settled.
func Cash(provider string, c lance.Currency) Account { return of(KindCash, provider, c) }

// Disputed is what a provider withholds because of chargebacks.
func Disputed(provider string, c lance.Currency) Account { return of(KindDisputed, provider, c) }

// Suspense is what came from a provider and is not explained yet.
func Suspense(provider string, c lance.Currency) Account { return of(KindSuspense, provider, c) }

// Tax is what is owed to a jurisdiction.
func Tax(jurisdiction string, c lance.Currency) Account { return of(KindTax, jurisdiction, c) }

// Withholding is what was withheld for a jurisdiction.
func Withholding(jurisdiction string, c lance.Currency) Account {
	return of(KindWithholding, jurisdiction, c)
}

// Guarantee is the guarantee fund.
func Guarantee(c lance.Currency) Account { return of(KindGuarantee, "", c) }

// Fee is what the platform has earned by fees.
func Fee(c lance.Currency) Account { return of(KindFee, "", c) }

// CostProvider is what a provider's services have cost, below zero.
func CostProvider(provider string, c lance.Currency) Account {
	return of(KindCostProvider, provider, c)
}

// CostDispute is what disputes have cost, below zero.
func CostDispute(c lance.Currency) Account { return of(KindCostDispute, "", c) }

// Loss is what was written off, below zero.
func Loss(c lance.Currency) Account { return of(KindLoss, "", c) }

// Promo is what was given away, below zero.
func Promo(c lance.Currency) Account { return of(KindPromo, "", c) }

// Rounding is what rounding has left over.
func Rounding(c lance.Currency) Account { return of(KindRounding, "", c) }

// FXGain is what conversions have gained.
func FXGain(c lance.Currency) Account { return of(KindFXGain, "", c) }

// FXPosition is what conversions have given out of this currency, above zero, or
// taken in, below.
func FXPosition(c lance.Currency) Account { return of(KindFXPosition, "", c) }

func of[O ~string](k Kind, owner O, c lance.Currency) Account { return Account{k, string(owner), c} }

// String returns "kind:currency:owner", which ParseAccount reads and by which
// accounts are ordered and kept.
func (a Account) String() string {
	return string(a.Kind) + ":" + a.Currency.Code() + ":" + a.Owner
}

// ParseAccount reads what String wrote. It fails with Invalid "account_syntax"
// or as Check does.
func ParseAccount(s string) (Account, error) {
	kind, rest, ok := strings.Cut(s, ":")
	cur, own, found := strings.Cut(rest, ":")
	if !ok || !found {
		return Account{}, lance.E(lance.Invalid, "account_syntax", "an account is a kind, a currency and an owner")
	}
	c, err := lance.ParseCurrency(cur)
	if err != nil {
		return Account{}, err
	}
	a := Account{Kind(kind), own, c}
	return a, a.Check()
}

// Check reports whether the account is in the chart; otherwise it fails with
// Invalid "account_kind", "account_owner" or "currency_unknown".
func (a Account) Check() error {
	r, ok := chart[a.Kind]
	if !ok {
		return lance.E(lance.Invalid, "account_kind", "there is no such kind of account")
	}
	if a.Currency.IsZero() {
		return lance.E(lance.Invalid, "currency_unknown", "an account has a currency")
	}
	if !r.owned && a.Owner != "" || r.owned && lance.PartyID(a.Owner).Check() != nil {
		return lance.E(lance.Invalid, "account_owner", "an account of this kind belongs to somebody else")
	}
	return nil
}

// Compare orders accounts by their strings: the order in which balances are
// locked.
func (a Account) Compare(b Account) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Currency.Code(), b.Currency.Code()), cmp.Compare(a.Owner, b.Owner))
}

// sign returns +1 when a credit raises the balance and -1 when a debit does.
func (a Account) sign() int64 {
	if a.Kind.Class() == Asset {
		return -1
	}
	return 1
}
