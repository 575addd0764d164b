package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/refserver/problem"
)

func walletOperations() []Operation {
	const tag = "Money"
	read := reads(tag, "")
	move := func(id, path, summary, doc string, do mounter) Operation {
		return Operation{
			ID: id, Method: http.MethodPost, Path: path, Summary: summary, Doc: doc, Tag: tag, Policy: Members,
			Status: http.StatusCreated, Keys: Passed, Errors: []int{http.StatusPaymentRequired}, do: do,
		}
	}
	settle := func(id, path, summary string, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodPost, Path: path, Summary: summary, Doc: "Administrators do it, and not with their own.", Tag: tag, Policy: overseen, do: do}
	}
	return []Operation{
		read("get-wallet", "/v1/wallet", "What the caller has, by currency", Members, do(getWallet)),
		read("list-wallet-entries", "/v1/wallet/entries", "The caller's statement, the latest first, each line with the balance after it", Members, do(listEntries)),
		read("get-user-wallet", "/v1/users/{id}/wallet", "What a user has, by currency", Watched, do(getUserWallet)),
		read("list-user-wallet-entries", "/v1/users/{id}/wallet/entries", "A user's statement, the latest first", Watched, do(listUserEntries)),
		move("create-top-up", "/v1/wallet/top-ups", "Charge a payment method",
			"The wallet is credited when the provider confirms. A top-up that is declined is stored all the same: the answer is 402, and its Location says where it is.", do(createTopUp)),
		read("list-top-ups", "/v1/wallet/top-ups", "The caller's top-ups, the latest first", Members, do(listTopUps)),
		read("get-top-up", "/v1/wallet/top-ups/{id}", "One top-up", Watched, do(getTopUp)),
		move("create-payout", "/v1/payouts", "Send money to a bank account",
			"The amount is reserved at once. A payout that the provider refuses, at once or later, is kept as rejected and its amount is available again.", do(createPayout)),
		read("list-payouts", "/v1/payouts", "The caller's payouts, the latest first", Members, do(listPayouts)),
		read("get-payout", "/v1/payouts/{id}", "One payout", Watched, do(getPayout)),
		settle("abandon-top-up", "/v1/wallet/top-ups/{id}/abandon", "Give up a top-up that the provider never answered", do(abandonTopUp)),
		settle("pay-payout", "/v1/payouts/{id}/pay", "Say that a payout was sent that the provider never answered", do(payPayout)),
		settle("reject-payout", "/v1/payouts/{id}/reject", "Say that a payout was not sent that the provider never answered", do(rejectPayout)),
		{
			ID: "receive-webhook", Method: http.MethodPost, Path: "/v1/webhooks/{provider}", Summary: "What a payment provider tells",
			Doc: "The body is verified by the provider's own signature. An event that was received before changes nothing and is answered alike.",
			Tag: tag, Policy: Public, Keys: Natural, do: do(receiveWebhook),
		},
	}
}

// overseen is an administrator's to do to what its owner sees.
var overseen = Policy{SignIn, Invisible, Invisible, Refused, Invisible, Allowed}

// balanceView is what a party has in one currency.
type balanceView struct {
	Currency  string      `json:"currency"`
	Available lance.Money `json:"available" doc:"may be spent now"`
	Held      lance.Money `json:"held" doc:"in agreements that the party pays for, in payouts under way, and set aside while a chargeback is open"`
	Pending   lance.Money `json:"pending" doc:"top-ups that are not confirmed, and releases in clearance"`
	Owed      lance.Money `json:"owed" doc:"what the party owes the platform"`
}

// walletView is what a party has.
type walletView struct {
	Balances []balanceView `json:"balances" nullable:"false"`
}

func getWallet(ctx context.Context, c *Call, _ *struct{}) (*walletView, error) {
	return c.wallet(ctx, c.By.Party)
}

func getUserWallet(ctx context.Context, c *Call, in *ByID) (*walletView, error) {
	p, err := c.walletOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return c.wallet(ctx, p)
}

// walletOf returns the party of a user whom the caller may see.
func (c *Call) walletOf(ctx context.Context, id string) (lance.PartyID, error) {
	u, err := c.Engine.Auth.Get(ctx, c.By, lance.UserID(id))
	if err != nil {
		return "", err
	}
	return lance.PartyID(u.ID), nil
}

