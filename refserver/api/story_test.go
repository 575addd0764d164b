package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAJobOverHTTP takes a project from its posting to paid work and reviews,
// over HTTP alone, and looks into the books after every step.
func TestAJobOverHTTP(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.admin("root")
		w.arrive("ada", "client")
		w.arrive("bob", "freelancer")
		w.arrive("cyd", "freelancer")
		contract, parts := w.agreed()
		w.firstPart(contract, parts[0])
		w.paidOut()
		w.secondPart(contract, parts[1])
		w.reviewed(contract)
	})
}

// arrive registers somebody with the code that was mailed, and signs him in.
func (w *world) arrive(name, role string) {
	w.Helper()
	w.as("").post("/v1/auth/register", obj{"email": mail(name), "password": password, "name": name, "role": role}).is(http.StatusAccepted)
	w.step()
	code := w.as("").get("/v1/test/mail?to="+mail(name)).is(http.StatusOK).str("items", 0, "code")
	w.as("").post("/v1/auth/verify-email", obj{"email": mail(name), "code": code}).is(http.StatusNoContent)
	w.signIn(name)
	require.Equal(w, role, w.as(name).get("/v1/me").is(http.StatusOK).str("role"))
	w.sound()
}

// sound checks the books.
func (w *world) sound() {
	w.Helper()
	w.as("root").get("/v1/admin/ledger/trial-balance").is(http.StatusOK).has("balanced", true)
}

// agreed posts a project, compares two proposals and accepts the dearer one.
func (w *world) agreed() (contract string, parts []string) {
	w.Helper()
	at := w.open("Move our shop")
	require.Equal(w, []string{"Move our shop"}, w.as("bob").titles("/v1/projects?q=shop&skill=linux"))
	dear, cheap := w.propose("bob", at, "100.00", "50.00"), w.propose("cyd", at, "120.00")
	side := w.as("ada").get(at + "/comparison").is(http.StatusOK)
	require.Equal(w, cheap, "/v1/proposals/"+side.str("items", 0, "proposal_id"))
	require.Equal(w, dear, "/v1/proposals/"+side.str("items", 1, "proposal_id"))
	w.as("ada").post(dear+"/shortlist", obj{}).is(http.StatusOK)
	made := w.as("ada").with("Idempotency-Key", "accept").post(dear+"/accept", obj{}).is(http.StatusCreated)
	w.as("cyd").get(cheap).has("state", "declined")
	for i := range 2 {
		parts = append(parts, "/v1/milestones/"+made.str("milestones", i, "id"))
	}
	w.as("ada").post(parts[0]+"/fund", obj{}).refused(http.StatusPaymentRequired, "balance_insufficient")
	w.as("ada").post("/v1/wallet/top-ups", topUp("150.00", "pm_declined")).refused(http.StatusPaymentRequired, "top_up_declined")
	w.as("ada").post("/v1/wallet/top-ups", topUp("150.00", "pm_ok")).is(http.StatusCreated)
	w.sound()
	return made.header.Get("Location"), parts
}

// firstPart funds a part, works, reworks and approves.
func (w *world) firstPart(contract, part string) {
	w.Helper()
	for _, s := range steps {
		w.as(s.not).post(part+"/"+s.action, s.body).refused(http.StatusForbidden, "milestone_relation")
		w.as("cyd").post(part+"/"+s.action, s.body).refused(http.StatusNotFound, "milestone_not_found")
		w.as(s.may).post(part+"/"+s.action, s.body).is(http.StatusOK).has("state", s.next)
		w.sound()
	}
	w.as("bob").get("/v1/wallet").has("balances", 0, "available", "amount", "90.00")
	w.as("ada").get("/v1/wallet").has("balances", 0, "available", "amount", "50.00")
	w.as("ada").get(contract).has("state", "active")
}

// paidOut pays the freelancer, at the second attempt.
func (w *world) paidOut() {
	w.Helper()
	back := w.as("bob").post("/v1/payouts", payout("90.00", "ba_rejected")).is(http.StatusCreated).header.Get("Location")
	w.as("bob").get("/v1/wallet").has("balances", 0, "held", "amount", "90.00")
	w.step()
	w.as("bob").get(back).has("state", "rejected")
	w.as("bob").get("/v1/wallet").has("balances", 0, "available", "amount", "90.00")
	out := w.as("bob").post("/v1/payouts", payout("90.00", "ba_ok")).is(http.StatusCreated).header.Get("Location")
	w.step()
	w.as("bob").get(out).has("state", "paid")
	w.as("bob").get("/v1/wallet").has("balances", 0, "available", "amount", "0.00")
	w.sound()
}

// secondPart is released by the clock, which completes the contract.
func (w *world) secondPart(contract, part string) {
	w.Helper()
	w.as("ada").post(part+"/fund", obj{}).is(http.StatusOK)
	due := w.as("bob").post(part+"/submit", obj{"message": "All done."}).is(http.StatusOK).str("release_at")
	w.as("root").post("/v1/test/clock/skip", obj{"to": "next_timer", "kind": "escrow.auto_release"}).is(http.StatusOK).has("to", due)
	for _, name := range []string{"root", "ada", "bob"} {
		w.signIn(name)
	}
	done := w.as("bob").get(contract).is(http.StatusOK).has("state", "completed").has("milestones", 1, "state", "approved")
	w.as("").get("/v1/projects/"+done.str("project_id")).has("state", "completed")
	w.as("bob").get("/v1/wallet").has("balances", 0, "available", "amount", "45.00")
	w.sound()
}

// reviewed lets both parties speak of each other, and neither first.
func (w *world) reviewed(contract string) {
	w.Helper()
	hers := w.as("ada").post(contract+"/reviews", obj{"rating": 5, "comment": "Quick & good."}).is(http.StatusCreated).header.Get("Location")
	w.as("bob").get(hers).refused(http.StatusNotFound, "review_not_found")
	w.as("").get("/v1/users/"+w.ids["bob"]+"/rating").has("reviews", 0.0)
	w.as("bob").post(contract+"/reviews", obj{"rating": 4}).is(http.StatusCreated).has("state", "published")
	w.as("bob").get(hers).has("state", "published")
	w.as("").get("/v1/users/"+w.ids["bob"]+"/rating").has("average", "5.00")
	w.as("").get("/v1/users/"+w.ids["ada"]+"/rating").has("average", "4.00")
	w.step()
	w.sound()
}
