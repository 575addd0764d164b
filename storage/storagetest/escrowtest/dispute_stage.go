package escrowtest

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/policy"
)

func stageLaws() []courtLaw {
	return []courtLaw{
		{"a case is opened by a party of an agreement that holds money and is at work", (*court).mayOpen},
		{"what a case is opened with is checked, and nothing is frozen for a wrong one", (*court).opensWell},
		{"a case goes through all its stages, and the ruling is carried out", (*court).wholeWay},
		{"each stage ends by itself as the policy says, once", (*court).defaults},
		{"what is said gives a stage no more time", (*court).noMoreTime},
		{"who is late to respond, to rule or to appeal is late, whether the clock has fired or not", (*court).late},
		{"a stage has the whole of its time also when the one before it has ended late", (*court).wholeStages},
		{"a case that is taken back lets the agreement go on with the time it had left", (*court).withdrawn},
		{"a ruling is appealed once, and another arbiter rules", (*court).appealed},
		{"a ruling stands when its appeal is not decided in time", (*court).appealLapses},
		{"where the policy has no appeals a ruling is carried out at once", (*court).noAppeals},
		{"each party opens as many cases as the policy allows", (*court).casesRunOut},
		{"the same key does an action once", (*court).keysOfCases},
	}
}

const day = 24 * time.Hour

func (w *court) mayOpen() {
	in := dispute.OpenInput{Reason: dispute.Late, Statement: because}
	try := func(a *escrow.Agreement, by lance.Actor, kind lance.Kind, code string) {
		w.Helper()
		in.Agreement = a.ID
		before := w.image(a.ID)
		_, err := w.cases.Open(w.Context(), by, in)
		require.ErrorIs(w, err, kind)
		require.Equal(w, code, lance.CodeOf(err))
		require.Equal(w, before, w.image(a.ID))
	}
	try(w.agree(1000), w.payer, lance.Precondition, "agreement_state")
	try(w.must(w.submitted(1000), w.payer, escrow.Approve), w.payee, lance.Precondition, "agreement_state")
	try(w.must(w.funded(1000), w.payer, escrow.Freeze), w.payer, lance.Precondition, "agreement_state")
	w.deposit(w.payer.Party, 500)
	part := w.part(w.part(w.agree(1000), w.payer, escrow.Fund, usd(400)), w.payer, escrow.Release, usd(400))
	try(part, w.payer, lance.Precondition, "hold_empty")
	a := w.funded(1000)
	for _, c := range []struct {
		by   lance.Actor
		kind lance.Kind
		code string
	}{
		{stranger, lance.NotFound, "agreement_not_found"}, {arbiter, lance.NotFound, "agreement_not_found"},
		{admin, lance.Forbidden, "dispute_relation"}, {engine, lance.Forbidden, "dispute_relation"},
		{lance.Actor{}, lance.Unauthorized, "actor_required"},
	} {
		try(a, c.by, c.kind, c.code)
	}
	c := w.open(a, w.payee, 1000)
	require.Equal(w, w.payer.Party, c.Respondent())
	try(a, w.payer, lance.Exists, "dispute_exists")
	require.Equal(w, usd(400), w.open(w.part(w.funded(1000), w.payer, escrow.Release, usd(600)), w.payer, 100).Held)
}

