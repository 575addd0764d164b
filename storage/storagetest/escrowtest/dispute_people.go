package escrowtest

import (
	"context"
	"errors"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
)

func peopleLaws() []courtLaw {
	return []courtLaw{
		{"each sees what is his and does what is his", (*court).matrix},
		{"an arbiter takes a case that has nobody, and one without a stake", (*court).takes},
		{"an administrator assigns who may judge, also instead of somebody", (*court).assigns},
		{"who has assigned gets the same answer again under his key, whatever became of it", (*court).assignsAgain},
		{"what an arbiter decides is checked", (*court).rulesWell},
		{"an arbiter who may not judge any more does not rule", (*court).rulesNoMore},
	}
}

// matrix does everything in every stage as everybody who has no part in what is to
// be done, and as who has.
func (w *court) matrix() {
	support := lance.Person("help", lance.RoleSupport)
	both := []dispute.Action{dispute.MakeOffer}
	may := map[dispute.State]map[string][]dispute.Action{
		dispute.Opened: {"ann": {dispute.Withdraw}, "bob": {dispute.Respond, dispute.Concede}},
		dispute.Negotiation: {
			"ann": append([]dispute.Action{dispute.Withdraw, dispute.Escalate}, both...),
			"bob": append([]dispute.Action{dispute.Concede, dispute.Escalate}, both...),
		},
		dispute.Mediation: {
			"ann": append([]dispute.Action{dispute.Withdraw}, both...), "bob": append([]dispute.Action{dispute.Concede}, both...),
			"judge": {dispute.Assign}, "judy": {dispute.Assign},
		},
		dispute.Arbitration: {
			"ann": both, "bob": append([]dispute.Action{dispute.Concede}, both...), "judge": {dispute.Assign}, "judy": {dispute.Assign},
		},
		dispute.Ruled: {"ann": {dispute.Appeal}, "bob": {dispute.Appeal}},
	}
	acts := []dispute.Action{
		dispute.Respond, dispute.MakeOffer, dispute.AcceptOffer, dispute.DeclineOffer, dispute.Concede, dispute.Withdraw, dispute.Escalate,
		dispute.Rule, dispute.Appeal,
	}
	for stage, who := range may {
		c := w.in(stage)
		for _, by := range []lance.Actor{w.payer, w.payee, arbiter, second, admin, support, stranger, {}} {
			mine := slices.DeleteFunc(c.AllowedActions(by), func(do dispute.Action) bool { return do == dispute.AddEvidence })
			if !by.Has(lance.RoleAdmin) {
				require.ElementsMatch(w, who[string(by.User)], mine, "%s in %s", by.Label(), stage)
			}
			_, err := w.cases.Get(w.Context(), by, c.ID)
			require.Equal(w, c.Visible(by), err == nil)
			for _, do := range acts {
				if slices.Contains(mine, do) {
					continue
				}
				_, err := w.tries(c, by, do, 500, "")
				require.Contains(w, []lance.Kind{lance.Forbidden, lance.Precondition, lance.NotFound, lance.Unauthorized}, lance.KindOf(err), "%s by %s in %s", do, by.Label(), stage)
				require.Equal(w, c.Visible(by), lance.KindOf(err) == lance.Forbidden || lance.KindOf(err) == lance.Precondition)
			}
		}
		require.False(w, c.Visible(stranger))
		require.True(w, c.Visible(admin) && c.Visible(support))
		require.Equal(w, told(c), told(w.of(c.ID)), "what was refused has changed nothing")
	}
}

