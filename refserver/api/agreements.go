package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

func agreementOperations() []Operation {
	const tag = "Escrow"
	read := func(id, path, summary string, p Policy, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodGet, Path: path, Summary: summary, Tag: tag, Policy: p, do: do}
	}
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
		move("release-part", "release", "Pay a part of the price; the rest stays in escrow", "A part that is all that is left ends the agreement.", Sided, do(releasePart)),
		move("refund", "refund", "Send a part of the price back to the payer, or all that is left", "The payee does it, or an administrator without a stake.", mediated, do(refund)),
		move("ask-refund", "ask-refund", "Ask the payee to send a part back, or all that is left", "Nothing moves until he does, or his time to answer is over.", Sided, do(askRefund)),
		move("decline-refund", "decline-refund", "Answer a request for a refund with no", "The clock that would have answered it stops.", Sided, do(declineRefund)),
		{
			ID: "quote", Method: http.MethodPost, Path: "/v1/quotes", Summary: "What a price costs whom, fee by fee",
			Tag: tag, Policy: Public, Keys: Natural, do: do(quote),
		},
	}
}

// mediated is one party's to do, and an administrator's who is no party.
var mediated = Policy{SignIn, Invisible, Refused, Allowed, Invisible, Allowed}

// shownActions are those of an agreement that have an operation here. What a
// milestone does with its agreement has its operation there; proposals,
// amendments and cases are the Go API's alone.
var shownActions = []escrow.Action{escrow.Release, escrow.Refund, escrow.RefundPart, escrow.AskRefund, escrow.DeclineRefund}

func agreementActions(a *escrow.Agreement, by lance.Actor) []string {
	return words(slices.DeleteFunc(a.AllowedActions(by), func(do escrow.Action) bool { return !slices.Contains(shownActions, do) }))
}

// agreementView is where the money of an agreement stands.
type agreementView struct {
	ID             string         `json:"id"`
	Version        int64          `json:"version"`
	Subject        subjectView    `json:"subject" doc:"what it is about"`
	PayerID        string         `json:"payer_id"`
	PayeeID        string         `json:"payee_id"`
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
	Clearing       []clearingView `json:"clearing" nullable:"false" doc:"released and not yet to be withdrawn, the earliest first"`
	Inspection     string         `json:"inspection" example:"336h0m0s" doc:"from submission to release by itself"`
	PolicyVersion  int            `json:"policy_version" doc:"of the fees and clocks that it was made under"`
	CreatedAt      time.Time      `json:"created_at"`
	FundedAt       *time.Time     `json:"funded_at,omitempty"`
	SubmittedAt    *time.Time     `json:"submitted_at,omitempty"`
	ReleaseAt      *time.Time     `json:"release_at,omitempty" doc:"when it releases by itself; absent while that clock stands"`
	EndedAt        *time.Time     `json:"ended_at,omitempty"`
}

// clearingView is a part of what was released that waits.
type clearingView struct {
	PartyID string      `json:"party_id" doc:"whose it is"`
	Amount  lance.Money `json:"amount" doc:"after fees"`
	At      time.Time   `json:"at" doc:"when it becomes available"`
}

// amendment is another price that waits for the other party's word.
type amendment struct {
	By        string      `json:"by" doc:"who proposes it"`
	Amount    lance.Money `json:"amount" doc:"the new one, without fees"`
	ExpiresAt time.Time   `json:"expires_at" doc:"when it is over by itself"`
}

func amendmentOf(a *escrow.Agreement) *amendment {
	if a.Amendment.By == "" {
		return nil
	}
	return &amendment{string(a.Amendment.By), a.Amendment.Amount, a.Amendment.ExpiresAt}
}

func (v *agreementView) tag() string { return etag(v.Version) }