func (w *court) opensWell() {
	a := w.funded(1000)
	before := w.image(a.ID)
	good := dispute.OpenInput{Agreement: a.ID, Reason: dispute.Late, Statement: because}
	for name, c := range map[string]struct {
		change func(in *dispute.OpenInput)
		kind   lance.Kind
		says   string
	}{
		"no reason":        {func(in *dispute.OpenInput) { in.Reason = "" }, lance.Invalid, "/reason reason_unknown"},
		"unknown reason":   {func(in *dispute.OpenInput) { in.Reason = "why_not" }, lance.Invalid, "/reason reason_unknown"},
		"no statement":     {func(in *dispute.OpenInput) { in.Statement = "" }, lance.Invalid, "/statement text_required"},
		"a short one":      {func(in *dispute.OpenInput) { in.Statement = "Late" }, lance.Invalid, "/statement text_too_short"},
		"a long one":       {func(in *dispute.OpenInput) { in.Statement = strings.Repeat("ä", 5001) }, lance.Invalid, "/statement text_too_long"},
		"markup":           {func(in *dispute.OpenInput) { in.Statement = "<script>x</script>" }, lance.Invalid, "/statement text_markup"},
		"less than none":   {func(in *dispute.OpenInput) { in.ToPayee = usd(-1) }, lance.Invalid, "/to_payee money_negative"},
		"another currency": {func(in *dispute.OpenInput) { in.ToPayee = lance.NewMoney(1, lance.EUR) }, lance.Invalid, "/to_payee"},
		"too much":         {func(in *dispute.OpenInput) { in.ToPayee = usd(1001) }, lance.Insufficient, "hold_insufficient"},
		"a wrong key":      {func(in *dispute.OpenInput) { in.Key = strings.Repeat("k", 256) }, lance.Invalid, "/key key_syntax"},
		"no agreement":     {func(in *dispute.OpenInput) { in.Agreement = "agr_none" }, lance.NotFound, "agreement_not_found"},
	} {
		in := good
		c.change(&in)
		_, err := w.cases.Open(w.Context(), w.payer, in)
		require.ErrorIs(w, err, c.kind, name)
		require.ErrorContains(w, err, c.says, name)
		require.Equal(w, before, w.image(a.ID), name)
	}
	good.Statement, good.ToPayee = strings.Repeat("ä", 5000), usd(1000)
	_, err := w.cases.Open(w.Context(), w.payer, good)
	require.NoError(w, err)
}

func (w *court) wholeWay() {
	c := w.in(dispute.Ruled)
	require.Equal(w, []dispute.Action{dispute.Appeal}, c.AllowedActions(w.payer))
	w.clock.Move(5 * day)
	require.Equal(w, []string{dispute.KindAppeal}, w.steps())
	c = w.of(c.ID)
	require.Equal(w, dispute.Resolved, c.State)
	require.Equal(w, dispute.Outcome{End: dispute.EndRuled, ToPayee: usd(600), ToPayer: usd(400), Bears: escrow.BearEach}, c.Outcome)
	w.has(available(w.payee), 540)
	w.has(available(w.payer), 1400)
	w.has(fee, 60)
	for _, by := range []lance.Actor{w.payer, w.payee, arbiter, second, admin, engine} {
		require.Empty(w, c.AllowedActions(by))
	}
	w.clock.Move(100 * day)
	require.Empty(w, w.steps())
}

func (w *court) defaults() {
	for name, c := range map[string]struct {
		stage dispute.State
		rules policy.Dispute // Silence and Default
		kind  string
		after time.Duration
		then  dispute.State
		why   dispute.End
		payee int64 // of the price
	}{
		"silence grants":    {dispute.Opened, policy.Dispute{Silence: policy.Grant}, dispute.KindResponse, 3 * day, dispute.Resolved, dispute.EndGranted, 300},
		"silence escalates": {dispute.Opened, policy.Dispute{Silence: policy.Escalate}, dispute.KindResponse, 3 * day, dispute.Arbitration, "", 0},
		"nobody agrees":     {dispute.Negotiation, policy.Dispute{}, dispute.KindNegotiation, 5 * day, dispute.Mediation, "", 0},
		"nobody helps":      {dispute.Mediation, policy.Dispute{}, dispute.KindMediation, 7 * day, dispute.Arbitration, "", 0},
		"nobody rules":      {dispute.Arbitration, policy.Dispute{Default: policy.ToPayer}, dispute.KindArbitration, 14 * day, dispute.Resolved, dispute.EndLapsed, 0},
		"or for the payee":  {dispute.Arbitration, policy.Dispute{Default: policy.ToPayee}, dispute.KindArbitration, 14 * day, dispute.Resolved, dispute.EndLapsed, 1000},
		"nobody appeals":    {dispute.Ruled, policy.Dispute{}, dispute.KindAppeal, 5 * day, dispute.Resolved, dispute.EndRuled, 600},
	} {
		w.with(func(d *policy.Dispute) {
			if c.rules.Silence != "" {
				d.Silence = c.rules.Silence
			}
			if c.rules.Default != "" {
				d.Default = c.rules.Default
			}
		})
		w.payer = w.another() // what the one before him has left is too old
		x := w.in(c.stage)
		require.True(w, x.DeadlineAt.Equal(w.clock.Now().Add(c.after)), name)
		w.clock.Move(c.after - time.Microsecond)
		require.Empty(w, w.steps(), "%s: not before its time", name)
		require.Equal(w, c.stage, w.of(x.ID).State, name)
		w.clock.Move(time.Microsecond)
		require.Equal(w, []string{c.kind}, w.steps(), name)
		x = w.of(x.ID)
		require.Equal(w, c.then, x.State, name)
		require.Equal(w, c.why, x.Outcome.End, name)
		if c.why != "" {
			require.Equal(w, usd(c.payee), w.get(x.Agreement).Released, name)
			continue
		}
		require.Empty(w, w.steps(), "%s: once", name)
		w.clock.Move(100 * day)
		for len(w.steps()) > 0 {
			w.clock.Move(100 * day) // whatever is left ends by itself
		}
		require.Equal(w, dispute.Resolved, w.of(x.ID).State, name)
	}
}

