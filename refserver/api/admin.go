package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace/audit"
)

func adminOperations() []Operation {
	const tag = "Administration"
	read := func(id, path, summary string, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodGet, Path: "/v1/admin/" + path, Summary: summary, Tag: tag, Policy: Admins, do: do}
	}
	act := func(id, path, summary string, keys Idempotency, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodPost, Path: "/v1/admin/" + path, Summary: summary, Tag: tag, Policy: Admins, Keys: keys, do: do}
	}
	return []Operation{
		read("get-trial-balance", "ledger/trial-balance", "What all balances sum to, by currency: zero, or the books are broken", do(getTrialBalance)),
		read("list-accounts", "ledger/accounts", "The accounts of one owner, or those of the platform", do(listAccounts)),
		read("list-account-entries", "ledger/accounts/{account}/entries", "The statement of one account, the latest first", do(listAccountEntries)),
		read("list-events", "events", "What has happened, in the order of the sealed log", do(listEvents)),
		read("list-stream", "streams/{kind}/{id}", "What has happened to one thing, sealed or not", do(listStream)),
		read("list-parked", "parked", "Events that a consumer could not handle and set aside", do(listParked)),
		act("retry-parked", "parked/retry", "Let a consumer try the events of one stream again that it has set aside", Natural, do(retryParked)),
		read("list-dead-deliveries", "deliveries/dead", "Calls to the outside that were given up, the oldest first", do(listDead)),
		act("revive-delivery", "deliveries/revive", "Let a call that was given up be tried once more", Kept, do(reviveDelivery)),
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

func listEvents(ctx context.Context, c *Call, in *struct {
	PageIn
	After int64 `query:"after" minimum:"0" doc:"only events with a greater seq"`
},
) (*page[eventView], error) {
	p, err := c.Engine.Audit.Events(ctx, c.By, audit.Query{After: in.After, PageQuery: in.query()})
	if err != nil {
		return nil, err
	}
	return pageOf(p, func(e *lance.Event) eventView { return viewEvent(*e) }), nil
}

func listStream(ctx context.Context, c *Call, in *struct {
	Kind string `path:"kind" maxLength:"100" example:"agreement"`
	ByID
},
) (*list[eventView], error) {
	found, err := c.Engine.Audit.Stream(ctx, c.By, lance.Ref{Kind: in.Kind, ID: in.ID})
	if err != nil {
		return nil, err
	}
	return listOf(found, viewEvent), nil
}

// parkedView is an event that was set aside.
type parkedView struct {
	Consumer string      `json:"consumer"`
	Seq      int64       `json:"seq" doc:"of the event"`
	Stream   subjectView `json:"stream" doc:"of the event"`
	Code     string      `json:"code" doc:"of the fault; behind for one that only waits for an earlier one"`
	At       time.Time   `json:"at"`
}

func listParked(ctx context.Context, c *Call, _ *struct{}) (*list[parkedView], error) {
	found, err := c.Engine.Audit.Parked(ctx, c.By)
	if err != nil {
		return nil, err
	}
	return listOf(found, func(p lance.Parked) parkedView {
		return parkedView{p.Consumer, p.Seq, subjectOf(p.Stream), p.Code, p.At}
	}), nil
}

// retriedView says how far a retry came.
type retriedView struct {
	Handled int `json:"handled" doc:"events that succeeded"`
}

func retryParked(ctx context.Context, c *Call, in *struct {
	Body struct {
		Consumer string      `json:"consumer" maxLength:"100"`
		Stream   subjectView `json:"stream"`
	}
},
) (*retriedView, error) {
	n, err := c.Engine.Audit.Unpark(ctx, c.By, in.Body.Consumer, lance.Ref(in.Body.Stream))
	if err != nil {
		return nil, err
	}
	return &retriedView{n}, nil
}

// deliveryView is a call to the outside.
type deliveryView struct {
	Relay    string      `json:"relay" example:"payments.charge"`
	Key      string      `json:"key" doc:"names the call to the other side"`
	Subject  subjectView `json:"subject" doc:"what it is about"`
	State    string      `json:"state" enum:"queued,done,dead"`
	Attempts int         `json:"attempts"`
	DueAt    time.Time   `json:"due_at"`
	Code     string      `json:"code,omitempty" doc:"of the last fault"`
}

func viewDelivery(d lance.Delivery) deliveryView {
	return deliveryView{d.Relay, d.Key, subjectOf(d.Subject), string(d.State), d.Attempts, d.DueAt, d.Code}
}

func listDead(ctx context.Context, c *Call, in *struct {
	Relay string `query:"relay" maxLength:"100" doc:"only of this relay"`
},
) (*list[deliveryView], error) {
	found, err := c.Engine.Audit.Dead(ctx, c.By, in.Relay)
	if err != nil {
		return nil, err
	}
	return listOf(found, viewDelivery), nil
}

func reviveDelivery(ctx context.Context, c *Call, in *struct {
	Body struct {
		Relay string `json:"relay" maxLength:"100"`
		Key   string `json:"key" maxLength:"255"`
	}
},
) (*deliveryView, error) {
	d, err := c.Engine.Audit.Revive(ctx, c.By, in.Body.Relay, in.Body.Key)
	if err != nil {
		return nil, err
	}
	v := viewDelivery(d)
	return &v, nil
}
