package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments/guarantee"
)

// paidWith lets ada pay bob by an agreement whose policy has a guarantee.
func (s *stage) paidWith() escrow.ID {
	s.Helper()
	s.topped(s.ada)
	terms := policy.Default()
	terms.Guarantee = policy.Guarantee{
		Window: 14 * 24 * time.Hour, Share: decimal.NewFromInt(100), Claims: 3, Judge: policy.JudgeArbiter,
		Decision: 7 * 24 * time.Hour, Silence: policy.Keep,
	}
	made := made[*escrow.Agreement](s)
	a := made(s.engine.Escrow.Agree(s.Context(), s.by(s.ada), escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: s.n}, Payer: s.by(s.ada).Party, Payee: s.by(s.bob).Party, Amount: lance.NewMoney(50_00, lance.USD), Policy: &terms,
	}))
	made(s.engine.Escrow.Fund(s.Context(), s.by(s.ada), escrow.FundInput{Agreement: a.ID}))
	made(s.engine.Escrow.Approve(s.Context(), s.by(s.ada), escrow.ApproveInput{Agreement: a.ID}))
	return a.ID
}

// claimed lets ada claim a part of that back, brings the claim to a state, and returns
// its address. Judy has it in all but the first.
func (s *stage) claimed(judged bool) string {
	s.Helper()
	claim := made[*guarantee.Claim](s)
	g := claim(s.engine.Guarantee.File(s.Context(), s.by(s.ada), guarantee.FileInput{
		Agreement: s.paidWith(), Amount: lance.NewMoney(20_00, lance.USD), Statement: "It does not work.",
	}))
	if judged {
		s.guest("judy"+s.n, lance.RoleArbiter)
		judy := lance.Person(lance.UserID(s.ids["judy"+s.n]), lance.RoleArbiter)
		claim(s.engine.Guarantee.Assign(s.Context(), judy, guarantee.AssignInput{Claim: g.ID, User: judy.User}))
	}
	return "/v1/guarantee-claims/" + string(g.ID)
}

// promised lets judy grant the claim while the fund has nothing for it, and fills that.
func (s *stage) promised() string {
	s.Helper()
	at := s.claimed(true)
	judy := lance.Person(lance.UserID(s.ids["judy"+s.n]), lance.RoleArbiter)
	id := guarantee.ID(strings.TrimPrefix(at, "/v1/guarantee-claims/"))
	g, err := s.engine.Guarantee.Uphold(s.Context(), judy, guarantee.UpholdInput{Claim: id, Text: "It does not."})
	require.NoError(s, err)
	require.Equal(s, guarantee.WhyFund, g.Why)
	_, err = s.engine.Guarantee.Fill(s.Context(), lance.System("test"), guarantee.FillInput{
		Amount: lance.NewMoney(20_00, lance.USD), From: guarantee.FromCash, Provider: "bank",
	})
	require.NoError(s, err)
	return at
}

func TestAClaimOnTheGuarantee(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		s := w.stage()
		id := s.paidWith()
		s.as(s.ada).post("/v1/guarantee-claims", obj{"statement": "It does not work."}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/agreement_id", "required")
		require.Equal(t, "336h0m0s", s.as(s.ada).get("/v1/agreements/"+string(id)+"/policy").is(http.StatusOK).str("guarantee", "window"))
		body := obj{"agreement_id": string(id), "statement": "It does not work.", "amount": usd("50.01")}
		s.as(s.ada).post("/v1/guarantee-claims", body).refused(http.StatusPaymentRequired, "guarantee_exceeds")
		delete(body, "amount")
		made := s.as(s.ada).with("Idempotency-Key", "k").post("/v1/guarantee-claims", body).is(http.StatusCreated)
		at := made.header.Get("Location")
		require.Equal(t, "50.00", made.str("amount", "amount"))
		require.Equal(t, made.raw, s.as(s.ada).with("Idempotency-Key", "k").post("/v1/guarantee-claims", body).is(http.StatusCreated).raw)
		s.as(s.ada).post("/v1/guarantee-claims", body).refused(http.StatusConflict, "guarantee_claim_exists")
		require.Equal(t, "guarantee.decision", s.as(s.bob).get(at+"/timers").is(http.StatusOK).str("items", 0, "kind"))
		s.as(s.jury).post(at+"/assign", obj{"user_id": s.ids[s.jury]}).is(http.StatusOK)
		s.as(s.jury).post(at+"/uphold", obj{"text": "It does not.", "granted": usd("0.00")}).refused(http.StatusUnprocessableEntity, "invalid_input")
		s.as(s.jury).post(at+"/uphold", obj{"text": "It does not.", "granted": usd("30.00")}).is(http.StatusOK).has("why_not", "guarantee_fund")
		s.as(s.root).post(at+"/pay", obj{}).refused(http.StatusPaymentRequired, "guarantee_fund_insufficient")
		require.Equal(t, "30.00", s.as(s.root).get("/v1/admin/guarantee-funds").is(http.StatusOK).str("items", 0, "short", "amount"))
		s.as(s.root).post("/v1/admin/guarantee-funds/fill", obj{"amount": usd("5.00"), "from": "fees"}).is(http.StatusOK)
		s.as(s.root).post("/v1/admin/guarantee-funds/fill", obj{"amount": usd("25.00"), "from": "cash", "provider": "bank"}).is(http.StatusOK)
		s.step()
		paid := s.as(s.ada).get(at).is(http.StatusOK).has("state", "paid")
		require.Equal(t, "30.00", paid.str("from_fund", "amount"))
		s.as(s.jury).get("/v1/guarantee-claims?as=judge&state=paid").is(http.StatusOK)
	})
}
