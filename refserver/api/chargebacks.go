package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
)

func chargebackOperations() []Operation {
	const tag = "Money"
	read := reads(tag, "")
	settle := func(id, path, summary, doc string, p Policy, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodPost, Path: path, Summary: summary, Doc: doc, Tag: tag, Policy: p, do: do}
	}
	const byHand = "Administrators do it whom the chargeback does not concern, when the provider never says how it ended."
	return []Operation{
		read("list-chargebacks", "/v1/chargebacks", "The chargebacks of the caller's top-ups, the latest first", Members, do(listChargebacks)),
		read("list-all-chargebacks", "/v1/admin/chargebacks", "Everybody's chargebacks, the latest first", Admins, do(listAllChargebacks)),
		read("get-chargeback", "/v1/chargebacks/{id}", "One chargeback, for those whom it concerns", Shared, do(getChargeback)),
		settle("win-chargeback", "/v1/chargebacks/{id}/win", "Say that a chargeback was won", byHand, concerned, do(winChargeback)),
		settle("lose-chargeback", "/v1/chargebacks/{id}/lose", "Say that a chargeback was lost", byHand, concerned, do(loseChargeback)),
		read("list-debts", "/v1/debts", "What the caller owes the platform, and owed, the latest first", Members, do(listDebts)),
		read("list-all-debts", "/v1/admin/debts", "What everybody owes the platform, and owed, the latest first", Admins, do(listAllDebts)),
		read("get-debt", "/v1/debts/{id}", "One debt", Watched, do(getDebt)),
		settle("write-off-debt", "/v1/debts/{id}/write-off", "Give up what is left of a debt",
			"Administrators do it, and not with their own. The platform bears what is left.", overseen, do(writeOffDebt)),
	}
}

// concerned is an administrator's to do to what those whom it concerns see.
var concerned = Policy{SignIn, Invisible, Refused, Refused, Invisible, Allowed}

// partView is where a part of the money is that is charged back.
type partView struct {
	Kind      string      `json:"kind" enum:"wallet,held,earned,fee,tax,gone,guaranteed" doc:"the payer has it yet; an agreement holds it, which is frozen; a payee was paid it; the platform's fee, and the tax on it; withdrawn or spent otherwise; the guarantee fund has given the payer as much"`
	Agreement string      `json:"agreement_id,omitempty"`
	Payee     string      `json:"payee_id,omitempty"`
	Bearer    string      `json:"bearer_id,omitempty" doc:"on whom it falls when it is lost and was not kept"`
	Amount    lance.Money `json:"amount"`
	Aside     lance.Money `json:"aside" doc:"of that, what is set aside"`
}