func agreementFor(by lance.Actor) func(*escrow.Agreement) *agreementView {
	return func(a *escrow.Agreement) *agreementView {
		v := &agreementView{
			ID: string(a.ID), Version: a.Version, Subject: subjectOf(a.Subject), PayerID: string(a.Payer), PayeeID: string(a.Payee),
			State: string(a.State), AllowedActions: agreementActions(a, by),
			Amount: a.Amount, Funded: a.Funded, Released: a.Released, Refunded: a.Refunded, Remaining: a.Remaining(),
			Held: a.Held, PayerFee: a.PayerFee, PayeeFee: a.PayeeFee,
			Clearing:   listOf(a.Clearing, func(c escrow.Clearing) clearingView { return clearingView{string(c.Party), c.Amount, c.At} }).Items,
			Inspection: a.Inspection.String(), PolicyVersion: a.Policy.Version,
			CreatedAt: a.CreatedAt, FundedAt: optional(a.FundedAt), SubmittedAt: optional(a.SubmittedAt),
			ReleaseAt: optional(a.ReleaseAt), EndedAt: optional(a.EndedAt),
		}
		if !a.RefundAsked.IsZero() {
			v.RefundAsked = &a.RefundAsked
		}
		return v
	}
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
	return pageShown(p, err, agreementFor(c.By))
}

func getAgreement(ctx context.Context, c *Call, in *ByID) (*agreementView, error) {
	a, err := c.Engine.Escrow.Get(ctx, c.By, escrow.ID(in.ID))
	return shown(a, err, agreementFor(c.By))
}

func listAgreementTimers(ctx context.Context, c *Call, in *ByID) (*list[timerView], error) {
	ts, err := c.Engine.Escrow.Timers(ctx, c.By, escrow.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return listOf(ts, viewTimer), nil
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
	return shown(a, err, agreementFor(c.By))
}

func refund(ctx context.Context, c *Call, in *PartIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.Refund(ctx, c.By, escrow.RefundInput{Agreement: escrow.ID(in.ID), Version: in.Body.Version, Amount: in.amount()})
	return shown(a, err, agreementFor(c.By))
}

func askRefund(ctx context.Context, c *Call, in *PartIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.AskRefund(ctx, c.By, escrow.AskRefundInput{Agreement: escrow.ID(in.ID), Version: in.Body.Version, Amount: in.amount()})
	return shown(a, err, agreementFor(c.By))
}

func declineRefund(ctx context.Context, c *Call, in *struct {
	ByID
	Body *struct {
		Version int64 `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*agreementView, error) {
	no := escrow.DeclineRefundInput{Agreement: escrow.ID(in.ID)}
	if in.Body != nil {
		no.Version = in.Body.Version
	}
	a, err := c.Engine.Escrow.DeclineRefund(ctx, c.By, no)
	return shown(a, err, agreementFor(c.By))
}

// quoteView says what a price costs whom.
type quoteView struct {
	PolicyVersion int         `json:"policy_version"`
	Amount        lance.Money `json:"amount" doc:"the price"`
	Lines         []feeView   `json:"lines" nullable:"false" doc:"fee by fee"`
	Fees          lance.Money `json:"fees" doc:"the sum of the lines"`
	PayerPays     lance.Money `json:"payer_pays" doc:"the price and the payer's fees"`
	PayeeGets     lance.Money `json:"payee_gets" doc:"the price without the payee's fees"`
}

// feeView is one fee of a quote.
type feeView struct {
	Name   string      `json:"name"`
	Side   string      `json:"side" enum:"payer,payee" doc:"who bears it"`
	Amount lance.Money `json:"amount"`
	Rule   string      `json:"rule" doc:"how it came about" example:"percent"`
}

func quote(_ context.Context, c *Call, in *struct {
	Body struct {
		Amount lance.Money `json:"amount" doc:"the price: above zero, without fees"`
	}
},
) (*quoteView, error) {
	q, err := c.Engine.Escrow.Quote(in.Body.Amount)
	if err != nil {
		return nil, err
	}
	fees := listOf(q.Lines, func(l policy.Line) feeView { return feeView{l.Name, string(l.Side), l.Amount, l.Rule} })
	return &quoteView{q.Version, q.Price, fees.Items, q.Fees, q.PayerPays, q.PayeeGets}, nil
}
