package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

func agreementOperations() []Operation {
	const tag = "Escrow"
	read := reads(tag, "")
	move := func(id, action, summary, doc string, p Policy, do mounter) Operation {
		return Operation{
			ID: id, Method: http.MethodPost, Path: "/v1/agreements/{id}/" + action, Summary: summary, Doc: doc,
			Tag: tag, Policy: p, Errors: []int{http.StatusPaymentRequired}, do: do,
		}
	}
	return []Operation{
		read("list-agreements", "/v1/agreements", "What the caller pays for or is paid for, the oldest first", Members, do(listAgreements)),
		read("get-agreement", "/v1/agreements/{id}", "One agreement: where its money stands", Shared, do(getAgreement)),
		read("list-agreement-timers", "/v1/agreements/{id}/timers", "What will happen to it by itself, and when, or why not", Shared, do(listAgreementTimers)),
		read("get-agreement-policy", "/v1/agreements/{id}/policy", "The fees and clocks that it was made under", Shared, do(getAgreementPolicy)),
		{
			ID: "propose-agreement", Method: http.MethodPost, Path: "/v1/agreements", Summary: "Propose an agreement to its other party", Tag: tag,
			Doc:    "About whatever the caller says, but for milestones: a contract makes theirs. Nothing is held until the other party has accepted and the payer funds it. A plan that keeps money for longer than it may stay is refused at /work or /inspection; a quote tells which stages would fit.",
			Policy: between, Status: http.StatusCreated, do: do(proposeAgreement),
		},
		move("accept-agreement", "accept", "Agree to what the other party has proposed", "", Sided, do(acceptAgreement)),
		move("fund-agreement", "fund", "Hold the price, or a part of it, with the payer's fees on it", "A milestone's is held by its own operation, or in parts by this.", Sided, do(fundAgreement)),
		move("submit-agreement", "submit", "Say that the work is done; the payer's time to look at it begins", "A milestone's work is handed in by its own operation.", Sided, do(submitAgreement)),
		move("request-agreement-changes", "request-changes", "Say that the work is not done; the clock stands", "A milestone's work is sent back by its own operation.", Sided, do(requestAgreementChanges)),
		move("approve-agreement", "approve", "Pay all that is left at once, less the fees", "", Sided, do(approveAgreement)),
		move("release-part", "release", "Pay a part of the price; the rest stays in escrow", "A part that is all that is left ends the agreement.", Sided, do(releasePart)),
		move("refund", "refund", "Send a part of the price back to the payer, or all that is left", "The payee does it, or an administrator without a stake.", mediated, do(refund)),
		move("ask-refund", "ask-refund", "Ask the payee to send a part back, or all that is left", "Nothing moves until he does, or his time to answer is over.", Sided, do(askRefund)),
		move("decline-refund", "decline-refund", "Answer a request for a refund with no", "The clock that would have answered it stops.", Sided, do(declineRefund)),
		move("amend-agreement", "amend", "Propose another price, or a counter to one", "A milestone's amount follows the price as soon as the log is worked off; its own operation changes both at once.", Both, do(amendAgreement)),
		move("accept-amendment", "accept-amendment", "Agree to the proposed price: what is held changes at once", "", Sided, do(acceptAmendment)),
		move("decline-amendment", "decline-amendment", "Refuse the proposed price, or take it back", "", Both, do(declineAmendment)),
		move("cancel-agreement", "cancel", "Give up what holds nothing", "One that has paid parts of its price is released then, with those.", Shared, do(cancelAgreement)),
		{
			ID: "forecast", Method: http.MethodPost, Path: "/v1/agreements/{id}/forecast", Summary: "What would happen if: dated states and payouts", Tag: tag,
			Doc:    "Each event and each clock in the order of their times, then the clocks until none is set. Nothing changes. What the payer has available is known to him and to administrators; to others he has whatever is needed.",
			Policy: Shared, Keys: Natural, do: do(forecast),
		},
		read("get-policy", "/v1/policy", "The fees and clocks that new agreements are made under", Public, do(getPolicy)),
		{
			ID: "quote", Method: http.MethodPost, Path: "/v1/quotes", Summary: "What a price costs whom, fee by fee",
			Doc: "With the time that the work takes it also tells whether held money may stay so long, and if not which stages would fit.",
			Tag: tag, Policy: Public, Keys: Natural, do: do(quote),
		},
		{
			ID: "dry-run-policy", Method: http.MethodPost, Path: "/v1/admin/policy/dry-run", Summary: "What agreements would have cost so far under another policy, to the minor unit",
			Tag: tag, Policy: Admins, Keys: Natural, do: do(dryRun),
		},
	}
}

// mediated is one party's to do, and an administrator's who is no party.
var mediated = Policy{SignIn, Invisible, Refused, Allowed, Invisible, Allowed}

