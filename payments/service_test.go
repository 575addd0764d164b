package payments_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/memstore/mempayments"
)

func TestOnlyTheOwnerAndAdministratorsSeePayments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up, p := w.topUpIn(owner, payments.Confirmed), w.payoutIn(owner, payments.Submitted)
	ctx := t.Context()
	reads := map[string]func(by lance.Actor) error{
		"top_up_not_found": func(by lance.Actor) error { _, err := w.GetTopUp(ctx, by, up.ID); return err },
		"payout_not_found": func(by lance.Actor) error { _, err := w.GetPayout(ctx, by, p.ID); return err },
		"wallet_not_found": func(by lance.Actor) error { _, err := w.Wallet(ctx, by, owner.Party); return err },
		"wallet_not_found again": func(by lance.Actor) error {
			_, err := w.Statement(ctx, by, owner.Party, lance.USD, lance.PageQuery{})
			return err
		},
	}
	for code, read := range reads {
		code, _, _ = strings.Cut(code, " ")
		for _, by := range []lance.Actor{owner, admin, engine, {User: "bob", Party: owner.Party}} {
			require.NoError(t, read(by), code)
		}
		for _, by := range []lance.Actor{stranger, support, {User: owner.User, Party: "acme"}} {
			refused(t, read(by), lance.NotFound, code)
		}
		for _, by := range []lance.Actor{nobody, {User: "ann"}, {Party: "ann"}, {Roles: admin.Roles}} {
			refused(t, read(by), lance.Unauthorized, "actor_required")
		}
	}
	_, err := w.GetTopUp(ctx, owner, "top_none")
	refused(t, err, lance.NotFound, "top_up_not_found")
	_, err = w.GetPayout(ctx, owner, "pyo_none")
	refused(t, err, lance.NotFound, "payout_not_found")
	_, err = w.Wallet(ctx, admin, "")
	refused(t, err, lance.NotFound, "wallet_not_found")
}

func TestOnlyAPartyMovesMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := payments.TopUpInput{Amount: usd(100), Method: sandbox.MethodOK}
	out := payments.PayoutInput{Amount: usd(100), Destination: sandbox.DestinationOK}
	for _, c := range []struct {
		by   lance.Actor
		kind lance.Kind
		code string
	}{
		{nobody, lance.Unauthorized, "actor_required"},
		{lance.Actor{User: "ann"}, lance.Unauthorized, "actor_required"},
		{engine, lance.Forbidden, "party_required"},
		{lance.Actor{User: "ann", Party: lance.PartyID(strings.Repeat("x", 65))}, lance.Invalid, "party_syntax"},
		{lance.Actor{User: "ann", Party: "a\nb"}, lance.Invalid, "party_syntax"},
	} {
		_, err := w.TopUp(t.Context(), c.by, up)
		refused(t, err, c.kind, c.code)
		_, err = w.Payout(t.Context(), c.by, out)
		refused(t, err, c.kind, c.code)
	}
	_, err := w.TopUps(t.Context(), nobody, lance.PageQuery{})
	refused(t, err, lance.Unauthorized, "actor_required")
	_, err = w.Payouts(t.Context(), nobody, lance.PageQuery{})
	refused(t, err, lance.Unauthorized, "actor_required")
	require.Zero(t, w.work().Sealed, "nothing was stored")
}

func TestBadInputNamesItsFieldAndChangesNothing(t *testing.T) {
	t.Parallel()
	amounts := map[string]struct {
		amount lance.Money
		code   string
	}{
		"zero":        {usd(0), "money_not_positive"},
		"negative":    {usd(-1), "money_not_positive"},
		"too much":    {usd(payments.MaxAmount + 1), "money_overflow"},
		"no currency": {lance.Money{}, "currency_unknown"},
		"unsupported": {lance.NewMoney(100, lance.KWD), "currency_unsupported"},
	}
	tokens := map[string]struct{ token, code string }{
		"empty":      {"", "text_required"},
		"white":      {" \u00a0 ", "text_required"},
		"too long":   {strings.Repeat("x", 256), "text_too_long"},
		"control":    {"pm_\x00ok", "text_control"},
		"line break": {"pm_ok\n", "text_control"},
		"backwards":  {"pm_\u202eok", "text_control"},
		"no UTF-8":   {"pm_\xff", "text_utf8"},
		"script":     {"<script>alert(1)</script>", "text_markup"},
	}
	w := newWorld(t)
	for name, a := range amounts {
		w.bad(name, payments.TopUpInput{Amount: a.amount, Method: sandbox.MethodOK}, payments.PayoutInput{Amount: a.amount, Destination: sandbox.DestinationOK}, "/amount", "/amount", a.code)
	}
	for name, x := range tokens {
		w.bad(name, payments.TopUpInput{Amount: usd(1), Method: x.token}, payments.PayoutInput{Amount: usd(1), Destination: x.token}, "/payment_method", "/destination", x.code)
	}
	for _, key := range []string{strings.Repeat("k", 256), "k\n", "k\xff"} {
		w.bad("key", payments.TopUpInput{Amount: usd(1), Method: sandbox.MethodOK, Key: key}, payments.PayoutInput{Amount: usd(1), Destination: sandbox.DestinationOK, Key: key}, "/key", "/key", "key_syntax")
	}
	_, err := w.TopUp(t.Context(), owner, payments.TopUpInput{})
	require.ErrorContains(t, err, "/amount currency_unknown")
	require.ErrorContains(t, err, "/payment_method text_required", "all faults at once")
	_, err = w.Statement(t.Context(), owner, owner.Party, lance.Currency{}, lance.PageQuery{})
	require.ErrorContains(t, err, "/currency currency_unknown")
	_, err = w.TopUps(t.Context(), owner, lance.PageQuery{Limit: 101})
	require.ErrorContains(t, err, "/limit limit_range")
	_, err = w.Payouts(t.Context(), owner, lance.PageQuery{Cursor: "x"})
	require.ErrorContains(t, err, "/cursor cursor_syntax")
	require.Zero(t, w.work().Sealed, "nothing was stored")
}

