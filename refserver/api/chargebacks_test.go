package api_test

import (
	"testing"

	"github.com/megilance/lance/payments/provider"
)

func TestAChargebackIsShownToThoseWhomItConcerns(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		s := w.stage()
		at := s.chargedBack(provider.Opened)
		s.as(s.ada).get(at).has("state", "open").has("parts", 0, "kind", "wallet").has("parts", 0, "aside", "amount", "50.00")
		s.as(s.ada).get("/v1/wallet").has("balances", 0, "held", "amount", "50.00")
		s.as(s.bob).get(at).has("parts", 0, "kind", "earned").has("parts", 0, "amount", "amount", "45.00")
		s.as(s.bob).get("/v1/wallet").has("balances", 0, "held", "amount", "45.00")
		s.as(s.root).get(at).has("parts", 2, "kind", "fee").has("fee", "amount", "15.00").has("allowed_actions", 0, "win")
		s.as(s.eve).get(at).refused(404, "chargeback_not_found")
		s.as(s.ada).post(at+"/win", nil).refused(403, "chargeback_relation")
		s.as(s.root).post(at+"/lose", nil).has("state", "lost").has("loss", "amount", "0.00")
		s.as(s.root).post(at+"/win", nil).refused(409, "chargeback_state")
		s.as(s.ada).get("/v1/wallet").has("balances", 0, "held", "amount", "0.00")
	})
}

func TestADebtIsShownInTheWalletAndWrittenOff(t *testing.T) {
	t.Parallel()
	s := newWorld(t).stage()
	at := s.indebted()
	s.as(s.bob).get(at).has("rest", "amount", "45.00").has("state", "owing")
	s.as(s.bob).get("/v1/wallet").has("balances", 0, "owed", "amount", "45.00")
	s.as(s.bob).post(at+"/write-off", nil).refused(403, "debt_relation")
	s.as(s.root).post(at+"/write-off", nil).has("state", "written_off")
	s.as(s.bob).get("/v1/wallet").has("balances", 0, "owed", "amount", "0.00")
}
