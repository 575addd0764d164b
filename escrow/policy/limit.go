package policy

import (
	"errors"
	"strconv"
	"time"

	"github.com/megilance/lance"
)

// Place is where held money really is. How long it may stay there is not ours to
// say: a card's bank, a provider or a law does.
type Place string

// The places.
const (
	CardAuthorisation Place = "card_authorisation" // reserved on the payer's card and not captured yet
	PlatformBalance   Place = "platform_balance"   // captured, in the platform's balance with its provider
	ConnectedBalance  Place = "connected_balance"  // in the payee's balance with the provider, payouts by hand
	RefundWindow      Place = "refund_window"      // anywhere: until when it can go back the way it came
)

// Limit says how long money may stay in a place, counted from when it was
// charged.
type Limit struct {
	Place   Place
	Country string        // of the balance, as ISO 3166 has it, such as "TH"; empty: any that has no line of its own
	Period  time.Duration // above 0, at most 2 years
}

// Limits returns what is usual: 7 days for a card authorisation, 90 days for a
// platform's balance, for a connected one 90 days, in Thailand 10 and in the
// United States 2 years, and 180 days for a refund. A contract with a provider
// may say otherwise.
func Limits() []Limit {
	return []Limit{
		{CardAuthorisation, "", 7 * day},
		{PlatformBalance, "", 90 * day},
		{ConnectedBalance, "", 90 * day},
		{ConnectedBalance, "TH", 10 * day},
		{ConnectedBalance, "US", 2 * 365 * day},
		{RefundWindow, "", 180 * day},
	}
}

// Holding says where held money is and what happens before it may no longer stay.
type Holding struct {
	Place   Place         // any but RefundWindow
	Country string        // of the balance; empty: not known
	Limits  []Limit       // at most 50, one per place and country; one of them for Place
	Warning time.Duration // how long before the limit the engine warns; 0 to 1 year
	Then    Outcome       // ToPayer or ToPayee: where the money goes at the limit
}

// Period returns how long held money may stay where it is, from when it was
// charged, and whether there is a limit. Where the money is to go back at the
// limit, the window for refunds counts as well.
func (h Holding) Period() (time.Duration, bool) {
	period, limited := h.of(h.Place)
	if h.Then != ToPayer {
		return period, limited
	}
	if window, also := h.of(RefundWindow); also && (!limited || window < period) {
		return window, true
	}
	return period, limited
}

// of returns the limit of a place in the country, else anywhere.
func (h Holding) of(p Place) (period time.Duration, limited bool) {
	for _, l := range h.Limits {
		switch {
		case l.Place != p:
		case l.Country == h.Country:
			return l.Period, true
		case l.Country == "":
			period, limited = l.Period, true
		}
	}
	return period, limited
}

func (h Holding) check(f *lance.Faults) {
	if h.Place != CardAuthorisation && h.Place != PlatformBalance && h.Place != ConnectedBalance {
		f.Add("/holding/place", "place_unknown", "there is no such place to hold money in")
	}
	if h.Country != "" && !country(h.Country) {
		f.Add("/holding/country", "country_syntax", "a country is two capital letters")
	}
	checkPeriod(f, "/holding/warning", h.Warning, 0)
	if h.Then != ToPayer && h.Then != ToPayee {
		f.Add("/holding/then", "outcome_unknown", "money goes to the payer or to the payee")
	}
	if len(h.Limits) > MaxLimits {
		f.Add("/holding/limits", "too_many", "a document has at most 50 limits")
		return
	}
	if _, limited := h.Period(); !limited {
		f.Add("/holding/limits", "limit_required", "held money has a limit where it is, or it could stay for ever")
	}
	type key struct {
		place   Place
		country string
	}
	seen := map[key]bool{}
	for i, l := range h.Limits {
		at := "/holding/limits/" + strconv.Itoa(i)
		if l.Place != RefundWindow && l.Place != CardAuthorisation && l.Place != PlatformBalance && l.Place != ConnectedBalance {
			f.Add(at+"/place", "place_unknown", "there is no such place to hold money in")
		}
		if l.Country != "" && !country(l.Country) {
			f.Add(at+"/country", "country_syntax", "a country is two capital letters")
		}
		if l.Period <= 0 || l.Period > MaxLimit || l.Period%time.Second != 0 {
			f.Add(at+"/period", "period_range", "a limit takes whole seconds, at most two years")
		}
		if seen[key{l.Place, l.Country}] {
			f.Add(at, "limit_taken", "another limit speaks of this place and country")
		}
		seen[key{l.Place, l.Country}] = true
	}
}

func country(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// Stage is one of several agreements that follow each other in place of one that
// would hold its money too long.
type Stage struct {
	Amount lance.Money   `json:"amount"`
	Work   time.Duration `json:"work"` // until it is submitted, in nanoseconds
}

// Staged is the fault of a plan that does not fit, with one that does: each stage
// is funded when the one before it has ended. Stages is empty when none fits, since
// inspection alone takes as long as the money may stay, or more than MaxStages would
// be needed, or more than the price has minor units.
type Staged struct{ Stages []Stage }

// Error says that the plan does not fit.
func (s *Staged) Error() string {
	if len(s.Stages) == 0 {
		return "held money may not stay so long, and no stages would fit"
	}
	return "held money may not stay so long: " + strconv.Itoa(len(s.Stages)) + " stages would fit"
}

// StagesOf returns the plan that would fit instead of the one that an agreement
// was refused for with "limit_exceeded".
func StagesOf(err error) ([]Stage, bool) {
	s, ok := errors.AsType[*Staged](err)
	if !ok {
		return nil, false
	}
	return s.Stages, true
}

// Fit reports whether money that is charged now may stay until the work is
// submitted and inspected. Otherwise it fails with Invalid "limit_exceeded" and
// the stages that would fit, which StagesOf returns: their amounts and their work
// sum to those given; and with "period_range" at /work or /inspection for a period
// that no agreement has.
func (d Document) Fit(price lance.Money, work, inspection time.Duration) error {
	var f lance.Faults
	checkPeriod(&f, "/work", work, 0)
	checkPeriod(&f, "/inspection", inspection, MinInspection)
	if err := f.Err(); err != nil {
		return err
	}
	period, limited := d.Holding.Period()
	if !limited || work+inspection < period {
		return nil
	}
	room := (period - inspection - 1).Truncate(time.Second)
	if room <= 0 {
		return exceeded("/inspection", &Staged{})
	}
	n := int64((work + room - 1) / room)
	if n > min(price.Minor(), MaxStages) {
		return exceeded("/work", &Staged{})
	}
	weights := make([]int64, n)
	for i := range weights {
		weights[i] = 1
	}
	amounts, err := price.Allocate(weights...)
	if err != nil {
		return err
	}
	s := &Staged{Stages: make([]Stage, n)}
	for i := range s.Stages {
		s.Stages[i] = Stage{amounts[i], min(room, work-time.Duration(i)*room)}
	}
	return exceeded("/work", s)
}

func exceeded(pointer string, s *Staged) error {
	var f lance.Faults
	f.Add(pointer, "limit_exceeded", "held money may not stay where it is for as long as this takes")
	e, _ := errors.AsType[*lance.Error](f.Err())
	return e.Cause(s)
}
