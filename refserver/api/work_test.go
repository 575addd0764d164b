package api_test

import (
	"net/http"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
)

// cast brings the people of the work in: ada hires, bob and cyd work, eve has
// nothing to do with it, root administers.
func (w *world) cast() {
	w.Helper()
	for _, name := range []string{"ada", "bob", "cyd", "eve"} {
		w.officer(name)
	}
	w.admin("root")
}

// job is the body of a good project.
func job(title string) obj {
	return obj{
		"title": title, "description": "From **one** server to another.", "skills": []string{"Linux", "Go"},
		"budget": obj{"type": "fixed", "min": usd("50.00"), "max": usd("500.00")},
	}
}

// bid is the body of a good proposal.
func bid(amounts ...string) obj {
	ms := make([]obj, len(amounts))
	for i, a := range amounts {
		ms[i] = obj{"title": "Part", "amount": usd(a), "due_at": start.AddDate(0, 2, i)}
	}
	return obj{"cover_letter": "I have done this before.", "milestones": ms}
}

// open makes an open project of ada's and returns its address.
func (w *world) open(title string) string {
	w.Helper()
	w.clock.Move(time.Second)
	at := w.as("ada").post("/v1/projects", job(title)).is(http.StatusCreated).header.Get("Location")
	w.as("ada").post(at+"/publish", obj{}).is(http.StatusOK)
	return at
}

// propose makes somebody's proposal for a project and returns its address.
func (w *world) propose(name, project string, amounts ...string) string {
	w.Helper()
	w.clock.Move(time.Second)
	return w.as(name).post(project+"/proposals", bid(amounts...)).is(http.StatusCreated).header.Get("Location")
}

// hire makes a contract of ada's with bob, and returns its address and those of
// its milestones. Her money is there.
func (w *world) hire(amounts ...string) (contract string, milestones []string) {
	w.Helper()
	made := w.as("ada").post(w.propose("bob", w.open("Move our shop"), amounts...)+"/accept", obj{}).is(http.StatusCreated)
	for i := range amounts {
		milestones = append(milestones, "/v1/milestones/"+made.str("milestones", i, "id"))
	}
	w.pay("ada", made.str("total", "amount"))
	return made.header.Get("Location"), milestones
}

// pay tops somebody's wallet up.
func (w *world) pay(name, amount string) {
	w.Helper()
	by := lance.Person(lance.UserID(w.ids[name]))
	m, err := lance.ParseMoney(amount, lance.USD)
	require.NoError(w, err)
	t, err := w.engine.Payments.TopUp(w.Context(), by, payments.TopUpInput{Amount: m, Method: "pm_ok"})
	require.NoError(w, err)
	require.Equal(w, payments.Confirmed, t.State)
}
