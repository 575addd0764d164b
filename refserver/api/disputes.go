package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/refserver/problem"
)

func disputeOperations() []Operation {
	const tag = "Disputes"
	read := reads(tag, "/v1/disputes")
	move := func(id, action, summary, doc string, p Policy, do mounter) Operation {
		return Operation{
			ID: id, Method: http.MethodPost, Path: "/v1/disputes/{id}/" + action, Summary: summary, Doc: doc,
			Tag: tag, Policy: p, Errors: []int{http.StatusPaymentRequired}, do: do,
		}
	}
	open := move("open-dispute", "", "Open a dispute about an agreement, or a milestone's, which freezes it",
		"While the agreement holds money and is at work. Until the dispute ends no money moves, and its clocks stand.", Both, do(openDispute))
	open.Path, open.Status = "/v1/disputes", http.StatusCreated
	show := move("add-evidence", "evidence", "Show a text, files that were uploaded to the dispute, or both", "It cannot be changed or taken back.", Both, do(addEvidence))
	show.Status = http.StatusCreated
	bytes := read("download-evidence-file", "/{id}/files/{file}/content", "The bytes of a file that was shown, whole or in ranges", Shared, download(openEvidence))
	bytes.Errors = []int{http.StatusRequestedRangeNotSatisfiable, http.StatusPreconditionFailed}
	send := move("upload-evidence-file", "files", "Upload a file, to be shown later", "A form with one part, `file`. Until it is shown only its owner sees it.", Both, upload(uploadEvidence))
	send.Status, send.Keys, send.Errors = http.StatusCreated, Passed, nil
	return []Operation{
		open,
		{
			ID: "forecast-dispute", Method: http.MethodPost, Path: "/v1/disputes/{id}/forecast", Tag: tag,
			Summary: "What would happen in it if: its stages by date, and where the money would go",
			Doc:     "Each event and each clock in the order of their times, then the clocks, also of its agreement, until none is set. Nothing changes. One that has ended has nothing ahead; its agreement's own forecast tells how that goes on.",
			Policy:  Shared, Keys: Natural, do: do(forecastDispute),
		},
		read("list-disputes", "", "Disputes of the caller, or that he judges or could; all for administrators. The oldest first", Members, do(listDisputes)),
		read("get-dispute", "/{id}", "One dispute", Shared, do(getDispute)),
		read("list-dispute-timers", "/{id}/timers", "When its stage ends by itself, or why not", Shared, do(listDisputeTimers)),
		move("respond-to-dispute", "respond", "Say the other side of it; then the parties negotiate", "", Sided, do(respondToDispute)),
		show,
		read("list-evidence", "/{id}/evidence", "What was shown, the oldest first", Shared, do(listEvidence)),
		send,
		read("list-evidence-files", "/{id}/files", "The files of a dispute that the caller may read", Shared, do(listEvidenceFiles)),
		bytes,
		move("offer-split", "offer", "Offer a split, or a counter to one", "The mediator may, too, while he mediates. It gives the stage no more time.", Both, do(offerSplit)),
		move("accept-offer", "accept-offer", "Agree to a split: it is carried out at once", "The mediator's when both parties have agreed to it.", Sided, do(acceptOffer)),
		move("decline-offer", "decline-offer", "Refuse the split, or take it back", "", Both, do(disputed((*dispute.Service).DeclineOffer))),
		move("concede-dispute", "concede", "Grant what the other party claims: it is carried out at once", "", Sided, do(disputed((*dispute.Service).Concede))),
		move("withdraw-dispute", "withdraw", "Take the dispute back, before it is arbitrated; the agreement goes on", "", Sided, do(disputed((*dispute.Service).Withdraw))),
		move("escalate-dispute", "escalate", "Go to the next stage before its time", "A party calls for a mediator, the mediator for an arbiter.", Both, do(disputed((*dispute.Service).Escalate))),
		move("assign-dispute", "assign", "Say who mediates, or who arbitrates", "An administrator names an arbiter without a stake; an arbiter takes a dispute that has nobody.", Policy{SignIn, Invisible, Refused, Refused, Allowed, Allowed}, do(assignDispute)),
		move("rule-on-dispute", "rule", "Decide the split", "Carried out when nobody appeals in time.", Sided, do(ruleOnDispute)),
		move("appeal-ruling", "appeal", "Have another arbiter decide, once", "", Both, do(appealRuling)),
	}
}

