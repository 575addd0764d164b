package api

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// quoteView says what a price costs whom.
type quoteView struct {
	PolicyVersion int         `json:"policy_version"`
	Amount        lance.Money `json:"amount" doc:"the price"`
	Lines         []feeView   `json:"lines" nullable:"false" doc:"fee by fee"`
	Fees          lance.Money `json:"fees" doc:"the sum of the lines"`
	PayerPays     lance.Money `json:"payer_pays" doc:"the price and the payer's fees"`
	PayeeGets     lance.Money `json:"payee_gets" doc:"the price without the payee's fees"`
	Fits          *bool       `json:"fits,omitempty" doc:"whether held money may stay until the work is done and looked at; absent when it is not said how long the work takes"`
	Stages        []stageView `json:"stages,omitempty" nullable:"false" doc:"agreements that would fit, one after the other, where one does not; at most 50; absent when none would"`
}

// feeView is one fee of a quote.
type feeView struct {
	Name   string      `json:"name"`
	Side   string      `json:"side" enum:"payer,payee" doc:"who bears it"`
	Amount lance.Money `json:"amount"`
	Rule   string      `json:"rule" doc:"how it came about" example:"percent"`
}

// stageView is one of several agreements in place of one.
type stageView struct {
	Amount lance.Money `json:"amount"`
	Work   string      `json:"work" example:"1200h0m0s" doc:"until it is submitted"`
}

func quote(_ context.Context, c *Call, in *struct {
	Body struct {
		Amount     lance.Money `json:"amount" doc:"the price: above zero, without fees"`
		Work       string      `json:"work,omitempty" maxLength:"40" example:"720h" doc:"until the work is submitted"`
		Inspection string      `json:"inspection,omitempty" maxLength:"40" example:"336h" doc:"from submission to release by itself; left out, as the policy says"`
	}
},
) (*quoteView, error) {
	var f lance.Faults
	doc := c.Engine.Escrow.Policy()
	work := periodIn(&f, "/work", in.Body.Work, 0)
	inspection := periodIn(&f, "/inspection", in.Body.Inspection, doc.Inspection)
	q, err := c.Engine.Escrow.Quote(in.Body.Amount)
	f.Check("", err)
	if err := f.Err(); err != nil {
		return nil, err
	}
	fees := listOf(q.Lines, func(l policy.Line) feeView { return feeView{l.Name, string(l.Side), l.Amount, l.Rule} })
	v := &quoteView{
		PolicyVersion: q.Version, Amount: q.Price, Lines: fees.Items, Fees: q.Fees, PayerPays: q.PayerPays, PayeeGets: q.PayeeGets,
	}
	err = doc.Fit(q.Price, work, inspection)
	stages, staged := policy.StagesOf(err)
	if err != nil && !staged {
		return nil, err
	}
	if work > 0 {
		v.Fits = new(err == nil)
		v.Stages = listOf(stages, func(s policy.Stage) stageView { return stageView{s.Amount, s.Work.String()} }).Items
	}
	return v, nil
}

// hypothesisIn is something that might be done.
type hypothesisIn struct {
	At     *time.Time   `json:"at,omitempty" doc:"when: not before now, nor before the one before it; left out, right after that"`
	As     string       `json:"as" enum:"payer,payee,admin,arbiter,clock" doc:"who does it"`
	Do     string       `json:"do" enum:"accept,fund,submit,request_changes,release,approve,ask_refund,decline_refund,refund,amend,accept_amendment,decline_amendment,freeze,thaw,rule,cancel"`
	Amount *lance.Money `json:"amount,omitempty" doc:"of the price, or the new price; left out, all of it"`
	Bears  string       `json:"bears,omitempty" enum:"each,payer,payee,nobody" doc:"of a ruling: who bears the fees; left out, each his own"`
	TopUp  *lance.Money `json:"top_up,omitempty" doc:"what the payer is charged just before it"`
}