// chargebackView is a chargeback as a party sees it, or an administrator.
type chargebackView struct {
	ID             string       `json:"id"`
	Version        int64        `json:"version"`
	TopUp          string       `json:"top_up_id"`
	PartyID        string       `json:"party_id" doc:"who was charged"`
	Provider       string       `json:"provider"`
	Amount         lance.Money  `json:"amount"`
	State          string       `json:"state" enum:"open,won,lost"`
	AllowedActions []string     `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	Code           string       `json:"code" doc:"why, as the bank says" example:"fraudulent"`
	Parts          []partView   `json:"parts" nullable:"false" doc:"where the money is: the caller's own, for administrators all"`
	Fee            *lance.Money `json:"fee,omitempty" doc:"what the provider took; for administrators"`
	Owed           *lance.Money `json:"owed,omitempty" doc:"what parties came to owe for it; for administrators"`
	Loss           *lance.Money `json:"loss,omitempty" doc:"what fell on the platform; for administrators"`
	AnswerBy       *time.Time   `json:"answer_by,omitempty" doc:"until when evidence has to be with the provider"`
	WarnedAt       *time.Time   `json:"warned_at,omitempty" doc:"when it was said that nobody says how it ended"`
	EndedAt        *time.Time   `json:"ended_at,omitempty"`
	CreatedAt      time.Time    `json:"created_at"`
	UpdatedAt      time.Time    `json:"updated_at"`
}

func (v *chargebackView) tag() string { return etag(v.Version) }

func chargebackFor(by lance.Actor) func(*payments.Chargeback) *chargebackView {
	return func(b *payments.Chargeback) *chargebackView {
		v := &chargebackView{
			ID: string(b.ID), Version: b.Version, TopUp: string(b.TopUp), PartyID: string(b.Party), Provider: b.Provider,
			Amount: b.Amount, State: string(b.State), AllowedActions: words(b.AllowedActions(by)), Code: b.Code,
			Parts: make([]partView, len(b.Parts)), AnswerBy: optional(b.AnswerBy), WarnedAt: optional(b.WarnedAt),
			EndedAt: optional(b.EndedAt), CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt,
		}
		for i, p := range b.Parts {
			v.Parts[i] = partView{string(p.Kind), string(p.Agreement), string(p.Payee), string(p.Bearer), p.Amount, p.Aside}
		}
		if by.Has(lance.RoleAdmin) {
			v.Fee, v.Owed, v.Loss = &b.Fee, &b.Owed, &b.Loss
		}
		return v
	}
}

func listChargebacks(ctx context.Context, c *Call, in *PageIn) (*page[*chargebackView], error) {
	p, err := c.Engine.Payments.Chargebacks(ctx, c.By, false, in.query())
	return pageShown(p, err, chargebackFor(c.By))
}

func listAllChargebacks(ctx context.Context, c *Call, in *PageIn) (*page[*chargebackView], error) {
	p, err := c.Engine.Payments.Chargebacks(ctx, c.By, true, in.query())
	return pageShown(p, err, chargebackFor(c.By))
}

func getChargeback(ctx context.Context, c *Call, in *ByID) (*chargebackView, error) {
	b, err := c.Engine.Payments.GetChargeback(ctx, c.By, payments.ChargebackID(in.ID))
	return shown(b, err, chargebackFor(c.By))
}

func winChargeback(ctx context.Context, c *Call, in *act) (*chargebackView, error) {
	b, err := c.Engine.Payments.SettleChargeback(ctx, c.By, payments.ChargebackID(in.ID), payments.Win)
	return shown(b, err, chargebackFor(c.By))
}

func loseChargeback(ctx context.Context, c *Call, in *act) (*chargebackView, error) {
	b, err := c.Engine.Payments.SettleChargeback(ctx, c.By, payments.ChargebackID(in.ID), payments.Lose)
	return shown(b, err, chargebackFor(c.By))
}

// debtView is what a party owes the platform.
type debtView struct {
	ID             string      `json:"id"`
	Version        int64       `json:"version"`
	PartyID        string      `json:"party_id"`
	Chargeback     string      `json:"chargeback_id,omitempty" doc:"what it is owed for, where that is a chargeback"`
	Claim          string      `json:"guarantee_claim_id,omitempty" doc:"what it is owed for, where the guarantee fund gave it back to a payer"`
	Amount         lance.Money `json:"amount"`
	Paid           lance.Money `json:"paid" doc:"what was netted from what the party had available"`
	Rest           lance.Money `json:"rest" doc:"what is left"`
	State          string      `json:"state" enum:"owing,netted,written_off"`
	AllowedActions []string    `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	WriteOffAt     time.Time   `json:"write_off_at" doc:"when what is left is written off by itself"`
	CreatedAt      time.Time   `json:"created_at"`
	UpdatedAt      time.Time   `json:"updated_at"`
}

func (v *debtView) tag() string { return etag(v.Version) }

func debtFor(by lance.Actor) func(*payments.Debt) *debtView {
	return func(d *payments.Debt) *debtView {
		v := &debtView{
			ID: string(d.ID), Version: d.Version, PartyID: string(d.Party),
			Amount: d.Amount, Paid: d.Paid, Rest: d.Rest(), State: string(d.State), AllowedActions: words(d.AllowedActions(by)),
			WriteOffAt: d.WriteOffAt, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
		}
		if v.Chargeback = d.For.ID; d.For.Kind != payments.ChargebackLifecycle.Noun() {
			v.Chargeback, v.Claim = "", d.For.ID
		}
		return v
	}
}

func listDebts(ctx context.Context, c *Call, in *PageIn) (*page[*debtView], error) {
	p, err := c.Engine.Payments.Debts(ctx, c.By, false, in.query())
	return pageShown(p, err, debtFor(c.By))
}

func listAllDebts(ctx context.Context, c *Call, in *PageIn) (*page[*debtView], error) {
	p, err := c.Engine.Payments.Debts(ctx, c.By, true, in.query())
	return pageShown(p, err, debtFor(c.By))
}

func getDebt(ctx context.Context, c *Call, in *ByID) (*debtView, error) {
	d, err := c.Engine.Payments.GetDebt(ctx, c.By, payments.DebtID(in.ID))
	return shown(d, err, debtFor(c.By))
}

func writeOffDebt(ctx context.Context, c *Call, in *act) (*debtView, error) {
	d, err := c.Engine.Payments.WriteOffDebt(ctx, c.By, payments.DebtID(in.ID))
	return shown(d, err, debtFor(c.By))
}