// disputeView is a dispute as a caller sees it.
type disputeView struct {
	ID             string          `json:"id"`
	Version        int64           `json:"version"`
	AgreementID    string          `json:"agreement_id" doc:"which it has frozen"`
	Subject        subjectView     `json:"subject" doc:"what the agreement is about"`
	PayerID        string          `json:"payer_id"`
	PayeeID        string          `json:"payee_id"`
	OpenerID       string          `json:"opener_id" doc:"which of them has opened it"`
	Reason         string          `json:"reason" enum:"not_delivered,not_as_agreed,late,not_released,scope_changed,unresponsive,other"`
	State          string          `json:"state" enum:"opened,negotiation,mediation,arbitration,ruled,suspended,resolved,withdrawn,overtaken"`
	AllowedActions []string        `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	Held           lance.Money     `json:"held" doc:"of the price: what is divided"`
	Claim          positionView    `json:"claim" doc:"of who has opened it"`
	Answer         *positionView   `json:"answer,omitempty" doc:"of the other party"`
	Offer          *splitView      `json:"offer,omitempty" doc:"that waits for the other party's word, or for both's"`
	MediatorID     string          `json:"mediator_id,omitempty"`
	ArbiterID      string          `json:"arbiter_id,omitempty"`
	Rulings        []rulingView    `json:"rulings" nullable:"false" doc:"the last is in force"`
	Appeals        []pleaView      `json:"appeals" nullable:"false"`
	Suspension     []subjectView   `json:"suspended_for,omitempty" nullable:"false" doc:"what it waits for"`
	Outcome        *disputeOutcome `json:"outcome,omitempty" doc:"how what was held was divided"`
	Timers         []timerView     `json:"timers" nullable:"false" doc:"what will happen by itself, and when, or why not"`
	CreatedAt      time.Time       `json:"created_at"`
	StageAt        time.Time       `json:"stage_at" doc:"since when it is in its stage"`
	DeadlineAt     *time.Time      `json:"deadline_at,omitempty" doc:"when the stage ends by itself; absent while that clock stands"`
	EndedAt        *time.Time      `json:"ended_at,omitempty"`
}

func (v *disputeView) tag() string { return etag(v.Version) }

func (v *disputeView) location() string { return "/v1/disputes/" + v.ID }

// positionView is what one party says.
type positionView struct {
	ToPayee   lance.Money `json:"to_payee" doc:"of what is held: what should go to the payee"`
	Statement string      `json:"statement"`
	At        time.Time   `json:"at"`
}

// splitView is a split that one party offers, or the mediator.
type splitView struct {
	PartyID    string      `json:"party_id,omitempty" doc:"who offers it; absent when the mediator does"`
	MediatorID string      `json:"mediator_id,omitempty" doc:"who offers it to both parties; absent when one of them does"`
	AcceptedBy string      `json:"accepted_by,omitempty" doc:"which party has accepted what the mediator offers; the other one has to, too"`
	ToPayee    lance.Money `json:"to_payee"`
	At         time.Time   `json:"at"`
}

// rulingView is what an arbiter has decided.
type rulingView struct {
	ArbiterID string      `json:"arbiter_id"`
	ToPayee   lance.Money `json:"to_payee" doc:"before fees"`
	Bears     string      `json:"bears" enum:"each,payer,payee,nobody" doc:"who bears the fees on that"`
	Text      string      `json:"text"`
	At        time.Time   `json:"at"`
}

// pleaView is why a ruling is appealed.
type pleaView struct {
	PartyID string    `json:"party_id"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// disputeOutcome is how what was held was divided.
type disputeOutcome struct {
	End     string      `json:"end" enum:"granted,conceded,settled,ruled,lapsed,chargeback" doc:"what has ended it"`
	ToPayee lance.Money `json:"to_payee" doc:"of the price, before fees"`
	ToPayer lance.Money `json:"to_payer" doc:"the rest of it"`
	Bears   string      `json:"bears" enum:"each,payer,payee,nobody"`
}

// dispute shows a case as the caller sees it.
func (c *Call) dispute(d *dispute.Case) *disputeView {
	v := &disputeView{
		ID: string(d.ID), Version: d.Version, AgreementID: string(d.Agreement), Subject: subjectOf(d.Subject),
		PayerID: string(d.Payer), PayeeID: string(d.Payee), OpenerID: string(d.Opener), Reason: string(d.Reason), State: string(d.State),
		AllowedActions: c.disputeActions(d), Held: d.Held, Claim: positionOf(d.Claim),
		MediatorID: string(d.Mediator), ArbiterID: string(d.Arbiter), Suspension: listOf(d.Suspension.For, func(w dispute.Wait) subjectView { return subjectOf(w.About) }).Items,
		Rulings: listOf(d.Rulings, func(r dispute.Ruling) rulingView {
			return rulingView{string(r.By), r.ToPayee, string(r.Bears), r.Text, r.At}
		}).Items,
		Appeals: listOf(d.Appeals, func(p dispute.Plea) pleaView { return pleaView{string(p.By), p.Text, p.At} }).Items,
		Timers:  listOf(d.Timers(), viewTimer).Items, CreatedAt: d.CreatedAt, StageAt: d.StageAt,
		DeadlineAt: optional(d.DeadlineAt), EndedAt: optional(d.EndedAt),
	}
	if !d.Answer.At.IsZero() {
		v.Answer = new(positionOf(d.Answer))
	}
	if o := d.Offer; !o.At.IsZero() {
		v.Offer = &splitView{string(o.By), string(o.Mediator), string(o.Accepted), o.ToPayee, o.At}
	}
	v.Outcome = outcomeOf(d.Outcome)
	return v
}

// outcomeOf shows how a case has ended that divided what was held; nil for others.
func outcomeOf(o dispute.Outcome) *disputeOutcome {
	if o.End == "" {
		return nil
	}
	return &disputeOutcome{string(o.End), o.ToPayee, o.ToPayer, string(o.Bears)}
}

// disputeActions are the caller's. Who is the first to accept a mediator's split does
// so by the same operation as the second.
func (c *Call) disputeActions(d *dispute.Case) []string {
	all := d.AllowedActions(c.By)
	if i := slices.Index(all, dispute.Consent); i >= 0 {
		all[i] = dispute.AcceptOffer
	}
	return words(all)
}

func positionOf(p dispute.Position) positionView { return positionView{p.ToPayee, p.Statement, p.At} }

func openDispute(ctx context.Context, c *Call, in *struct {
	Body struct {
		AgreementID string      `json:"agreement_id,omitempty" maxLength:"200" doc:"about this"`
		MilestoneID string      `json:"milestone_id,omitempty" maxLength:"200" doc:"or about this one's money"`
		Reason      string      `json:"reason" enum:"not_delivered,not_as_agreed,late,not_released,scope_changed,unresponsive,other"`
		Statement   string      `json:"statement" minLength:"5" maxLength:"5000" doc:"what happened"`
		ToPayee     lance.Money `json:"to_payee" doc:"of what is held of the price: what should go to the payee; the rest goes back"`
	}
},
) (*disputeView, error) {
	about := escrow.ID(in.Body.AgreementID)
	if (about == "") == (in.Body.MilestoneID == "") {
		return nil, fieldFault("/agreement_id", "required", "a dispute is about an agreement, or about a milestone")
	}
	if about == "" {
		m, err := c.Engine.Contracts.GetMilestone(ctx, c.By, contract.MilestoneID(in.Body.MilestoneID))
		if err != nil {
			return nil, err
		}
		about = m.Agreement
	}
	d, err := c.Engine.Disputes.Open(ctx, c.By, dispute.OpenInput{
		Agreement: about, Reason: dispute.Reason(in.Body.Reason), Statement: in.Body.Statement, ToPayee: in.Body.ToPayee,
	})
	return shown(d, err, c.dispute)
}

func listDisputes(ctx context.Context, c *Call, in *struct {
	PageIn
	As          string `query:"as" enum:"payer,payee,mediator,arbiter,candidate" doc:"what the caller is; candidate: what he could take as an arbiter. Administrators and support may leave it out for all"`
	AgreementID string `query:"agreement_id" maxLength:"200" doc:"only about this"`
	State       string `query:"state" enum:"opened,negotiation,mediation,arbitration,ruled,suspended,resolved,withdrawn,overtaken" doc:"only these"`
	Vacant      bool   `query:"vacant" doc:"only those that need somebody who mediates or arbitrates"`
},
) (*page[*disputeView], error) {
	p, err := c.Engine.Disputes.List(ctx, c.By, dispute.Query{
		As: lance.Relation(in.As), Agreement: escrow.ID(in.AgreementID), State: dispute.State(in.State), Vacant: in.Vacant, PageQuery: in.query(),
	})
	return pageShown(p, err, c.dispute)
}

func getDispute(ctx context.Context, c *Call, in *ByID) (*disputeView, error) {
	d, err := c.Engine.Disputes.Get(ctx, c.By, dispute.ID(in.ID))
	return shown(d, err, c.dispute)
}

func listDisputeTimers(ctx context.Context, c *Call, in *ByID) (*list[timerView], error) {
	ts, err := c.Engine.Disputes.Timers(ctx, c.By, dispute.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return listOf(ts, viewTimer), nil
}

// disputed makes a handler of what needs no words.
func disputed(act func(*dispute.Service, context.Context, lance.Actor, dispute.ActInput) (*dispute.Case, error)) func(context.Context, *Call, *VersionIn) (*disputeView, error) {
	return func(ctx context.Context, c *Call, in *VersionIn) (*disputeView, error) {
		d, err := act(c.Engine.Disputes, ctx, c.By, dispute.ActInput{Case: dispute.ID(in.ID), Version: in.version()})
		return shown(d, err, c.dispute)
	}
}

func respondToDispute(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Statement string      `json:"statement" minLength:"5" maxLength:"5000"`
		ToPayee   lance.Money `json:"to_payee" doc:"of what is held: what should go to the payee"`
		Version   int64       `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*disputeView, error) {
	d, err := c.Engine.Disputes.Respond(ctx, c.By, dispute.RespondInput{
		Case: dispute.ID(in.ID), Version: in.Body.Version, Statement: in.Body.Statement, ToPayee: in.Body.ToPayee,
	})
	return shown(d, err, c.dispute)
}

func offerSplit(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		ToPayee lance.Money `json:"to_payee" doc:"of what is held: what is to go to the payee; each bears his own fees"`
		Version int64       `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*disputeView, error) {
	d, err := c.Engine.Disputes.Offer(ctx, c.By, dispute.OfferInput{Case: dispute.ID(in.ID), Version: in.Body.Version, ToPayee: in.Body.ToPayee})
	return shown(d, err, c.dispute)
}

func acceptOffer(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		ToPayee lance.Money `json:"to_payee" doc:"what is offered to go to the payee: another offer is not agreed to"`
		Version int64       `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*disputeView, error) {
	d, err := c.Engine.Disputes.AcceptOffer(ctx, c.By, dispute.AcceptOfferInput{Case: dispute.ID(in.ID), Version: in.Body.Version, ToPayee: in.Body.ToPayee})
	return shown(d, err, c.dispute)
}

func assignDispute(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		UserID  string `json:"user_id" minLength:"1" maxLength:"64" doc:"an arbiter without a stake; an arbiter names himself"`
		Version int64  `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*disputeView, error) {
	d, err := c.Engine.Disputes.Assign(ctx, c.By, dispute.AssignInput{Case: dispute.ID(in.ID), Version: in.Body.Version, User: lance.UserID(in.Body.UserID)})
	return shown(d, problem.Rename(err, "/user", "/user_id"), c.dispute)
}

func ruleOnDispute(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		ToPayee lance.Money `json:"to_payee" doc:"of what is held, before fees: what goes to the payee; the rest goes back"`
		Bears   string      `json:"bears" enum:"each,payer,payee,nobody" doc:"who bears the fees on that, as far as his part goes"`
		Text    string      `json:"text" minLength:"5" maxLength:"5000" doc:"why"`
		Version int64       `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*disputeView, error) {
	d, err := c.Engine.Disputes.Rule(ctx, c.By, dispute.RuleInput{
		Case: dispute.ID(in.ID), Version: in.Body.Version, ToPayee: in.Body.ToPayee, Bears: escrow.Bearer(in.Body.Bears), Text: in.Body.Text,
	})
	return shown(d, err, c.dispute)
}

func appealRuling(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Text    string `json:"text" minLength:"5" maxLength:"5000" doc:"why"`
		Version int64  `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*disputeView, error) {
	d, err := c.Engine.Disputes.Appeal(ctx, c.By, dispute.AppealInput{Case: dispute.ID(in.ID), Version: in.Body.Version, Text: in.Body.Text})
	return shown(d, err, c.dispute)
}
