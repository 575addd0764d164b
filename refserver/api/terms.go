package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

// policyDoc is how a policy.Document stands in JSON.
type policyDoc struct {
	Version    int         `json:"version" minimum:"1" doc:"grows with every change"`
	Fees       []feeDoc    `json:"fees" nullable:"false" maxItems:"20"`
	Taxes      []taxDoc    `json:"taxes,omitempty" nullable:"false" maxItems:"2" doc:"on fees; one per side"`
	Inspection period      `json:"inspection" doc:"from submission until work counts as approved"`
	Reminder   period      `json:"reminder,omitempty" doc:"how long before that is over the payer is reminded; left out, not at all"`
	Changes    int         `json:"changes,omitempty" minimum:"0" maximum:"100" doc:"how often the payer may request changes; left out or 0, as often as he likes"`
	Clearance  period      `json:"clearance" doc:"from release until the money can be withdrawn"`
	Funding    string      `json:"funding" enum:"on_start,on_post,off" doc:"when the price has to be in escrow"`
	Refunds    *refundsDoc `json:"refunds,omitempty" doc:"when the payer asks money back; left out, as usual"`
	Amendment  period      `json:"amendment,omitempty" doc:"how long a proposed price stands; left out, as usual"`
	Holding    *holdingDoc `json:"holding,omitempty" doc:"where held money is and how long it may stay; left out, as usual"`
	Dispute    *disputeDoc `json:"dispute,omitempty" doc:"how a dispute goes on by itself; left out, as usual"`

	Guarantee *guaranteeDoc `json:"guarantee,omitempty" doc:"what payers may claim back after a release; left out, nothing"`
}

type guaranteeDoc struct {
	Window   period        `json:"window" doc:"from the last release until a claim has to be made"`
	Share    percent       `json:"share" doc:"how much of what was released is covered"`
	Caps     []lance.Money `json:"caps,omitempty" nullable:"false" maxItems:"20" doc:"the most that one claim gives, one per currency; left out, no cap"`
	Claims   int           `json:"claims" minimum:"1" maximum:"20" doc:"how many in one agreement"`
	Judge    string        `json:"judge" enum:"arbiter,admin" doc:"who decides"`
	Decision period        `json:"decision" doc:"how long he has"`
	Silence  string        `json:"silence" enum:"refund,keep" doc:"what becomes of a claim that nobody decides: it is granted, or rejected"`
	Bearer   string        `json:"bearer,omitempty" enum:"payee" doc:"who owes what the fund gives; left out, nobody"`
	WriteOff period        `json:"write_off,omitempty" doc:"how long he owes it until it is written off"`
}

type feeDoc struct {
	Name    string       `json:"name" maxLength:"40"`
	Side    string       `json:"side" enum:"payer,payee" doc:"who bears it"`
	Percent percent      `json:"percent"`
	Fixed   *lance.Money `json:"fixed,omitempty" doc:"once per agreement"`
	Min     *lance.Money `json:"min,omitempty" doc:"of the whole fee"`
	Max     *lance.Money `json:"max,omitempty" doc:"of the whole fee"`
}

type taxDoc struct {
	Side         string  `json:"side" enum:"payer,payee" doc:"whose fees are taxed"`
	Jurisdiction string  `json:"jurisdiction" maxLength:"40" example:"DE"`
	Percent      percent `json:"percent"`
}

type refundsDoc struct {
	Answer  period `json:"answer" doc:"how long the payee has"`
	Silence string `json:"silence" enum:"refund,keep" doc:"what an unanswered request becomes"`
	Asks    int    `json:"asks" minimum:"1" maximum:"20" doc:"how often he may ask"`
	Fees    string `json:"fees" enum:"return,keep" doc:"what becomes of his fees on what goes back"`
}

type holdingDoc struct {
	Place   string     `json:"place" enum:"card_authorisation,platform_balance,connected_balance"`
	Country string     `json:"country,omitempty" maxLength:"2" example:"TH"`
	Limits  []limitDoc `json:"limits" nullable:"false" maxItems:"50"`
	Warning period     `json:"warning" doc:"how long before the limit"`
	Then    string     `json:"then" enum:"refund,release" doc:"where the money goes at the limit"`
}

