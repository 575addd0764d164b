package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

func TestOperatorsSeeTheLogAndWhatStandsStill(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.parties()
		top := w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_ok")).str("id")
		w.step()
		first := w.as("root").get("/v1/admin/events?limit=1").is(200).has("items", 0, "type", "user.created")
		seq, _ := first.val("items", 0, "seq").(float64)
		next := w.as("root").get("/v1/admin/events?limit=1&cursor=" + first.str("next_cursor"))
		require.Greater(w, next.val("items", 0, "seq"), seq)
		w.as("root").get("/v1/admin/events?after=100000").has("items", []any{}).has("next_cursor", nil)
		w.as("root").get("/v1/admin/streams/top_up/"+top).has("items", 0, "type", "top_up.requested").has("items", 0, "by", w.ids["ada"])
		w.as("root").get("/v1/admin/streams/top_up/none").has("items", []any{})

		// The provider speaks of a charge that nobody knows.
		told := w.sandbox.Sign(provider.Event{
			ID: "ev", Kind: provider.KindCharge, Key: "top_unknown", Ref: "r", State: provider.Succeeded, Amount: lance.NewMoney(1, lance.USD),
		}, w.clock.Now())
		require.NoError(w, w.engine.Payments.Receive(w.Context(), "sandbox", told))
		w.step()
		parked := w.as("root").get("/v1/admin/parked").has("items", 0, "code", "top_up_not_found")
		again := obj{"consumer": parked.str("items", 0, "consumer"), "stream": parked.val("items", 0, "stream")}
		w.as("root").post("/v1/admin/parked/retry", again).refused(409, "event_fails")
		w.as("root").post("/v1/admin/parked/retry", obj{"consumer": "nobody", "stream": again["stream"]}).refused(404, "consumer_not_found")
		w.as("root").post("/v1/admin/parked/retry", obj{"consumer": again["consumer"], "stream": obj{"kind": "x", "id": "y"}}).has("handled", 0.0)
	})
}

func TestACallThatWasGivenUpIsRevived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	w.sandbox.Outage(true)
	id := w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_ok")).is(201).str("id")
	for range 40 {
		w.clock.Move(2 * time.Hour)
		w.step()
	}
	w.enter("root")
	w.as("root").get("/v1/admin/deliveries/dead?relay=payments.charge").has("items", 0, "key", id).has("items", 0, "code", "provider_unavailable")
	w.as("root").get("/v1/admin/deliveries/dead?relay=auth.mail").has("items", []any{})
	w.sandbox.Outage(false)
	revive := obj{"relay": "payments.charge", "key": id}
	w.as("root").post("/v1/admin/deliveries/revive", revive).is(200).has("state", "queued")
	w.as("root").post("/v1/admin/deliveries/revive", revive).refused(409, "delivery_state")
	w.as("root").post("/v1/admin/deliveries/revive", obj{"relay": "payments.charge", "key": "none"}).refused(404, "delivery_not_found")
	w.step()
	w.as("root").get("/v1/wallet/top-ups/"+id).has("state", "confirmed")
}