// between is for the two whom the request names.
var between = Policy{SignIn, Refused, Allowed, Allowed, Refused, Refused}

// judged are the actions of a case: they have no operation among these.
var judged = []escrow.Action{escrow.Freeze, escrow.Thaw, escrow.Resume, escrow.Rule}

func (c *Call) agreementActions(a *escrow.Agreement) []string {
	return words(slices.DeleteFunc(c.Engine.Escrow.AllowedActions(a, c.By), func(do escrow.Action) bool { return slices.Contains(judged, do) }))
}

// agreementView is where the money of an agreement stands.
type agreementView struct {
	ID             string         `json:"id"`
	Version        int64          `json:"version"`
	Subject        subjectView    `json:"subject" doc:"what it is about"`
	PayerID        string         `json:"payer_id"`
	PayeeID        string         `json:"payee_id"`
	Payees         []shareView    `json:"payees,omitempty" nullable:"false" doc:"who shares what is released; absent: all is the payee's"`
	State          string         `json:"state" enum:"proposed,agreed,funded,submitted,frozen,released,refunded,settled,cancelled"`
	AllowedActions []string       `json:"allowed_actions" nullable:"false" doc:"what the caller may do now to the agreement itself; a milestone has its own"`
	Amount         lance.Money    `json:"amount" doc:"the price, without fees"`
	Funded         lance.Money    `json:"funded" doc:"of the price: what was moved into escrow"`
	Released       lance.Money    `json:"released" doc:"of the price: what was paid, before the payee's fees"`
	Refunded       lance.Money    `json:"refunded" doc:"of the price: what went back"`
	Remaining      lance.Money    `json:"remaining" doc:"of the price: what is left in escrow"`
	Held           lance.Money    `json:"held" doc:"the rest of the price and of the payer's fees"`
	PayerFee       lance.Money    `json:"payer_fee" doc:"taken so far on top of what was released"`
	PayeeFee       lance.Money    `json:"payee_fee" doc:"taken so far out of what was released"`
	RefundAsked    *lance.Money   `json:"refund_asked,omitempty" doc:"of the price: what the payer asks back"`
	RefundAt       *time.Time     `json:"refund_at,omitempty" doc:"when silence answers that"`
	Amendment      *amendment     `json:"amendment,omitempty" doc:"another price that waits for the other party's word"`
	Amended        int            `json:"amended" doc:"how often the price was changed"`
	Changes        int            `json:"changes" doc:"how often changes were requested"`
	MaxChanges     int            `json:"max_changes,omitempty" doc:"how often they may be; absent: as often as the payer likes"`
	Case           *subjectView   `json:"case,omitempty" doc:"what has frozen it"`
	Clearing       []clearingView `json:"clearing" nullable:"false" doc:"released and not yet to be withdrawn, the earliest first"`
	Inspection     string         `json:"inspection" example:"336h0m0s" doc:"from submission to release by itself"`
	PolicyVersion  int            `json:"policy_version" doc:"of the fees and clocks that it was made under"`
	Timers         []timerView    `json:"timers" nullable:"false" doc:"what will happen by itself, and when, or why not"`
	ProposedBy     string         `json:"proposed_by,omitempty" doc:"who has proposed it, where the other's word was needed"`
	ExpiresAt      *time.Time     `json:"expires_at,omitempty" doc:"when a proposal is over by itself"`
	CreatedAt      time.Time      `json:"created_at"`
	LimitAt        *time.Time     `json:"limit_at,omitempty" doc:"when held money may no longer stay"`
	FundedAt       *time.Time     `json:"funded_at,omitempty"`
	SubmittedAt    *time.Time     `json:"submitted_at,omitempty"`
	ReleaseAt      *time.Time     `json:"release_at,omitempty" doc:"when it releases by itself; absent while that clock stands"`
	EndedAt        *time.Time     `json:"ended_at,omitempty"`
}

// shareView is a payee's part of what is released.
type shareView struct {
	PartyID string `json:"party_id" maxLength:"64"`
	Weight  int64  `json:"weight" minimum:"1" maximum:"1000000" doc:"of the sum of all weights"`
}

// clearingView is a part of what was released that waits.
type clearingView struct {
	PartyID string      `json:"party_id" doc:"whose it is"`
	Amount  lance.Money `json:"amount" doc:"after fees"`
	At      time.Time   `json:"at" doc:"when it becomes available"`
}

func (v *agreementView) tag() string { return etag(v.Version) }

func (v *agreementView) location() string { return "/v1/agreements/" + v.ID }