type limitDoc struct {
	Place   string `json:"place" enum:"card_authorisation,platform_balance,connected_balance,refund_window"`
	Country string `json:"country,omitempty" maxLength:"2" doc:"left out: any that has no line of its own"`
	Period  period `json:"period" doc:"from the charge"`
}

type disputeDoc struct {
	Response    period `json:"response"`
	Negotiation period `json:"negotiation"`
	Mediation   period `json:"mediation"`
	Arbitration period `json:"arbitration"`
	Appeal      period `json:"appeal,omitempty" doc:"from a ruling until it is carried out; left out, as usual"`
	Warning     period `json:"warning,omitempty" doc:"how long before a stage ends it is said that it does; left out, never"`
	Silence     string `json:"silence,omitempty" enum:"grant,escalate" doc:"what becomes of a dispute without a response; left out, as usual"`
	Default     string `json:"default" enum:"refund,release" doc:"where no ruling comes"`
	Appeals     int    `json:"appeals" minimum:"0" maximum:"1"`
	Cases       int    `json:"cases,omitempty" minimum:"1" maximum:"20" doc:"how many each party may open in one agreement; left out, as usual"`
}

// period is a length of time in hours, minutes and seconds.
type period string

// Schema says how it is written.
func (period) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$`, MinLength: new(2), Examples: []any{"336h0m0s"}}
}

// percent is a share of a hundred.
type percent string

// Schema says how it is written.
func (percent) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^[0-9]{1,3}(\.[0-9]{1,4})?$`, Examples: []any{"2.5"}}
}

func getPolicy(_ context.Context, c *Call, _ *struct{}) (*policy.Document, error) {
	return new(c.Engine.Escrow.Policy()), nil
}

func getAgreementPolicy(ctx context.Context, c *Call, in *ByID) (*policy.Document, error) {
	a, err := c.Engine.Escrow.Get(ctx, c.By, escrow.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return &a.Policy, nil
}

// dryRunView is what another policy would have made of history.
type dryRunView struct {
	PolicyVersion int              `json:"policy_version" doc:"of the policy that was tried"`
	Agreements    int              `json:"agreements" doc:"that were compared"`
	Ruled         int              `json:"ruled" doc:"left out: their ruling says who bears the fees"`
	Unpriced      int              `json:"unpriced" doc:"left out: the policy has no fees in their currency"`
	Sums          []sumView        `json:"sums" nullable:"false" doc:"by currency, the payer before the payee"`
	Differences   []differenceView `json:"differences" nullable:"false" doc:"the first hundred agreements that differ, the oldest first"`
}

// sumView is what one side would have borne otherwise, of all agreements in a
// currency.
type sumView struct {
	Side       string      `json:"side" enum:"payer,payee"`
	Taken      lance.Money `json:"taken" doc:"of fees and taxes, so far"`
	Would      lance.Money `json:"would" doc:"have been taken"`
	Difference lance.Money `json:"difference" doc:"above zero where it would have been more"`
}

// differenceView is what one side of an agreement would have borne otherwise.
type differenceView struct {
	AgreementID string      `json:"agreement_id"`
	Side        string      `json:"side" enum:"payer,payee"`
	Taken       lance.Money `json:"taken" doc:"of fees and taxes, so far"`
	Would       lance.Money `json:"would" doc:"have been taken"`
}

func dryRun(ctx context.Context, c *Call, in *struct {
	Body struct {
		Policy policy.Document `json:"policy" doc:"the one to try"`
		State  string          `json:"state,omitempty" enum:"proposed,agreed,funded,submitted,frozen,released,refunded,settled,cancelled" doc:"only these agreements"`
	}
},
) (*dryRunView, error) {
	d, err := c.Engine.Escrow.DryRun(ctx, c.By, in.Body.Policy, escrow.Query{State: escrow.State(in.Body.State)})
	if err != nil {
		return nil, err
	}
	return &dryRunView{
		PolicyVersion: d.Version, Agreements: d.Agreements, Ruled: d.Ruled, Unpriced: d.Unpriced,
		Sums: listOf(d.Sums, func(s escrow.DifferenceSum) sumView {
			return sumView{string(s.Side), s.Taken, s.Would, s.Difference}
		}).Items,
		Differences: listOf(d.Lines, func(l escrow.Difference) differenceView {
			return differenceView{string(l.Agreement), string(l.Side), l.Taken, l.Would}
		}).Items,
	}, nil
}
