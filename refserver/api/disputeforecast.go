package api

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
)

// pleaIn is something that might be done in a dispute.
type pleaIn struct {
	At      *time.Time   `json:"at,omitempty" doc:"when: not before now, nor before the one before it; left out, right after that"`
	As      string       `json:"as" enum:"payer,payee,mediator,arbiter,other_arbiter,admin" doc:"who does it; where nobody mediates or arbitrates yet, somebody without a stake. The other arbiter decides an appeal"`
	Do      string       `json:"do" enum:"respond,add_evidence,offer,accept_offer,decline_offer,concede,withdraw,escalate,assign,rule,appeal" doc:"who assigns takes the dispute himself"`
	ToPayee *lance.Money `json:"to_payee,omitempty" doc:"of what is held: what is to go to the payee; left out, nothing, or what is offered"`
	Bears   string       `json:"bears,omitempty" enum:"each,payer,payee,nobody" doc:"of a ruling: who bears the fees; left out, each his own"`
}

// hypothesis is what the event would be to the case.
func (p *pleaIn) hypothesis(d *dispute.Case) dispute.Hypothesis {
	judge := func(assigned lance.UserID, otherwise string) lance.Actor {
		if assigned == "" {
			assigned = lance.UserID(otherwise)
		}
		return lance.Person(assigned, lance.RoleArbiter)
	}
	out := dispute.Hypothesis{
		At: moment(p.At), Do: dispute.Action(p.Do), Bears: escrow.Bearer(p.Bears),
		By: map[string]lance.Actor{
			"payer": lance.Person(lance.UserID(d.Payer)), "payee": lance.Person(lance.UserID(d.Payee)),
			"mediator": judge(d.Mediator, "mediator"), "arbiter": judge(d.Arbiter, "arbiter"), "other_arbiter": judge("", "other_arbiter"),
			"admin": lance.Person("admin", lance.RoleAdmin),
		}[p.As],
	}
	if out.User = out.By.User; out.Bears == "" {
		out.Bears = escrow.BearEach
	}
	if p.ToPayee != nil {
		out.ToPayee = *p.ToPayee
	}
	return out
}

// disputeForecast is what would happen in a dispute.
type disputeForecast struct {
	Moves []disputeMove `json:"moves" nullable:"false" doc:"in their order"`
}

// disputeMove is one thing that would happen to a dispute, or to its agreement.
type disputeMove struct {
	At             time.Time       `json:"at"`
	Event          *int            `json:"event,omitempty" doc:"which of the events it is, from 0; absent for a clock"`
	Clock          string          `json:"clock,omitempty" example:"dispute.negotiation" doc:"which clock fires, of the dispute or of its agreement"`
	Fault          string          `json:"fault,omitempty" example:"dispute_state" doc:"why it would be refused, as a code; nothing changes then"`
	State          string          `json:"state" doc:"of the dispute then"`
	DeadlineAt     *time.Time      `json:"deadline_at,omitempty" doc:"when that stage would end by itself"`
	Outcome        *disputeOutcome `json:"outcome,omitempty" doc:"how what was held would be divided"`
	AgreementState string          `json:"agreement_state" doc:"then"`
	PayerFee       lance.Money     `json:"payer_fee" doc:"of the agreement, so far"`
	PayeeFee       lance.Money     `json:"payee_fee" doc:"of the agreement, so far"`
	Transfers      []transferPart  `json:"transfers" nullable:"false" doc:"that would be posted"`
	Timers         []timerView     `json:"timers" nullable:"false" doc:"what would happen by itself then"`
}

func forecastDispute(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Events []pleaIn `json:"events,omitempty" nullable:"false" maxItems:"100" doc:"what might be done, in order; left out, nothing"`
	}
},
) (*disputeForecast, error) {
	d, err := c.Engine.Disputes.Get(ctx, c.By, dispute.ID(in.ID))
	if err != nil {
		return nil, err
	}
	events := listOf(in.Body.Events, func(p pleaIn) dispute.Hypothesis { return p.hypothesis(d) }).Items
	moves, err := c.Engine.Disputes.Forecast(ctx, c.By, d.ID, events)
	if err != nil {
		return nil, err
	}
	return &disputeForecast{listOf(moves, viewDisputeMove).Items}, nil
}

func viewDisputeMove(m dispute.Move) disputeMove {
	v := disputeMove{
		At: m.At, Clock: m.Clock, Fault: lance.CodeOf(m.Fault), State: string(m.After.State), DeadlineAt: optional(m.After.DeadlineAt),
		Outcome: outcomeOf(m.After.Outcome), AgreementState: string(m.Agreement.State), PayerFee: m.Agreement.PayerFee, PayeeFee: m.Agreement.PayeeFee,
		Transfers: listOf(m.Transfers, viewTransfer).Items, Timers: listOf(m.Timers(), viewTimer).Items,
	}
	if m.Event >= 0 {
		v.Event = &m.Event
	}
	return v
}
