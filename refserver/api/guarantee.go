package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/refserver/problem"
)

func guaranteeOperations() []Operation {
	const tag = "Guarantee"
	read := reads(tag, "/v1")
	move := func(id, path, summary, doc string, p Policy, do mounter) Operation {
		return Operation{
			ID: id, Method: http.MethodPost, Path: "/v1" + path, Summary: summary, Doc: doc,
			Tag: tag, Policy: p, Errors: []int{http.StatusPaymentRequired}, do: do,
		}
	}
	file := move("file-guarantee-claim", "/guarantee-claims", "Claim money back that an agreement, or a milestone's, has released",
		"Its payer does, where the agreement's policy promises it, within the window from the last release.", Sided, do(fileClaim))
	file.Status = http.StatusCreated
	return []Operation{
		file,
		read("list-guarantee-claims", "/guarantee-claims", "Claims of the caller, or that he decides or could; all for administrators. The oldest first", Members, do(listClaims)),
		read("get-guarantee-claim", "/guarantee-claims/{id}", "One claim, for whom it concerns, who decides and who could", vacant, do(getClaim)),
		read("list-guarantee-claim-timers", "/guarantee-claims/{id}/timers", "When it is decided by itself, or when it is tried again to pay it", vacant, do(listClaimTimers)),
		move("withdraw-guarantee-claim", "/guarantee-claims/{id}/withdraw", "Take a claim back that was not paid", "", Policy{SignIn, Invisible, Refused, Allowed, Refused, Refused}, do(withdrawClaim)),
		move("assign-guarantee-claim", "/guarantee-claims/{id}/assign", "Say who decides",
			"An administrator names an arbiter without a stake; an arbiter takes a claim that has nobody.", Policy{SignIn, Invisible, Refused, Refused, Allowed, Allowed}, do(assignClaim)),
		move("uphold-guarantee-claim", "/guarantee-claims/{id}/uphold", "Grant a claim, or a part of it",
			"The arbiter who has it does, or an administrator where the policy says so. It is paid at once, or waits and says why.", Sided, do(upholdClaim)),
		move("reject-guarantee-claim", "/guarantee-claims/{id}/reject", "Grant nothing of a claim", "", Sided, do(rejectClaim)),
		move("pay-guarantee-claim", "/guarantee-claims/{id}/pay", "Try to pay a claim that is upheld, before its clock does",
			"402 `guarantee_fund_insufficient` while the fund has not enough.", concerned, do(payClaim)),
		read("list-guarantee-funds", "/admin/guarantee-funds", "What the guarantee fund has, and what is promised out of it, by currency", Admins, do(listFunds)),
		move("fill-guarantee-fund", "/admin/guarantee-funds/fill", "Put money into the guarantee fund",
			"From what the platform has earned by fees, or cash that it has brought into a provider's balance or a bank account.", Admins, do(fillFund)),
	}
}

// vacant is for those whom a claim concerns, and for arbiters while nobody has it.
var vacant = Policy{SignIn, Invisible, Allowed, Allowed, Allowed, Allowed}

