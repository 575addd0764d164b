package policy

import (
	"encoding/json"
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
	OnStart Rule = "on_start" // before work on it starts
	OnPost  Rule = "on_post"  // before the job is shown
	Off     Rule = "off"      // whenever the payer likes
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

// Document is one version of a platform's policy.
type Document struct {
	Version    int           // from 1; grows with every change
	Fees       []Component   // at most 20
	Inspection time.Duration // from submission until work counts as approved; 1 hour to 1 year
	Clearance  time.Duration // from release until the money can be withdrawn; 0 to 1 year
	Funding    Rule          // when the price has to be in escrow
}

// The bounds of a Document.
const (
	MaxFees       = 20
	MinInspection = time.Hour
	MaxPeriod     = 366 * 24 * time.Hour
)

// Default returns version 1: ten percent of what is released, borne by the
// payee; 14 days of inspection; no clearance; funding before work starts.
func Default() Document {
	return Document{
		Version:    1,
		Fees:       []Component{{Name: "service", Side: Payee, Percent: decimal.NewFromInt(10)}},
		Inspection: 14 * 24 * time.Hour,
		Funding:    OnStart,
	}
}

// wire is a Document in JSON, where periods read "336h0m0s".
type wire struct {
	Version    int         `json:"version"`
	Fees       []Component `json:"fees"`
	Inspection string      `json:"inspection"`
	Clearance  string      `json:"clearance"`
	Funding    Rule        `json:"funding"`
}

// MarshalJSON writes the document with its periods as "336h0m0s".
func (d Document) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{d.Version, d.Fees, d.Inspection.String(), d.Clearance.String(), d.Funding})
}

// UnmarshalJSON reads what MarshalJSON writes. A period that is none fails with
// Invalid "period_syntax".
func (d *Document) UnmarshalJSON(b []byte) error {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	var f lance.Faults
	period := func(pointer, s string) time.Duration {
		v, err := time.ParseDuration(s)
		if err != nil {
			f.Add(pointer, "period_syntax", "a period reads such as 336h")
		}
		return v
	}
	*d = Document{w.Version, w.Fees, period("/inspection", w.Inspection), period("/clearance", w.Clearance), w.Funding}
	return f.Err()
}