func (w *court) noMoreTime() {
	c := w.in(dispute.Negotiation)
	deadline, stage := c.DeadlineAt, c.StageAt
	w.clock.Move(day)
	for i := range dispute.MaxOffers {
		c = w.does(c, w.payer, dispute.MakeOffer, int64(i))
		require.Equal(w, w.payer.Party, c.Offer.By)
	}
	w.refuses(c, w.payer, dispute.MakeOffer, lance.Precondition, "offer_limit")
	c = w.does(c, w.payee, dispute.MakeOffer, 800)
	c = w.does(c, w.payer, dispute.DeclineOffer, 0)
	w.refuses(c, w.payer, dispute.AcceptOffer, lance.Precondition, "offer_none")
	w.refuses(c, w.payer, dispute.DeclineOffer, lance.Precondition, "offer_none")
	w.show(c, w.payer)
	c = w.of(c.ID)
	require.True(w, c.DeadlineAt.Equal(deadline))
	require.True(w, c.StageAt.Equal(stage))
	w.clock.Move(4 * day)
	require.Equal(w, []string{dispute.KindNegotiation}, w.steps())
}

func (w *court) late() {
	ruling := w.does(w.in(dispute.Arbitration), arbiter, dispute.Assign, 0)
	for _, x := range []struct {
		c  *dispute.Case
		by lance.Actor
		do dispute.Action
	}{
		{w.in(dispute.Opened), w.payee, dispute.Respond}, {w.in(dispute.Ruled), w.payee, dispute.Appeal}, {ruling, arbiter, dispute.Rule},
	} {
		w.clock.Move(x.c.DeadlineAt.Sub(w.clock.Now()))
		w.refuses(x.c, x.by, x.do, lance.Precondition, "dispute_late")
	}
	w.does(ruling, w.payee, dispute.Concede, 0)
}

func (w *court) wholeStages() {
	c := w.in(dispute.Negotiation)
	w.clock.Move(30 * day)
	require.Equal(w, []string{dispute.KindNegotiation}, w.steps())
	c = w.of(c.ID)
	require.Equal(w, dispute.Mediation, c.State)
	require.True(w, c.StageAt.Equal(w.clock.Now()))
	require.True(w, c.DeadlineAt.Equal(w.clock.Now().Add(7*day)))
}

func (w *court) withdrawn() {
	a := w.submitted(1000)
	w.clock.Move(4 * day)
	c := w.open(a, w.payer, 0)
	w.clock.Move(2 * day)
	c = w.does(c, w.payee, dispute.Respond, 1000)
	w.refuses(c, w.payee, dispute.Withdraw, lance.Forbidden, "dispute_relation")
	c = w.does(c, w.payer, dispute.Withdraw, 0)
	require.Equal(w, dispute.Withdrawn, c.State)
	require.Empty(w, c.Outcome.End)
	a = w.get(a.ID)
	require.Equal(w, escrow.Submitted, a.State)
	require.True(w, a.ReleaseAt.Equal(w.clock.Now().Add(10*day)), "ten of fourteen days were left")
	w.clock.Move(10 * day)
	require.Contains(w, w.steps(), escrow.KindAutoRelease)
	w.has(available(w.payee), 900)
	w.refuses(w.in(dispute.Arbitration), w.payer, dispute.Withdraw, lance.Precondition, "dispute_state")
}

