package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func adminOperations() []Operation {
	const tag = "Administration"
	read := func(id, path, summary string, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodGet, Path: "/v1/admin/" + path, Summary: summary, Tag: tag, Policy: Admins, do: do}
	}
	return []Operation{
		read("get-trial-balance", "ledger/trial-balance", "What all balances sum to, by currency: zero, or the books are broken", do(getTrialBalance)),
		read("list-accounts", "ledger/accounts", "The accounts of one owner, or those of the platform", do(listAccounts)),
		read("list-account-entries", "ledger/accounts/{account}/entries", "The statement of one account, the latest first", do(listAccountEntries)),
	}
}

// totalView sums the books of one currency up.
type totalView struct {
	Currency  string      `json:"currency"`
	Total     lance.Money `json:"total" doc:"credits less debits over all accounts: zero"`
	Accounts  int64       `json:"accounts"`
	Transfers int64       `json:"transfers"`
}

// trialView is a trial balance.
type trialView struct {
	Currencies []totalView `json:"currencies" nullable:"false"`
	Balanced   bool        `json:"balanced" doc:"whether every currency sums to zero"`
}

func getTrialBalance(ctx context.Context, c *Call, _ *struct{}) (*trialView, error) {
	t, err := c.Engine.Ledger.TrialBalance(ctx, c.By)
	if err != nil {
		return nil, err
	}
	v := &trialView{Currencies: make([]totalView, len(t.Currencies)), Balanced: t.Balanced()}
	for i, x := range t.Currencies {
		v.Currencies[i] = totalView{x.Currency.Code(), x.Imbalance, x.Accounts, x.Transfers}
	}
	return v, nil
}

// accountView is what an account of the ledger has.
type accountView struct {
	Account  string      `json:"account" example:"available:USD:usr_1" doc:"kind, currency and owner"`
	Posted   lance.Money `json:"posted" doc:"by transfers that moved money, in the account's own direction"`
	Reserved lance.Money `json:"reserved" doc:"by pending transfers"`
	Lines    int64       `json:"lines" doc:"of its statement"`
}

func listAccounts(ctx context.Context, c *Call, in *struct {
	Owner string `query:"owner" maxLength:"64" doc:"a party, an agreement, a provider or a jurisdiction; left out: what belongs to nobody"`
},
) (*list[accountView], error) {
	found, err := c.Engine.Ledger.Owned(ctx, c.By, in.Owner)
	if err != nil {
		return nil, err
	}
	return listOf(found, func(b ledger.Balance) accountView {
		return accountView{b.Account.String(), b.Posted, b.PendingOut, b.Lines}
	}), nil
}

func listAccountEntries(ctx context.Context, c *Call, in *struct {
	Account string `path:"account" maxLength:"200" example:"available:USD:usr_1" doc:"kind, currency and owner"`
	PageIn
},
) (*page[*entryView], error) {
	a, err := ledger.ParseAccount(in.Account)
	if err != nil {
		return nil, fieldFault("/account", lance.CodeOf(err), "there is no such account in the chart")
	}
	lines, err := c.Engine.Ledger.Statement(ctx, c.By, a, in.query())
	return pageShown(lines, err, viewEntry)
}

// eventView is one event of the log, without its body.
type eventView struct {
	Seq    int64       `json:"seq" doc:"its place in the log"`
	ID     string      `json:"id"`
	Type   string      `json:"type" example:"milestone.approved"`
	Stream subjectView `json:"stream" doc:"what changed"`
	By     string      `json:"by" doc:"who did it: a user, or system: and the reason"`
	At     time.Time   `json:"at"`
}

func viewEvent(e lance.Event) eventView {
	return eventView{e.Seq, string(e.ID), e.Type, subjectOf(e.Stream), e.By, e.At}
}