// bad requires that both inputs are refused at their field.
func (w *world) bad(name string, up payments.TopUpInput, out payments.PayoutInput, upAt, outAt, code string) {
	w.Helper()
	_, err := w.TopUp(w.Context(), owner, up)
	refused(w.T, err, lance.Invalid, "invalid_input", name)
	require.ErrorContains(w, err, upAt+" "+code, name)
	_, err = w.Payout(w.Context(), owner, out)
	refused(w.T, err, lance.Invalid, "invalid_input", name)
	require.ErrorContains(w, err, outAt+" "+code, name)
}

func TestLargestAmountIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up, err := w.TopUp(t.Context(), owner, payments.TopUpInput{Amount: usd(payments.MaxAmount), Method: strings.Repeat("x", 255)})
	require.ErrorContains(t, err, "/payment_method method_unknown")
	require.Equal(t, payments.Declined, up.State)
	up, err = w.TopUp(t.Context(), owner, payments.TopUpInput{Amount: usd(payments.MaxAmount), Method: sandbox.MethodOK})
	require.NoError(t, err)
	require.Equal(t, payments.Confirmed, up.State)
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	db := mempayments.New(&memkit.Options{})
	named := func(names ...string) (all []provider.Adapter) {
		for _, n := range names {
			all = append(all, named{sandbox.New(sandbox.Options{}), n})
		}
		return all
	}
	for code, providers := range map[string][]provider.Adapter{
		"provider_required": nil,
		"provider_twice":    named("a", "b", "a"),
		"provider_name":     named(""),
	} {
		_, err := payments.NewService(db, payments.Options{Providers: providers})
		refused(t, err, lance.Invalid, "invalid_input")
		require.ErrorContains(t, err, "/providers "+code)
	}
	_, err := payments.NewService(db, payments.Options{Providers: named("a", strings.Repeat("x", 64))})
	require.NoError(t, err)
	for at, l := range map[string]payments.Losses{
		"/losses/bearer bearer_unknown":  {Bearer: "somebody"},
		"/losses/fees fee_rule_unknown":  {Fees: "halve"},
		"/losses/write_off period_range": {WriteOff: time.Second},
		"/losses/timeout period_range":   {Timeout: payments.MaxPeriod + 1},
		"/losses/lapse period_range":     {Lapse: -1},
	} {
		_, err := payments.NewService(db, payments.Options{Providers: named("a"), Losses: l})
		require.ErrorContains(t, err, at)
	}
}

type named struct {
	provider.Adapter
	name string
}

func (n named) Name() string { return n.name }

// TestEventsTellNoTokensAndNoTexts looks at every event of everything that can
// happen.
func TestEventsTellNoTokensAndNoTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, s := range payments.TopUpLifecycle.States() {
		w.topUpIn(owner, s)
	}
	for _, s := range payments.PayoutLifecycle.States() {
		w := newWorld(t)
		w.payoutIn(owner, s)
		w.eventsAreClean()
	}
	up := w.topUpIn(owner, payments.Confirmed)
	w.tell(provider.Event{ID: "e1", Kind: provider.KindChargeback, Key: string(up.ID), State: provider.Lost, Amount: up.Amount, Chargeback: "sbx_1"})
	w.work()
	w.eventsAreClean()
}

func (w *world) eventsAreClean() {
	w.Helper()
	w.work()
	catalogue := map[string]lance.Payload{}
	for _, p := range payments.Payloads() {
		name, _ := p.EventType()
		catalogue[name] = p
	}
	require.NoError(w, w.db.View(w.Context(), func(ctx context.Context, r mempayments.Tx) error {
		evs, _, err := r.Log().Read(ctx, 0, 1000)
		require.NotEmpty(w, evs)
		for _, ev := range evs {
			require.Contains(w, catalogue, ev.Type)
			require.NotContains(w, string(ev.Body), "pm_", ev.Type)
			require.NotContains(w, string(ev.Body), "ba_", ev.Type)
			require.NotContains(w, string(ev.Body), "sbx_", ev.Type)
			again := reflect.New(reflect.TypeOf(catalogue[ev.Type]))
			require.NoError(w, json.Unmarshal(ev.Body, again.Interface()))
			body, err := json.Marshal(again.Interface())
			require.NoError(w, err)
			require.JSONEq(w, string(ev.Body), string(body), "a body reads back whole")
		}
		return err
	}))
}

func TestEveryFaultNamesItsOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.TopUp(t.Context(), nobody, payments.TopUpInput{})
	require.ErrorContains(t, err, "payments.TopUp: ")
	_, err = w.Payout(t.Context(), nobody, payments.PayoutInput{})
	require.ErrorContains(t, err, "payments.Payout: ")
	_, err = w.SettlePayout(t.Context(), admin, "pyo_none", payments.Pay)
	require.ErrorContains(t, err, "payments.SettlePayout: ")
	err = w.Receive(t.Context(), "nobody", provider.Request{})
	require.ErrorContains(t, err, "payments.Receive: ")
}
