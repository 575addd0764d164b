package policy

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
)

// Judge says who decides about a claim.
type Judge string

// The judges. Neither has a stake, nor has acted on the agreement.
const (
	JudgeArbiter Judge = "arbiter" // an arbiter who takes the claim or is assigned
	JudgeAdmin   Judge = "admin"   // any administrator
)

// Guarantee is what a platform promises payers: that they get back of what was
// released, from what the agreement holds yet or else from the guarantee fund. With
// the zero value there is none.
type Guarantee struct {
	Window   time.Duration   // from the last release until a claim has to be made, 1 hour to 1 year; 0: there is no guarantee, and nothing else here counts
	Share    decimal.Decimal // how much of what was released is covered: 100 is all of it; above 0, at most 100, at most 4 decimals
	Caps     []lance.Money   // the most that one claim gives, one per currency, above zero; in other currencies there is no cap. At most 20
	Claims   int             // how many claims a payer may make in one agreement, one after the other; 1 to 20
	Judge    Judge           // who decides
	Decision time.Duration   // how long he has; 1 hour to 1 year
	Silence  Outcome         // what becomes of a claim that nobody has decided by then: ToPayer grants it, Keep rejects it
	Bearer   Side            // Payee: what the fund gives, the payee owes, less the fee he has borne on it; empty: the fund bears it
	WriteOff time.Duration   // how long he owes it until it is written off, 1 hour to 1 year; where Bearer is Payee
}

// On reports whether there is a guarantee.
func (g Guarantee) On() bool { return g.Window > 0 }

// Covered returns how much of what was released is covered, rounded down. It fails
// with Invalid "money_overflow".
func (g Guarantee) Covered(released lance.Money) (lance.Money, error) {
	return released.Mul(g.Share.Shift(-2), lance.Down)
}

// Cap returns the most that one claim gives in a currency, and whether there is one.
func (g Guarantee) Cap(c lance.Currency) (lance.Money, bool) {
	for _, m := range g.Caps {
		if m.Currency() == c {
			return m, true
		}
	}
	return lance.Money{}, false
}

func (g Guarantee) check(f *lance.Faults) {
	if g.Window == 0 {
		return
	}
	checkPeriod(f, "/guarantee/window", g.Window, time.Hour)
	checkPeriod(f, "/guarantee/decision", g.Decision, time.Hour)
	checkPercent(f, "/guarantee/share", g.Share)
	if g.Share.IsZero() {
		f.Add("/guarantee/share", "percent_range", "a share is above nothing")
	}
	g.checkCaps(f)
	if g.Claims < 1 || g.Claims > MaxCases {
		f.Add("/guarantee/claims", "claims_range", "a payer may claim 1 to 20 times")
	}
	if g.Judge != JudgeArbiter && g.Judge != JudgeAdmin {
		f.Add("/guarantee/judge", "judge_unknown", "a claim is decided by an arbiter or an administrator")
	}
	if g.Silence != ToPayer && g.Silence != Keep {
		f.Add("/guarantee/silence", "outcome_unknown", "silence grants a claim or rejects it")
	}
	if g.Bearer == Payee {
		checkPeriod(f, "/guarantee/write_off", g.WriteOff, time.Hour)
	} else if g.Bearer != "" {
		f.Add("/guarantee/bearer", "side_unknown", "what is given back the payee owes, or nobody")
	}
}

func (g Guarantee) checkCaps(f *lance.Faults) {
	if len(g.Caps) > MaxFees {
		f.Add("/guarantee/caps", "too_many", "a guarantee has at most 20 caps")
		return
	}
	seen := map[lance.Currency]bool{}
	for i, m := range g.Caps {
		at := "/guarantee/caps/" + strconv.Itoa(i)
		f.Check(at, lance.RequirePositive(m))
		if seen[m.Currency()] {
			f.Add(at, "currency_taken", "a currency has one cap")
		}
		seen[m.Currency()] = true
	}
}

// wireGuarantee is a Guarantee in JSON; all of it is absent where there is none.
type wireGuarantee struct {
	Window   string          `json:"window"`
	Share    decimal.Decimal `json:"share"`
	Caps     []lance.Money   `json:"caps,omitempty"`
	Claims   int             `json:"claims"`
	Judge    Judge           `json:"judge"`
	Decision string          `json:"decision"`
	Silence  Outcome         `json:"silence"`
	Bearer   Side            `json:"bearer,omitempty"`
	WriteOff string          `json:"write_off,omitempty"`
}

// MarshalJSON writes the guarantee with its periods as "336h0m0s"; null where there is
// none.
func (g Guarantee) MarshalJSON() ([]byte, error) { return json.Marshal(g.wire()) }

// UnmarshalJSON reads what MarshalJSON writes. A period that is none fails with Invalid
// "period_syntax".
func (g *Guarantee) UnmarshalJSON(b []byte) error {
	var w *wireGuarantee
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	var f lance.Faults
	*g = w.guarantee(reading(&f))
	return f.Err()
}

func (g Guarantee) wire() *wireGuarantee {
	if !g.On() {
		return nil
	}
	w := &wireGuarantee{
		Window: g.Window.String(), Share: g.Share, Caps: g.Caps, Claims: g.Claims, Judge: g.Judge,
		Decision: g.Decision.String(), Silence: g.Silence, Bearer: g.Bearer,
	}
	if g.WriteOff != 0 {
		w.WriteOff = g.WriteOff.String()
	}
	return w
}

// guarantee is what the wire says; period reads what is one, and notes what is not.
func (w *wireGuarantee) guarantee(period func(pointer, s string) time.Duration) Guarantee {
	if w == nil {
		return Guarantee{}
	}
	g := Guarantee{
		Window: period("/guarantee/window", w.Window), Share: w.Share, Caps: w.Caps, Claims: w.Claims, Judge: w.Judge,
		Decision: period("/guarantee/decision", w.Decision), Silence: w.Silence, Bearer: w.Bearer,
	}
	if w.WriteOff != "" {
		g.WriteOff = period("/guarantee/write_off", w.WriteOff)
	}
	return g
}