// claimView is a claim on the guarantee as a caller sees it.
type claimView struct {
	ID             string        `json:"id"`
	Version        int64         `json:"version"`
	AgreementID    string        `json:"agreement_id" doc:"whose release it is about"`
	Subject        subjectView   `json:"subject" doc:"what the agreement is about"`
	PayerID        string        `json:"payer_id" doc:"who claims"`
	PayeeID        string        `json:"payee_id"`
	Amount         lance.Money   `json:"amount" doc:"of what was released"`
	Statement      string        `json:"statement"`
	State          string        `json:"state" enum:"filed,upheld,paid,rejected,withdrawn,overtaken"`
	AllowedActions []string      `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	JudgeID        string        `json:"judge_id,omitempty" doc:"the arbiter who has it"`
	Decision       *decisionView `json:"decision,omitempty"`
	WhyNot         string        `json:"why_not,omitempty" enum:"guarantee_fund,frozen,chargeback" doc:"why one that is upheld is not paid: the fund has not enough; a case or a chargeback has the agreement frozen; one about what was released is open"`
	FromHold       lance.Money   `json:"from_hold" doc:"once paid: out of what the agreement held"`
	FromFund       lance.Money   `json:"from_fund" doc:"once paid: out of the guarantee fund"`
	CreatedAt      time.Time     `json:"created_at"`
	DeadlineAt     *time.Time    `json:"deadline_at,omitempty" doc:"until when it has to be decided; absent when it is"`
	EndedAt        *time.Time    `json:"ended_at,omitempty"`
}

// decisionView is what was decided about a claim.
type decisionView struct {
	JudgeID string      `json:"judge_id,omitempty" doc:"who; absent: nobody had in time, and the policy has"`
	Granted lance.Money `json:"granted"`
	Text    string      `json:"text,omitempty" doc:"why"`
	At      time.Time   `json:"at"`
}

func (v *claimView) tag() string { return etag(v.Version) }

func (v *claimView) location() string { return "/v1/guarantee-claims/" + v.ID }

// claim shows a claim as the caller sees it.
func (c *Call) claim(g *guarantee.Claim) *claimView {
	v := &claimView{
		ID: string(g.ID), Version: g.Version, AgreementID: string(g.Agreement), Subject: subjectOf(g.Subject), PayerID: string(g.Payer), PayeeID: string(g.Payee),
		Amount: g.Amount, Statement: g.Statement, State: string(g.State), AllowedActions: words(g.AllowedActions(c.By)), JudgeID: string(g.Judge),
		WhyNot: string(g.Why), FromHold: g.FromHold, FromFund: g.FromFund,
		CreatedAt: g.CreatedAt, DeadlineAt: optional(g.DeadlineAt), EndedAt: optional(g.EndedAt),
	}
	if d := g.Decision; !d.At.IsZero() {
		v.Decision = &decisionView{string(d.By), d.Granted, d.Text, d.At}
	}
	return v
}

func fileClaim(ctx context.Context, c *Call, in *struct {
	Body struct {
		AgreementID string       `json:"agreement_id,omitempty" maxLength:"200" doc:"about this"`
		MilestoneID string       `json:"milestone_id,omitempty" maxLength:"200" doc:"or about this one's money"`
		Amount      *lance.Money `json:"amount,omitempty" doc:"of what was released; absent: all that can be claimed"`
		Statement   string       `json:"statement" minLength:"5" maxLength:"5000" doc:"why"`
	}
},
) (*claimView, error) {
	about := escrow.ID(in.Body.AgreementID)
	if (about == "") == (in.Body.MilestoneID == "") {
		return nil, fieldFault("/agreement_id", "required", "a claim is about an agreement, or about a milestone")
	}
	if about == "" {
		m, err := c.Engine.Contracts.GetMilestone(ctx, c.By, contract.MilestoneID(in.Body.MilestoneID))
		if err != nil {
			return nil, err
		}
		about = m.Agreement
	}
	f := guarantee.FileInput{Agreement: about, Statement: in.Body.Statement}
	if in.Body.Amount != nil {
		f.Amount = *in.Body.Amount
	}
	g, err := c.Engine.Guarantee.File(ctx, c.By, f)
	return shown(g, err, c.claim)
}

func listClaims(ctx context.Context, c *Call, in *struct {
	PageIn
	As          string `query:"as" enum:"payer,payee,judge,candidate" doc:"what the caller is; candidate: what he could take as an arbiter. Administrators and support may leave it out for all"`
	AgreementID string `query:"agreement_id" maxLength:"200" doc:"only about this"`
	State       string `query:"state" enum:"filed,upheld,paid,rejected,withdrawn,overtaken" doc:"only these"`
},
) (*page[*claimView], error) {
	p, err := c.Engine.Guarantee.List(ctx, c.By, guarantee.Query{
		As: lance.Relation(in.As), Agreement: escrow.ID(in.AgreementID), State: guarantee.State(in.State), PageQuery: in.query(),
	})
	return pageShown(p, err, c.claim)
}

func getClaim(ctx context.Context, c *Call, in *ByID) (*claimView, error) {
	g, err := c.Engine.Guarantee.Get(ctx, c.By, guarantee.ID(in.ID))
	return shown(g, err, c.claim)
}

func listClaimTimers(ctx context.Context, c *Call, in *ByID) (*list[timerView], error) {
	ts, err := c.Engine.Guarantee.Timers(ctx, c.By, guarantee.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return listOf(ts, viewTimer), nil
}

func withdrawClaim(ctx context.Context, c *Call, in *VersionIn) (*claimView, error) {
	g, err := c.Engine.Guarantee.Withdraw(ctx, c.By, guarantee.ActInput{Claim: guarantee.ID(in.ID), Version: in.version()})
	return shown(g, err, c.claim)
}

func payClaim(ctx context.Context, c *Call, in *VersionIn) (*claimView, error) {
	g, err := c.Engine.Guarantee.Pay(ctx, c.By, guarantee.ActInput{Claim: guarantee.ID(in.ID), Version: in.version()})
	return shown(g, err, c.claim)
}

func assignClaim(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		UserID  string `json:"user_id" minLength:"1" maxLength:"64" doc:"an arbiter without a stake; an arbiter names himself"`
		Version int64  `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*claimView, error) {
	g, err := c.Engine.Guarantee.Assign(ctx, c.By, guarantee.AssignInput{Claim: guarantee.ID(in.ID), Version: in.Body.Version, User: lance.UserID(in.Body.UserID)})
	return shown(g, problem.Rename(err, "/user", "/user_id"), c.claim)
}