func (w *court) appealed() {
	c := w.does(w.in(dispute.Ruled), w.payee, dispute.Appeal, 0)
	require.Equal(w, dispute.Arbitration, c.State)
	require.Empty(w, c.Arbiter)
	w.refuses(c, arbiter, dispute.Assign, lance.Forbidden, "dispute_relation")
	w.refuses(c, arbiter, dispute.Rule, lance.Forbidden, "dispute_relation")
	_, err := w.cases.Assign(w.Context(), admin, dispute.AssignInput{Case: c.ID, User: arbiter.User})
	require.ErrorIs(w, err, lance.Invalid, "nobody knows who is an arbiter")
	c = w.does(w.does(c, third, dispute.Assign, 0), third, dispute.Rule, 800)
	require.Equal(w, dispute.Resolved, c.State, "there is no second appeal")
	require.Len(w, c.Rulings, 2)
	require.Equal(w, usd(800), w.get(c.Agreement).Released)
	w.refuses(c, w.payer, dispute.Appeal, lance.Precondition, "dispute_state")
	_, err = w.cases.Get(w.Context(), arbiter, c.ID)
	require.NoError(w, err, "who has ruled sees what became of it")
}

func (w *court) appealLapses() {
	c := w.does(w.in(dispute.Ruled), w.payer, dispute.Appeal, 0)
	w.clock.Move(14 * day)
	require.Equal(w, []string{dispute.KindArbitration}, w.steps())
	c = w.of(c.ID)
	require.Equal(w, dispute.EndRuled, c.Outcome.End)
	require.Equal(w, usd(600), w.get(c.Agreement).Released)
}

func (w *court) noAppeals() {
	w.with(func(d *policy.Dispute) { d.Appeals = 0 })
	c := w.in(dispute.Ruled)
	require.Equal(w, dispute.Resolved, c.State)
	require.Equal(w, usd(600), w.get(c.Agreement).Released)
}

func (w *court) casesRunOut() {
	w.with(func(d *policy.Dispute) { d.Cases = 1 })
	a := w.funded(1000)
	w.does(w.open(a, w.payer, 0), w.payer, dispute.Withdraw, 0)
	_, err := w.cases.Open(w.Context(), w.payer, dispute.OpenInput{Agreement: a.ID, Reason: dispute.Late, Statement: because})
	require.ErrorIs(w, err, lance.Precondition)
	require.Equal(w, "dispute_limit", lance.CodeOf(err))
	w.open(a, w.payee, 1000)
}

func (w *court) keysOfCases() {
	a := w.submitted(1000)
	in := dispute.OpenInput{Agreement: a.ID, Reason: dispute.Late, Statement: because, Key: "open"}
	c, err := w.cases.Open(w.Context(), w.payer, in)
	require.NoError(w, err)
	again, err := w.cases.Open(w.Context(), w.payer, in)
	require.NoError(w, err)
	require.Equal(w, told(c), told(again))
	in.Statement = "Something else."
	_, err = w.cases.Open(w.Context(), w.payer, in)
	require.ErrorIs(w, err, lance.Conflict)
	require.Equal(w, "key_reused", lance.CodeOf(err))
	w.opened = append(w.opened, c.ID)
	for _, x := range []struct {
		by lance.Actor
		do dispute.Action
	}{
		{w.payee, dispute.Respond}, {w.payee, dispute.MakeOffer}, {w.payer, dispute.DeclineOffer}, {w.payer, dispute.Escalate},
		{second, dispute.Assign}, {second, dispute.Escalate}, {arbiter, dispute.Assign}, {arbiter, dispute.Rule},
		{w.payer, dispute.Appeal}, {third, dispute.Assign}, {third, dispute.Rule},
	} {
		key := string(x.do) + "/" + string(w.of(c.ID).State)
		first, err := w.tries(c, x.by, x.do, 500, key)
		require.NoError(w, err, x.do)
		again, err := w.tries(c, x.by, x.do, 500, key)
		require.NoError(w, err, x.do)
		require.Equal(w, told(first), told(again), x.do)
	}
	require.Equal(w, dispute.Resolved, w.of(c.ID).State)
}