func (w *court) takes() {
	w.payer.User = "carl" // ann's case is opened by carl, who acts for her
	a := w.must(w.funded(1000), w.payee, escrow.Submit)
	w.payer.User = "cora"
	c := w.does(w.does(w.open(a, w.payer, 300), w.payee, dispute.Respond, 900), w.payer, dispute.Escalate, 0)
	for _, user := range []lance.UserID{"ann", "bob", "carl", "cora"} {
		by := lance.Person(user, lance.RoleArbiter)
		by.Party = "elsewhere"
		require.False(w, c.Visible(by), user)
		w.refuses(c, by, dispute.Assign, lance.NotFound, "dispute_not_found")
	}
	w.refuses(c, w.payee, dispute.Assign, lance.Forbidden, "dispute_relation")
	w.refuses(c, stranger, dispute.Assign, lance.NotFound, "dispute_not_found")
	_, err := w.cases.Evidence(w.Context(), second, c.ID, lance.PageQuery{})
	require.ErrorIs(w, err, lance.NotFound, "who has not taken it does not see what was shown")
	_, err = w.cases.Assign(w.Context(), second, dispute.AssignInput{Case: c.ID, User: third.User})
	require.ErrorIs(w, err, lance.Forbidden, "he takes it for himself only")
	c = w.does(c, second, dispute.Assign, 0)
	require.Equal(w, second.User, c.Mediator)
	_, err = w.cases.Evidence(w.Context(), second, c.ID, lance.PageQuery{})
	require.NoError(w, err)
	w.refuses(c, third, dispute.Assign, lance.NotFound, "dispute_not_found")
	demoted := lance.Person(second.User)
	w.refuses(c, demoted, dispute.Escalate, lance.NotFound, "dispute_not_found")
	w.payer.User = "ann"
}

// guild is who may judge.
type guild map[lance.UserID]bool

var errGuild = errors.New("nobody answers")

// MayJudge reports whether the user is of the guild; of nobody it knows nothing.
func (g guild) MayJudge(_ context.Context, user lance.UserID, parties []lance.PartyID) (bool, error) {
	if user == "nobody" {
		return false, errGuild
	}
	return g[user] && !slices.Contains(parties, lance.PartyID(user)), nil
}

func (w *court) assigns() {
	w.cases = dispute.NewService(w.db, &dispute.Options{Arbiters: guild{"judge": true, "judy": true, "bob": true, "root": true, "eve": true}})
	c := w.in(dispute.Arbitration)
	assign := func(by lance.Actor, user lance.UserID) error {
		_, err := w.cases.Assign(w.Context(), by, dispute.AssignInput{Case: c.ID, User: user})
		return err
	}
	for _, user := range []lance.UserID{"bob", "jude", "ann"} {
		err := assign(admin, user)
		require.ErrorIs(w, err, lance.Invalid, user)
		require.ErrorContains(w, err, "/user arbiter_unknown")
	}
	require.ErrorIs(w, assign(admin, "nobody"), errGuild)
	require.ErrorIs(w, assign(w.payer, "judge"), lance.Forbidden)
	require.ErrorIs(w, assign(second, "judge"), lance.Forbidden, "an arbiter takes a case for himself")
	require.NoError(w, assign(admin, "judge"))
	require.NoError(w, assign(admin, "eve"), "instead of him")
	w.refuses(w.of(c.ID), arbiter, dispute.Rule, lance.NotFound, "dispute_not_found")
	require.NoError(w, assign(admin, "judge"))
	require.Equal(w, dispute.Ruled, w.does(c, arbiter, dispute.Rule, 1).State)
	c = w.does(c, w.payer, dispute.Appeal, 0)
	err := assign(admin, "judge")
	require.ErrorIs(w, err, lance.Precondition, "he has ruled")
	require.Equal(w, "arbiter_stake", lance.CodeOf(err))
	err = assign(admin, "")
	require.ErrorIs(w, err, lance.Invalid)
}

// rulesNoMore lets an arbiter get a stake, as the host knows, after he has taken a case.
func (w *court) rulesNoMore() {
	judges := guild{"judge": true, "judy": true}
	w.cases = dispute.NewService(w.db, &dispute.Options{Arbiters: judges})
	c := w.does(w.in(dispute.Arbitration), arbiter, dispute.Assign, 0)
	delete(judges, "judge")
	w.refuses(c, arbiter, dispute.Rule, lance.Precondition, "arbiter_stake")
	w.refuses(c, w.payer, dispute.Rule, lance.Forbidden, "dispute_relation")
	judges["judge"] = true
	first, err := w.tries(c, arbiter, dispute.Rule, 500, "k")
	require.NoError(w, err)
	delete(judges, "judge")
	again, err := w.tries(c, arbiter, dispute.Rule, 500, "k")
	require.NoError(w, err, "he has ruled")
	require.Equal(w, told(first), told(again))
}