func (c *Call) wallet(ctx context.Context, p lance.PartyID) (*walletView, error) {
	bs, err := c.Engine.Payments.Wallet(ctx, c.By, p)
	if err != nil {
		return nil, err
	}
	v := &walletView{Balances: make([]balanceView, len(bs))}
	for i, b := range bs {
		v.Balances[i] = balanceView{b.Currency.Code(), b.Available, b.Held, b.Pending, b.Owed}
	}
	return v, nil
}

// subjectView names what something is about.
type subjectView struct {
	Kind string `json:"kind" example:"agreement"`
	ID   string `json:"id"`
}

func subjectOf(r lance.Ref) subjectView { return subjectView{r.Kind, r.ID} }

// entryView is one line of a statement.
type entryView struct {
	N       int64       `json:"n" doc:"its place in the statement, from 1, without gaps"`
	ID      string      `json:"id" doc:"of the transfer"`
	Code    string      `json:"code" doc:"what it is for" example:"release"`
	Subject subjectView `json:"subject" doc:"what it is about"`
	Amount  lance.Money `json:"amount" doc:"by how much the balance changed"`
	Balance lance.Money `json:"balance" doc:"after it"`
	At      time.Time   `json:"at"`
}

func viewEntry(l *ledger.Line) *entryView {
	t := &l.Transfer
	return &entryView{l.N, string(t.ID), string(t.Code), subjectOf(t.Subject), l.Change, l.Balance, t.At}
}

// StatementIn says which statement.
type StatementIn struct {
	PageIn
	Currency string `query:"currency" maxLength:"5" doc:"may be left out while the wallet has one currency" example:"USD"`
}

func listEntries(ctx context.Context, c *Call, in *StatementIn) (*page[*entryView], error) {
	return c.statement(ctx, c.By.Party, in)
}

func listUserEntries(ctx context.Context, c *Call, in *struct {
	ByID
	StatementIn
},
) (*page[*entryView], error) {
	p, err := c.walletOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return c.statement(ctx, p, &in.StatementIn)
}

func (c *Call) statement(ctx context.Context, p lance.PartyID, in *StatementIn) (*page[*entryView], error) {
	currency, err := c.currency(ctx, p, in.Currency)
	if err != nil {
		return nil, err
	}
	lines, err := c.Engine.Payments.Statement(ctx, c.By, p, currency, in.query())
	return pageShown(lines, err, viewEntry)
}

// currency reads a code; without one it is the wallet's only currency.
func (c *Call) currency(ctx context.Context, p lance.PartyID, code string) (lance.Currency, error) {
	if code != "" {
		var f lance.Faults
		currency, err := lance.ParseCurrency(code)
		f.Check("/currency", err)
		return currency, f.Err()
	}
	bs, err := c.Engine.Payments.Wallet(ctx, c.By, p)
	if err != nil {
		return lance.Currency{}, err
	}
	if len(bs) != 1 {
		return lance.Currency{}, fieldFault("/currency", "required", "the wallet has several currencies: name one")
	}
	return bs[0].Currency, nil
}