// agreement shows an agreement as the caller sees it.
func (c *Call) agreement(a *escrow.Agreement) *agreementView {
	v := &agreementView{
		ID: string(a.ID), Version: a.Version, Subject: subjectOf(a.Subject), PayerID: string(a.Payer), PayeeID: string(a.Payee),
		Payees: listOf(a.Payees, func(s escrow.Share) shareView { return shareView{string(s.Party), s.Weight} }).Items,
		State:  string(a.State), AllowedActions: c.agreementActions(a),
		Amount: a.Amount, Funded: a.Funded, Released: a.Released, Refunded: a.Refunded, Remaining: a.Remaining(),
		Held: a.Held, PayerFee: a.PayerFee, PayeeFee: a.PayeeFee,
		RefundAt: optional(a.RefundAt), Amendment: amendmentOf(a), Amended: a.Amended,
		Changes: a.Changes, MaxChanges: a.MaxChanges,
		Clearing:   listOf(a.Clearing, func(c escrow.Clearing) clearingView { return clearingView{string(c.Party), c.Amount, c.At} }).Items,
		Inspection: a.Inspection.String(), PolicyVersion: a.Policy.Version, Timers: listOf(a.Timers(), viewTimer).Items,
		ProposedBy: string(a.ProposedBy), ExpiresAt: optional(a.ExpiresAt), LimitAt: optional(a.LimitAt()),
		CreatedAt: a.CreatedAt, FundedAt: optional(a.FundedAt), SubmittedAt: optional(a.SubmittedAt),
		ReleaseAt: optional(a.ReleaseAt), EndedAt: optional(a.EndedAt),
	}
	if a.RefundAsked.IsPositive() {
		v.RefundAsked = &a.RefundAsked
	}
	if !a.Pause.Case.IsZero() {
		v.Case = new(subjectOf(a.Pause.Case))
	}
	return v
}

func listAgreements(ctx context.Context, c *Call, in *struct {
	PageIn
	As      string `query:"as" enum:"payer,payee" doc:"which side the caller is on; administrators may leave it out for all"`
	Subject string `query:"subject" maxLength:"201" example:"milestone/mst_1" doc:"only about this: a kind, a slash and an identifier"`
	State   string `query:"state" enum:"proposed,agreed,funded,submitted,frozen,released,refunded,settled,cancelled" doc:"only these"`
},
) (*page[*agreementView], error) {
	q := escrow.Query{As: lance.Relation(in.As), State: escrow.State(in.State), PageQuery: in.query()}
	if in.Subject != "" {
		var err error
		if q.Subject, err = lance.ParseRef(in.Subject); err != nil {
			return nil, fieldFault("/subject", lance.CodeOf(err), "a subject is a kind, a slash and an identifier")
		}
	}
	p, err := c.Engine.Escrow.List(ctx, c.By, q)
	return pageShown(p, err, c.agreement)
}

func getAgreement(ctx context.Context, c *Call, in *ByID) (*agreementView, error) {
	a, err := c.Engine.Escrow.Get(ctx, c.By, escrow.ID(in.ID))
	return shown(a, err, c.agreement)
}

func listAgreementTimers(ctx context.Context, c *Call, in *ByID) (*list[timerView], error) {
	ts, err := c.Engine.Escrow.Timers(ctx, c.By, escrow.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return listOf(ts, viewTimer), nil
}

// VersionIn says of which version somebody speaks.
type VersionIn struct {
	ByID
	Body *struct {
		Version int64 `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
}

func (in *VersionIn) version() int64 {
	if in.Body == nil {
		return 0
	}
	return in.Body.Version
}

// PartIn says how much of an agreement's price to move.
type PartIn struct {
	ByID
	Body struct {
		Amount  *lance.Money `json:"amount,omitempty" doc:"of the price; left out, all that is left"`
		Version int64        `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
}

func (in *PartIn) amount() lance.Money {
	if in.Body.Amount == nil {
		return lance.Money{}
	}
	return *in.Body.Amount
}

func releasePart(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Amount  lance.Money `json:"amount" doc:"of the price, before the payee's fees"`
		Version int64       `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*agreementView, error) {
	a, err := c.Engine.Escrow.Release(ctx, c.By, escrow.ReleaseInput{Agreement: escrow.ID(in.ID), Version: in.Body.Version, Amount: in.Body.Amount})
	return shown(a, err, c.agreement)
}

func refund(ctx context.Context, c *Call, in *PartIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.Refund(ctx, c.By, escrow.RefundInput{Agreement: escrow.ID(in.ID), Version: in.Body.Version, Amount: in.amount()})
	return shown(a, err, c.agreement)
}

func askRefund(ctx context.Context, c *Call, in *PartIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.AskRefund(ctx, c.By, escrow.AskRefundInput{Agreement: escrow.ID(in.ID), Version: in.Body.Version, Amount: in.amount()})
	return shown(a, err, c.agreement)
}

func declineRefund(ctx context.Context, c *Call, in *VersionIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.DeclineRefund(ctx, c.By, escrow.DeclineRefundInput{Agreement: escrow.ID(in.ID), Version: in.version()})
	return shown(a, err, c.agreement)
}
