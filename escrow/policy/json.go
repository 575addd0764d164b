package policy

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/megilance/lance"
)

// wire is a Document in JSON, where periods read "336h0m0s".
type wire struct {
	Version    int         `json:"version"`
	Fees       []Component `json:"fees"`
	Taxes      []Tax       `json:"taxes,omitempty"`
	Inspection string      `json:"inspection"`
	Reminder   string      `json:"reminder"`
	Changes    int         `json:"changes"`
	Clearance  string      `json:"clearance"`
	Funding    Rule        `json:"funding"`
	Refunds    wireRefunds `json:"refunds"`
	Amendment  string      `json:"amendment"`
	Holding    wireHolding `json:"holding"`
	Dispute    wireDispute `json:"dispute"`

	Guarantee *wireGuarantee `json:"guarantee,omitempty"`
}

type wireRefunds struct {
	Answer  string  `json:"answer"`
	Silence Outcome `json:"silence"`
	Asks    int     `json:"asks"`
	Fees    FeeRule `json:"fees"`
}

type wireHolding struct {
	Place   Place       `json:"place"`
	Country string      `json:"country,omitempty"`
	Limits  []wireLimit `json:"limits"`
	Warning string      `json:"warning"`
	Then    Outcome     `json:"then"`
}

type wireLimit struct {
	Place   Place  `json:"place"`
	Country string `json:"country,omitempty"`
	Period  string `json:"period"`
}

type wireDispute struct {
	Response    string  `json:"response"`
	Negotiation string  `json:"negotiation"`
	Mediation   string  `json:"mediation"`
	Arbitration string  `json:"arbitration"`
	Appeal      string  `json:"appeal"`
	Warning     string  `json:"warning"`
	Silence     Silence `json:"silence"`
	Default     Outcome `json:"default"`
	Appeals     int     `json:"appeals"`
	Cases       int     `json:"cases"`
}

func (d Document) wire() wire {
	w := wire{
		Version: d.Version, Fees: d.Fees, Taxes: d.Taxes, Inspection: d.Inspection.String(), Reminder: d.Reminder.String(), Changes: d.Changes,
		Clearance: d.Clearance.String(), Funding: d.Funding, Amendment: d.Amendment.String(),
		Refunds: wireRefunds{d.Refunds.Answer.String(), d.Refunds.Silence, d.Refunds.Asks, d.Refunds.Fees},
		Holding: wireHolding{d.Holding.Place, d.Holding.Country, []wireLimit{}, d.Holding.Warning.String(), d.Holding.Then},
		Dispute: wireDispute{
			d.Dispute.Response.String(), d.Dispute.Negotiation.String(), d.Dispute.Mediation.String(), d.Dispute.Arbitration.String(),
			d.Dispute.Appeal.String(), d.Dispute.Warning.String(), d.Dispute.Silence, d.Dispute.Default, d.Dispute.Appeals, d.Dispute.Cases,
		},
		Guarantee: d.Guarantee.wire(),
	}
	for _, l := range d.Holding.Limits {
		w.Holding.Limits = append(w.Holding.Limits, wireLimit{l.Place, l.Country, l.Period.String()})
	}
	return w
}

// MarshalJSON writes the document with its periods as "336h0m0s".
func (d Document) MarshalJSON() ([]byte, error) { return json.Marshal(d.wire()) }

// UnmarshalJSON reads what MarshalJSON writes; of refunds, amendment, holding and
// dispute what is absent is taken from Default. Without a reminder, a warning in
// disputes, a bound of changes, or a guarantee, there is none: a document that was
// written before there were any means what it meant then. A period that is none fails
// with Invalid "period_syntax".
func (d *Document) UnmarshalJSON(b []byte) error {
	std := Default().wire()
	w := wire{Reminder: "0s", Refunds: std.Refunds, Amendment: std.Amendment, Holding: std.Holding, Dispute: std.Dispute}
	w.Holding.Limits, w.Dispute.Warning = nil, "0s"
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	if w.Holding.Limits == nil {
		w.Holding.Limits = std.Holding.Limits
	}
	var f lance.Faults
	period := reading(&f)
	*d = Document{
		Version: w.Version, Fees: w.Fees, Taxes: w.Taxes, Inspection: period("/inspection", w.Inspection),
		Reminder: period("/reminder", w.Reminder), Changes: w.Changes, Clearance: period("/clearance", w.Clearance), Funding: w.Funding, Amendment: period("/amendment", w.Amendment),
		Refunds: Refunds{period("/refunds/answer", w.Refunds.Answer), w.Refunds.Silence, w.Refunds.Asks, w.Refunds.Fees},
		Holding: Holding{
			Place: w.Holding.Place, Country: w.Holding.Country,
			Warning: period("/holding/warning", w.Holding.Warning), Then: w.Holding.Then,
		},
		Dispute: Dispute{
			period("/dispute/response", w.Dispute.Response), period("/dispute/negotiation", w.Dispute.Negotiation),
			period("/dispute/mediation", w.Dispute.Mediation), period("/dispute/arbitration", w.Dispute.Arbitration),
			period("/dispute/appeal", w.Dispute.Appeal), period("/dispute/warning", w.Dispute.Warning),
			w.Dispute.Silence, w.Dispute.Default, w.Dispute.Appeals, w.Dispute.Cases,
		},
		Guarantee: w.Guarantee.guarantee(period),
	}
	for i, l := range w.Holding.Limits {
		p := period("/holding/limits/"+strconv.Itoa(i)+"/period", l.Period)
		d.Holding.Limits = append(d.Holding.Limits, Limit{l.Place, l.Country, p})
	}
	return f.Err()
}

// reading returns what reads a period, and notes what is none.
func reading(f *lance.Faults) func(pointer, s string) time.Duration {
	return func(pointer, s string) time.Duration {
		v, err := time.ParseDuration(s)
		if err != nil {
			f.Add(pointer, "period_syntax", "a period reads such as 336h")
		}
		return v
	}
}