// assignsAgain sends assignments again that their senders could not make any more.
func (w *court) assignsAgain() {
	judges := guild{"judge": true, "judy": true}
	w.cases = dispute.NewService(w.db, &dispute.Options{Arbiters: judges})
	c := w.in(dispute.Arbitration)
	took, named := dispute.AssignInput{Case: c.ID, User: "judge", Key: "k"}, dispute.AssignInput{Case: c.ID, User: "judy", Key: "k"}
	for _, x := range []struct {
		by lance.Actor
		in dispute.AssignInput
	}{{arbiter, took}, {admin, named}} {
		_, err := w.cases.Assign(w.Context(), x.by, x.in)
		require.NoError(w, err)
	}
	w.refuses(c, arbiter, dispute.Rule, lance.NotFound, "dispute_not_found")
	delete(judges, "judge")
	delete(judges, "judy")
	demoted := lance.Person(admin.User)
	for _, x := range []struct {
		by lance.Actor
		in dispute.AssignInput
	}{{arbiter, took}, {admin, named}, {demoted, named}} {
		again, err := w.cases.Assign(w.Context(), x.by, x.in)
		require.NoError(w, err, x.by.Label())
		require.Equal(w, told(w.of(c.ID)), told(again))
		x.in.User = "jude"
		_, err = w.cases.Assign(w.Context(), x.by, x.in)
		require.ErrorIs(w, err, lance.Conflict)
	}
	_, err := w.cases.Assign(w.Context(), arbiter, dispute.AssignInput{Case: c.ID, User: "judge"})
	require.ErrorIs(w, err, lance.NotFound, "without a key it is another one")
	_, err = w.cases.Assign(w.Context(), stranger, took)
	require.ErrorIs(w, err, lance.NotFound, "and so it is with somebody else's")
}

func (w *court) rulesWell() {
	c := w.does(w.in(dispute.Arbitration), arbiter, dispute.Assign, 0)
	for name, x := range map[string]struct {
		in   dispute.RuleInput
		kind lance.Kind
		says string
	}{
		"no reason":        {dispute.RuleInput{Bears: escrow.BearEach}, lance.Invalid, "/text text_required"},
		"a short one":      {dispute.RuleInput{Bears: escrow.BearEach, Text: "Four"}, lance.Invalid, "/text text_too_short"},
		"nobody bears":     {dispute.RuleInput{Text: because}, lance.Invalid, "/bears bearer_unknown"},
		"less than none":   {dispute.RuleInput{Bears: escrow.BearEach, Text: because, ToPayee: usd(-1)}, lance.Invalid, "/to_payee money_negative"},
		"more than held":   {dispute.RuleInput{Bears: escrow.BearEach, Text: because, ToPayee: usd(1001)}, lance.Insufficient, "hold_insufficient"},
		"another currency": {dispute.RuleInput{Bears: escrow.BearEach, Text: because, ToPayee: lance.NewMoney(1, lance.EUR)}, lance.Invalid, "/to_payee"},
		"another version":  {dispute.RuleInput{Bears: escrow.BearEach, Text: because, Version: c.Version - 1}, lance.Stale, "dispute_stale"},
		"no case":          {dispute.RuleInput{Bears: escrow.BearEach, Text: because, Case: "dsp_none"}, lance.NotFound, "dispute_not_found"},
	} {
		if x.in.Case == "" {
			x.in.Case = c.ID
		}
		_, err := w.cases.Rule(w.Context(), arbiter, x.in)
		require.ErrorIs(w, err, x.kind, name)
		require.ErrorContains(w, err, x.says, name)
		w.same(c)
	}
	c, err := w.cases.Rule(w.Context(), arbiter, dispute.RuleInput{Case: c.ID, Bears: escrow.BearPayer, Text: because, Version: c.Version})
	require.NoError(w, err)
	require.Equal(w, usd(0), c.Rulings[0].ToPayee)
}