func upholdClaim(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Granted *lance.Money `json:"granted,omitempty" doc:"of what is claimed; absent: all of it"`
		Text    string       `json:"text" minLength:"5" maxLength:"5000" doc:"why"`
		Version int64        `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*claimView, error) {
	u := guarantee.UpholdInput{Claim: guarantee.ID(in.ID), Version: in.Body.Version, Text: in.Body.Text}
	if in.Body.Granted != nil {
		u.Granted = *in.Body.Granted
	}
	g, err := c.Engine.Guarantee.Uphold(ctx, c.By, u)
	return shown(g, err, c.claim)
}

func rejectClaim(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Text    string `json:"text" minLength:"5" maxLength:"5000" doc:"why"`
		Version int64  `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*claimView, error) {
	g, err := c.Engine.Guarantee.Reject(ctx, c.By, guarantee.RejectInput{Claim: guarantee.ID(in.ID), Version: in.Body.Version, Text: in.Body.Text})
	return shown(g, err, c.claim)
}

// fundView is what the guarantee fund has in one currency.
type fundView struct {
	Currency string      `json:"currency"`
	Balance  lance.Money `json:"balance"`
	Promised lance.Money `json:"promised" doc:"what claims were granted that are not paid yet"`
	Claims   int         `json:"claims" doc:"how many"`
	Short    lance.Money `json:"short" doc:"what it lacks for all of them"`
}

func listFunds(ctx context.Context, c *Call, _ *struct{}) (*list[fundView], error) {
	fs, err := c.Engine.Guarantee.Funds(ctx, c.By)
	if err != nil {
		return nil, err
	}
	return listOf(fs, func(f guarantee.Fund) fundView {
		return fundView{f.Currency.Code(), f.Balance, f.Promised, f.Claims, f.Short()}
	}), nil
}

// fillView is what the guarantee fund was filled with.
type fillView struct {
	ID       string      `json:"id"`
	Amount   lance.Money `json:"amount"`
	From     string      `json:"from" enum:"fees,cash"`
	Provider string      `json:"provider,omitempty"`
	At       time.Time   `json:"at"`
}

func fillFund(ctx context.Context, c *Call, in *struct {
	Body struct {
		Amount   lance.Money `json:"amount"`
		From     string      `json:"from" enum:"fees,cash"`
		Provider string      `json:"provider,omitempty" maxLength:"64" example:"sandbox" doc:"with cash: whose balance it was brought into"`
	}
},
) (*fillView, error) {
	f, err := c.Engine.Guarantee.Fill(ctx, c.By, guarantee.FillInput{Amount: in.Body.Amount, From: guarantee.Source(in.Body.From), Provider: in.Body.Provider})
	return shown(f, err, func(f *guarantee.Fill) *fillView {
		return &fillView{string(f.ID), f.Amount, string(f.From), f.Provider, f.At}
	})
}
