package api

import (
	"context"
	"strconv"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/refserver/problem"
)

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

// periodIn reads a period that may be left out, such as 336h.
func periodIn(f *lance.Faults, pointer, s string, otherwise time.Duration) time.Duration {
	if s == "" {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		f.Add(pointer, "period_syntax", "a period above zero, such as 336h")
	}
	return d
}

// answerWithin is how long a proposal stands unless it says otherwise.
const answerWithin = 7 * 24 * time.Hour

func proposeAgreement(ctx context.Context, c *Call, in *struct {
	Body struct {
		Subject      subjectView `json:"subject" doc:"what it is about: a kind and an identifier of the caller's own"`
		PayerID      string      `json:"payer_id" maxLength:"64" doc:"the caller, or who is to pay him"`
		PayeeID      string      `json:"payee_id" maxLength:"64" doc:"the caller, or whom he is to pay"`
		Payees       []shareView `json:"payees,omitempty" nullable:"false" maxItems:"20" doc:"who shares what is released, the payee among them; left out: all is the payee's"`
		Amount       lance.Money `json:"amount" doc:"the price, without fees"`
		Inspection   string      `json:"inspection,omitempty" maxLength:"40" example:"336h" doc:"from submission to release by itself; left out, as the policy says"`
		Work         string      `json:"work,omitempty" maxLength:"40" example:"720h" doc:"until the work is submitted, if that is known: held money may not stay for ever"`
		AcceptWithin string      `json:"accept_within,omitempty" maxLength:"40" example:"168h" doc:"how long the other party has to accept; left out, seven days"`
	}
},
) (*agreementView, error) {
	var f lance.Faults
	b := &in.Body
	agree := escrow.AgreeInput{
		Subject: lance.Ref(b.Subject), Payer: lance.PartyID(b.PayerID), Payee: lance.PartyID(b.PayeeID), Amount: b.Amount,
		Inspection: periodIn(&f, "/inspection", b.Inspection, 0), Work: periodIn(&f, "/work", b.Work, 0),
		AcceptWithin: periodIn(&f, "/accept_within", b.AcceptWithin, answerWithin),
	}
	named := []namedParty{{"/payer_id", agree.Payer}, {"/payee_id", agree.Payee}}
	names := []string{"/payer", "/payer_id", "/payee", "/payee_id"}
	for i, s := range b.Payees {
		agree.Payees = append(agree.Payees, escrow.Share{Party: lance.PartyID(s.PartyID), Weight: s.Weight})
		at := "/payees/" + strconv.Itoa(i)
		names, named = append(names, at+"/party", at+"/party_id"), append(named, namedParty{at + "/party_id", lance.PartyID(s.PartyID)})
	}
	if err := c.members(ctx, &f, named...); err != nil {
		return nil, err
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	a, err := c.Engine.Escrow.Agree(ctx, c.By, agree)
	return shown(a, problem.Rename(err, names...), c.agreement)
}

// namedParty is a party that a request names somewhere.
type namedParty struct {
	at string
	id lance.PartyID
}

// members notes the parties that nobody is who may act here. What can be no party at
// all is told by whoever takes it.
func (c *Call) members(ctx context.Context, f *lance.Faults, named ...namedParty) error {
	for _, p := range named {
		if p.id.Check() != nil {
			continue
		}
		u, err := c.Engine.Auth.Get(ctx, lance.System("agreement.parties"), lance.UserID(p.id))
		if lance.KindOf(err) == lance.NotFound || err == nil && u.State != auth.StateActive {
			f.Add(p.at, "party_unknown", "there is no such user")
		} else if err != nil {
			return err
		}
	}
	return nil
}

func acceptAgreement(ctx context.Context, c *Call, in *VersionIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.Accept(ctx, c.By, escrow.AcceptInput{Agreement: escrow.ID(in.ID), Version: in.version()})
	return shown(a, err, c.agreement)
}

func fundAgreement(ctx context.Context, c *Call, in *PartIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.Fund(ctx, c.By, escrow.FundInput{Agreement: escrow.ID(in.ID), Version: in.Body.Version, Amount: in.amount()})
	return shown(a, err, c.agreement)
}

func submitAgreement(ctx context.Context, c *Call, in *VersionIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.Submit(ctx, c.By, escrow.SubmitInput{Agreement: escrow.ID(in.ID), Version: in.version()})
	return shown(a, err, c.agreement)
}

func requestAgreementChanges(ctx context.Context, c *Call, in *VersionIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.RequestChanges(ctx, c.By, escrow.RequestChangesInput{Agreement: escrow.ID(in.ID), Version: in.version()})
	return shown(a, err, c.agreement)
}

func approveAgreement(ctx context.Context, c *Call, in *VersionIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.Approve(ctx, c.By, escrow.ApproveInput{Agreement: escrow.ID(in.ID), Version: in.version()})
	return shown(a, err, c.agreement)
}

func amendAgreement(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Amount  lance.Money `json:"amount" doc:"the new price, without fees"`
		Version int64       `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*agreementView, error) {
	a, err := c.Engine.Escrow.Amend(ctx, c.By, escrow.AmendInput{Agreement: escrow.ID(in.ID), Version: in.Body.Version, Amount: in.Body.Amount})
	return shown(a, err, c.agreement)
}

func acceptAmendment(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Amount  lance.Money `json:"amount" doc:"the proposed price: another one is not agreed to"`
		Version int64       `json:"version,omitempty" minimum:"1" doc:"the version that was read; left out, any"`
	}
},
) (*agreementView, error) {
	a, err := c.Engine.Escrow.AcceptAmendment(ctx, c.By, escrow.AcceptAmendmentInput{Agreement: escrow.ID(in.ID), Version: in.Body.Version, Amount: in.Body.Amount})
	return shown(a, err, c.agreement)
}

func declineAmendment(ctx context.Context, c *Call, in *VersionIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.DeclineAmendment(ctx, c.By, escrow.DeclineAmendmentInput{Agreement: escrow.ID(in.ID), Version: in.version()})
	return shown(a, err, c.agreement)
}

func cancelAgreement(ctx context.Context, c *Call, in *VersionIn) (*agreementView, error) {
	a, err := c.Engine.Escrow.Cancel(ctx, c.By, escrow.CancelInput{Agreement: escrow.ID(in.ID), Version: in.version()})
	return shown(a, err, c.agreement)
}