// topUpView is a top-up as its party sees it.
type topUpView struct {
	ID             string      `json:"id"`
	Version        int64       `json:"version"`
	PartyID        string      `json:"party_id"`
	Amount         lance.Money `json:"amount"`
	PaymentMethod  string      `json:"payment_method" doc:"the provider's token"`
	Provider       string      `json:"provider"`
	State          string      `json:"state" enum:"processing,confirmed,declined,failed"`
	AllowedActions []string    `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	Code           string      `json:"code,omitempty" doc:"why it was declined" example:"card_declined"`
	CreatedAt      time.Time   `json:"created_at"`
	UpdatedAt      time.Time   `json:"updated_at"`
}

func (v *topUpView) tag() string      { return etag(v.Version) }
func (v *topUpView) location() string { return "/v1/wallet/top-ups/" + v.ID }

func topUpFor(by lance.Actor) func(*payments.TopUp) *topUpView {
	return func(t *payments.TopUp) *topUpView {
		return &topUpView{
			ID: string(t.ID), Version: t.Version, PartyID: string(t.Party), Amount: t.Amount,
			PaymentMethod: t.Method, Provider: t.Provider,
			State: string(t.State), AllowedActions: words(t.AllowedActions(by)), Code: t.Code,
			CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
		}
	}
}

func createTopUp(ctx context.Context, c *Call, in *struct {
	Body struct {
		Amount        lance.Money `json:"amount"`
		PaymentMethod string      `json:"payment_method" doc:"the provider's token; in the sandbox pm_ok, pm_declined, pm_pending, pm_chargeback or pm_chargeback_won"`
	}
},
) (*topUpView, error) {
	t, err := c.Engine.Payments.TopUp(ctx, c.By, payments.TopUpInput{Amount: in.Body.Amount, Method: in.Body.PaymentMethod, Key: c.Key})
	if err != nil && t != nil {
		return nil, storedAt(ctx, err, topUpFor(c.By)(t))
	}
	return shown(t, err, topUpFor(c.By))
}

// storedAt is the problem of a request that was refused and stored.
func storedAt(ctx context.Context, err error, at located) error {
	p := problem.Of(ctx, err)
	p.Location = at.location()
	return p
}

func listTopUps(ctx context.Context, c *Call, in *PageIn) (*page[*topUpView], error) {
	p, err := c.Engine.Payments.TopUps(ctx, c.By, in.query())
	return pageShown(p, err, topUpFor(c.By))
}

func getTopUp(ctx context.Context, c *Call, in *ByID) (*topUpView, error) {
	t, err := c.Engine.Payments.GetTopUp(ctx, c.By, payments.TopUpID(in.ID))
	return shown(t, err, topUpFor(c.By))
}

func abandonTopUp(ctx context.Context, c *Call, in *act) (*topUpView, error) {
	t, err := c.Engine.Payments.AbandonTopUp(ctx, c.By, payments.TopUpID(in.ID))
	return shown(t, err, topUpFor(c.By))
}

// payoutView is a payout as its party sees it.
type payoutView struct {
	ID             string      `json:"id"`
	Version        int64       `json:"version"`
	PartyID        string      `json:"party_id"`
	Amount         lance.Money `json:"amount"`
	Destination    string      `json:"destination" doc:"the provider's token"`
	Provider       string      `json:"provider"`
	State          string      `json:"state" enum:"requested,submitted,paid,rejected,returned"`
	AllowedActions []string    `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	Code           string      `json:"code,omitempty" doc:"why it was rejected or returned" example:"account_closed"`
	CreatedAt      time.Time   `json:"created_at"`
	UpdatedAt      time.Time   `json:"updated_at"`
}

func (v *payoutView) tag() string      { return etag(v.Version) }
func (v *payoutView) location() string { return "/v1/payouts/" + v.ID }

func payoutFor(by lance.Actor) func(*payments.Payout) *payoutView {
	return func(p *payments.Payout) *payoutView {
		return &payoutView{
			ID: string(p.ID), Version: p.Version, PartyID: string(p.Party), Amount: p.Amount,
			Destination: p.Destination, Provider: p.Provider,
			State: string(p.State), AllowedActions: words(p.AllowedActions(by)), Code: p.Code,
			CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		}
	}
}

func createPayout(ctx context.Context, c *Call, in *struct {
	Body struct {
		Amount      lance.Money `json:"amount"`
		Destination string      `json:"destination" doc:"the provider's token; in the sandbox ba_ok or ba_rejected"`
	}
},
) (*payoutView, error) {
	p, err := c.Engine.Payments.Payout(ctx, c.By, payments.PayoutInput{Amount: in.Body.Amount, Destination: in.Body.Destination, Key: c.Key})
	if err != nil && p != nil {
		return nil, storedAt(ctx, err, payoutFor(c.By)(p))
	}
	return shown(p, err, payoutFor(c.By))
}

func listPayouts(ctx context.Context, c *Call, in *PageIn) (*page[*payoutView], error) {
	p, err := c.Engine.Payments.Payouts(ctx, c.By, in.query())
	return pageShown(p, err, payoutFor(c.By))
}

func getPayout(ctx context.Context, c *Call, in *ByID) (*payoutView, error) {
	p, err := c.Engine.Payments.GetPayout(ctx, c.By, payments.PayoutID(in.ID))
	return shown(p, err, payoutFor(c.By))
}

func payPayout(ctx context.Context, c *Call, in *act) (*payoutView, error) {
	return c.settlePayout(ctx, in.ID, payments.Pay)
}

func rejectPayout(ctx context.Context, c *Call, in *act) (*payoutView, error) {
	return c.settlePayout(ctx, in.ID, payments.Reject)
}

func (c *Call) settlePayout(ctx context.Context, id string, do payments.PayoutAction) (*payoutView, error) {
	p, err := c.Engine.Payments.SettlePayout(ctx, c.By, payments.PayoutID(id), do)
	return shown(p, err, payoutFor(c.By))
}