// hypothesis is what the event would be to the agreement.
func (h *hypothesisIn) hypothesis(a *escrow.Agreement) escrow.Hypothesis {
	out := escrow.Hypothesis{
		At: moment(h.At), Do: escrow.Action(h.Do), Bears: escrow.Bearer(h.Bears), Case: a.Pause.Case,
		By: map[string]lance.Actor{
			"payer": lance.Person(lance.UserID(a.Payer)), "payee": lance.Person(lance.UserID(a.Payee)),
			"admin": lance.Person("admin", lance.RoleAdmin), "arbiter": lance.Person("arbiter", lance.RoleArbiter),
			"clock": lance.System("forecast"),
		}[h.As],
	}
	if h.Amount != nil {
		out.Amount = *h.Amount
	}
	if h.TopUp != nil {
		out.TopUp = *h.TopUp
	}
	if out.Bears == "" {
		out.Bears = escrow.BearEach
	}
	if out.Case.IsZero() {
		out.Case = lance.Ref{Kind: "case", ID: "forecast"}
	}
	return out
}

// forecastView is what would happen.
type forecastView struct {
	Moves   []moveView   `json:"moves" nullable:"false" doc:"in their order"`
	Payouts []payoutPart `json:"payouts" nullable:"false" doc:"what would become available to whom"`
}

// moveView is one thing that would happen.
type moveView struct {
	At        time.Time      `json:"at"`
	Event     *int           `json:"event,omitempty" doc:"which of the events it is, from 0; absent for a clock"`
	Clock     string         `json:"clock,omitempty" example:"escrow.auto_release" doc:"which clock fires"`
	Fault     string         `json:"fault,omitempty" example:"balance_insufficient" doc:"why it would be refused, as a code; nothing changes then"`
	Transfers []transferPart `json:"transfers" nullable:"false" doc:"that would be posted"`
	State     string         `json:"state" doc:"then"`
	Amount    lance.Money    `json:"amount" doc:"the price then"`
	Held      lance.Money    `json:"held" doc:"then"`
	Released  lance.Money    `json:"released" doc:"of the price, so far"`
	Refunded  lance.Money    `json:"refunded" doc:"of the price, so far"`
	Timers    []timerView    `json:"timers" nullable:"false" doc:"what would happen by itself then"`
}

// transferPart is one transfer of a forecast.
type transferPart struct {
	Code   string      `json:"code" example:"release"`
	Debit  string      `json:"debit" doc:"the account that it comes from"`
	Credit string      `json:"credit" doc:"the account that it goes to"`
	Amount lance.Money `json:"amount"`
}

// payoutPart is money that a party would have available.
type payoutPart struct {
	At      time.Time   `json:"at"`
	PartyID string      `json:"party_id"`
	Amount  lance.Money `json:"amount"`
}

func forecast(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Events []hypothesisIn   `json:"events,omitempty" nullable:"false" maxItems:"100" doc:"what might be done, in order; left out, nothing"`
		Policy *policy.Document `json:"policy,omitempty" doc:"had it been made under this; left out, under its own"`
	}
},
) (*forecastView, error) {
	id := escrow.ID(in.ID)
	a, err := c.Engine.Escrow.Get(ctx, c.By, id)
	if err != nil {
		return nil, err
	}
	events := listOf(in.Body.Events, func(h hypothesisIn) escrow.Hypothesis { return h.hypothesis(a) }).Items
	moves, err := c.Engine.Escrow.Forecast(ctx, c.By, id, events, in.Body.Policy)
	if err != nil {
		return nil, err
	}
	return &forecastView{
		Moves: listOf(moves, viewMove).Items,
		Payouts: listOf(escrow.Payouts(moves), func(p escrow.Payout) payoutPart {
			return payoutPart{p.At, string(p.Party), p.Amount}
		}).Items,
	}, nil
}

func viewTransfer(t ledger.Transfer) transferPart {
	return transferPart{string(t.Code), t.Debit.String(), t.Credit.String(), t.Amount}
}

func viewMove(m escrow.Move) moveView {
	v := moveView{
		At: m.At, Clock: m.Clock, Fault: lance.CodeOf(m.Fault),
		State: string(m.After.State), Amount: m.After.Amount, Held: m.After.Held, Released: m.After.Released, Refunded: m.After.Refunded,
		Transfers: listOf(m.Transfers, viewTransfer).Items,
		Timers:    listOf(m.Timers, viewTimer).Items,
	}
	if m.Event >= 0 {
		v.Event = &m.Event
	}
	return v
}
