package paytest

import (
	"context"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
)

func guaranteeLaws() []law {
	return []law{
		{"is_paid_out_of_the_fund_when_that_has_enough", fundPays},
		{"takes_what_is_held_first_and_never_pays_half", holdPaysFirst},
		{"that_nobody_decides_is_decided_by_the_policy", silenceDecides},
		{"is_refused_to_all_but_the_payer_in_time", claimRefused},
		{"gives_no_more_than_was_released", claimsSum},
		{"is_decided_by_who_has_no_stake", judges},
		{"is_not_decided_by_who_may_not_judge_any_more", judgesNoMore},
		{"is_decided_by_administrators_where_the_policy_says_so", adminsJudge},
		{"is_withdrawn_and_done_once_under_a_key", claimKeys},
		{"is_filed_once_by_a_crowd", claimCrowd},
		{"is_shown_to_whom_it_concerns", claimsShown},
		{"payee_owes_what_the_policy_says", payeeOwes},
		{"payees_owe_by_their_weights", payeesOwe},
		{"clearance_stays_the_payees", clearanceStays},
		{"correction_counts_as_given_back", correctionCounts},
		{"case_about_the_rest_is_decided_first", claimAfterCase},
		{"chargeback_before_it_leaves_the_rest", backBefore},
		{"chargeback_during_it_is_decided_first", backDuring},
		{"chargeback_after_it_is_owed_by_who_has_it_twice", backAfter},
		{"chargeback_after_it_of_a_part_is_not_twice", backAfterPart},
		{"chargeback_after_it_won_after_all_gives_back", backAfterWon},
		{"fund_is_filled_by_administrators", fills},
	}
}

// judy judges.
var judy = lance.Person("judy", lance.RoleArbiter)

const dayLong = 24 * time.Hour

// promise is a policy with a guarantee of all that was released.
func promise(change ...func(*policy.Guarantee)) *policy.Document {
	d := policy.Default()
	d.Guarantee = policy.Guarantee{
		Window: 14 * dayLong, Share: decimal.NewFromInt(100), Claims: 2, Judge: policy.JudgeArbiter, Decision: 7 * dayLong, Silence: policy.Keep,
	}
	for _, fn := range change {
		fn(&d.Guarantee)
	}
	return &d
}

// released is work of ann's that was charged, and of which a part was released.
func (w *world) released(p *policy.Document, minor, part int64, payees ...escrow.Share) (*payments.TopUp, *escrow.Agreement) {
	w.Helper()
	t := w.paidFor(ann, minor)
	a := w.workUnder(p, minor, payees...)
	_, err := w.escrow.Release(w.Context(), ann, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(part)})
	require.NoError(w, err)
	return t, a
}

// claim is ann's, of so much.
func (w *world) claim(a *escrow.Agreement, minor int64) *guarantee.Claim {
	w.Helper()
	c, err := w.fileAs(ann, a, minor)
	require.NoError(w, err)
	require.Equal(w, guarantee.Filed, c.State)
	return c
}

func (w *world) fileAs(by lance.Actor, a *escrow.Agreement, minor int64) (*guarantee.Claim, error) {
	return w.claims.File(w.Context(), by, guarantee.FileInput{Agreement: a.ID, Amount: usd(minor), Statement: "It does not work."})
}

// uphold lets judy take a claim and grant all of it.
func (w *world) uphold(c *guarantee.Claim) *guarantee.Claim {
	w.Helper()
	_, err := w.claims.Assign(w.Context(), judy, guarantee.AssignInput{Claim: c.ID, User: "judy"})
	require.NoError(w, err)
	c, err = w.claims.Uphold(w.Context(), judy, guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	require.NoError(w, err)
	return c
}

// waits requires that a claim is granted and not paid, and why.
func (w *world) waits(c *guarantee.Claim, why guarantee.Why) {
	w.Helper()
	got, err := w.claims.Get(w.Context(), admin, c.ID)
	require.NoError(w, err)
	require.Equal(w, guarantee.Upheld, got.State)
	require.Equal(w, why, got.Why)
	require.Equal(w, usd(0), got.Given())
	clocks, err := w.claims.Timers(w.Context(), ann, c.ID)
	require.NoError(w, err)
	require.Len(w, clocks, 1)
	require.Equal(w, guarantee.KindPayment, clocks[0].Kind)
	w.sound()
}

// ended requires how a claim has ended, and what was given out of the hold and the fund.
func (w *world) ended(c *guarantee.Claim, s guarantee.State, hold, fund int64) {
	w.Helper()
	got, err := w.claims.Get(w.Context(), admin, c.ID)
	require.NoError(w, err)
	require.Equal(w, s, got.State)
	require.Equal(w, usd(hold), got.FromHold)
	require.Equal(w, usd(fund), got.FromFund)
	require.Empty(w, got.Why)
	require.False(w, got.EndedAt.IsZero())
	clocks, err := w.claims.Timers(w.Context(), ann, c.ID)
	require.NoError(w, err)
	require.Empty(w, clocks)
	w.sound()
}

// fill brings cash into the fund.
func (w *world) fill(minor int64) {
	w.Helper()
	_, err := w.claims.Fill(w.Context(), admin, guarantee.FillInput{Amount: usd(minor), From: guarantee.FromCash, Provider: "house bank"})
	require.NoError(w, err)
}

func (w *world) fund(minor int64) {
	w.Helper()
	w.account(ledger.Guarantee(lance.USD), minor)
}

func fundPays(w *world) {
	_, a := w.released(promise(), 10000, 10000)
	c := w.uphold(w.claim(a, 6000))
	w.waits(c, guarantee.WhyFund)
	_, err := w.claims.Pay(w.Context(), admin, guarantee.ActInput{Claim: c.ID})
	w.refused(err, lance.Insufficient, "guarantee_fund_insufficient")
	w.fill(5999)
	w.step()
	w.waits(c, guarantee.WhyFund)
	funds, err := w.claims.Funds(w.Context(), admin)
	require.NoError(w, err)
	require.Equal(w, []guarantee.Fund{{Currency: lance.USD, Balance: usd(5999), Promised: usd(6000), Claims: 1}}, funds)
	require.Equal(w, usd(1), funds[0].Short())
	w.has(ann, 0, 0, 0, 0)
	w.skip(time.Hour)
	w.step()
	w.waits(c, guarantee.WhyFund)
	w.fill(1)
	w.step()
	w.ended(c, guarantee.Paid, 0, 6000)
	w.has(ann, 6000, 0, 0, 0)
	w.has(bob, 9000, 0, 0, 0)
	w.fund(0)
	require.Equal(w, usd(6000), w.agreement(a).Indemnified)
	w.state(a, escrow.Released)
	require.Equal(w, []string{"filed", "assigned", "upheld", "delayed", "paid"}, w.saidOf(c))
}

// saidOf returns what the log says of a claim.
func (w *world) saidOf(c *guarantee.Claim) (says []string) {
	w.Helper()
	w.view(func(ctx context.Context, r payments.Repos) error {
		events, err := r.Log().Stream(ctx, c.Ref())
		for _, ev := range events {
			says = append(says, ev.Type[len("guarantee_claim."):])
		}
		return err
	})
	return says
}

func holdPaysFirst(w *world) {
	_, a := w.released(promise(), 10000, 4000)
	c := w.uphold(w.claim(a, 3000))
	w.ended(c, guarantee.Paid, 3000, 0)
	w.has(ann, 3000, 3000, 0, 0)
	w.fund(0)
	_, err := w.escrow.Release(w.Context(), ann, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(2500)})
	require.NoError(w, err)
	c = w.uphold(w.claim(a, 3500)) // 500 is held
	w.waits(c, guarantee.WhyFund)
	w.has(ann, 3000, 500, 0, 0)
	w.fill(3000)
	w.step()
	w.ended(c, guarantee.Paid, 500, 3000)
	w.has(ann, 6500, 0, 0, 0)
	w.state(a, escrow.Refunded)
}

func silenceDecides(w *world) {
	w.fill(20000)
	_, kept := w.released(promise(), 1000, 1000)
	_, given := w.released(promise(func(g *policy.Guarantee) { g.Silence = policy.ToPayer }), 2000, 2000)
	no, yes := w.claim(kept, 1000), w.claim(given, 2000)
	w.skip(7*dayLong - time.Second)
	w.step()
	require.Equal(w, guarantee.Filed, w.claimOf(no).State)
	w.skip(time.Second)
	_, err := w.claims.Assign(w.Context(), judy, guarantee.AssignInput{Claim: no.ID, User: "judy"})
	require.NoError(w, err)
	_, err = w.claims.Reject(w.Context(), judy, guarantee.RejectInput{Claim: no.ID, Text: "It works."})
	w.refused(err, lance.Precondition, "guarantee_late")
	w.step()
	w.ended(no, guarantee.Rejected, 0, 0)
	w.ended(yes, guarantee.Paid, 0, 2000)
	require.Empty(w, w.claimOf(yes).Decision.By)
}

func (w *world) claimOf(c *guarantee.Claim) *guarantee.Claim {
	w.Helper()
	got, err := w.claims.Get(w.Context(), admin, c.ID)
	require.NoError(w, err)
	return got
}

func claimRefused(w *world) {
	_, off := w.released(nil, 1000, 1000)
	_, err := w.fileAs(ann, off, 1)
	w.refused(err, lance.Precondition, "guarantee_off")
	p := promise(func(g *policy.Guarantee) {
		g.Share, g.Caps, g.Claims = decimal.NewFromInt(50), []lance.Money{usd(400)}, 1
	})
	_, a := w.released(p, 1000, 600)
	w.paidFor(ann, 1)
	nothing := w.workUnder(p, 1)
	_, err = w.fileAs(ann, nothing, 1)
	w.refused(err, lance.Precondition, "guarantee_nothing")
	_, err = w.fileAs(bob, a, 1)
	w.refused(err, lance.Forbidden, "guarantee_claim_relation")
	_, err = w.fileAs(admin, a, 1)
	w.refused(err, lance.Forbidden, "guarantee_claim_relation")
	_, err = w.fileAs(lance.Person("carl"), a, 1)
	w.refused(err, lance.NotFound, "agreement_not_found")
	_, err = w.fileAs(lance.Actor{User: "bob", Party: "ann"}, a, 1)
	w.refused(err, lance.Forbidden, "guarantee_own")
	_, err = w.fileAs(ann, a, 301)
	w.refused(err, lance.Insufficient, "guarantee_exceeds")
	w.approve(a)
	_, err = w.fileAs(ann, a, 401)
	w.refused(err, lance.Insufficient, "guarantee_exceeds")
	_, err = w.claims.File(w.Context(), ann, guarantee.FileInput{Agreement: a.ID, Amount: lance.NewMoney(1, lance.EUR), Statement: "It does not work."})
	w.refused(err, lance.Invalid, "invalid_input")
	_, err = w.claims.File(w.Context(), ann, guarantee.FileInput{Agreement: a.ID, Statement: "No"})
	w.refused(err, lance.Invalid, "invalid_input")
	w.skip(14*dayLong - time.Second)
	c, err := w.claims.File(w.Context(), ann, guarantee.FileInput{Agreement: a.ID, Statement: "It does not work."})
	require.NoError(w, err)
	require.Equal(w, usd(400), c.Amount, "all that can be claimed")
	_, err = w.fileAs(ann, a, 1)
	w.refused(err, lance.Exists, "guarantee_claim_exists")
	_, err = w.claims.Withdraw(w.Context(), ann, guarantee.ActInput{Claim: c.ID})
	require.NoError(w, err)
	_, err = w.fileAs(ann, a, 1)
	w.refused(err, lance.Precondition, "guarantee_claims")
	w.skip(time.Second)
	_, err = w.fileAs(ann, a, 1)
	w.refused(err, lance.Precondition, "guarantee_over")
}

func claimsSum(w *world) {
	w.fill(20000)
	_, a := w.released(promise(), 10000, 10000)
	w.ended(w.uphold(w.claim(a, 6000)), guarantee.Paid, 0, 6000)
	_, err := w.fileAs(ann, a, 4001)
	w.refused(err, lance.Insufficient, "guarantee_exceeds")
	c := w.claim(a, 4000)
	_, err = w.claims.Assign(w.Context(), judy, guarantee.AssignInput{Claim: c.ID, User: "judy"})
	require.NoError(w, err)
	in := guarantee.UpholdInput{Claim: c.ID, Text: "It does not.", Granted: usd(4001)}
	_, err = w.claims.Uphold(w.Context(), judy, in)
	w.refused(err, lance.Insufficient, "guarantee_exceeds")
	in.Granted = usd(1000)
	_, err = w.claims.Uphold(w.Context(), judy, in)
	require.NoError(w, err)
	w.ended(c, guarantee.Paid, 0, 1000)
	w.has(ann, 7000, 0, 0, 0)
	err = w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
		_, err := escrow.IndemnifyIn(ctx, r, escrow.IndemnifyInput{By: lance.System("host"), Agreement: a.ID, Case: ticket, Amount: usd(3001)})
		return err
	})
	w.refused(err, lance.Insufficient, "indemnity_exceeds")
}

func judges(w *world) {
	_, a := w.released(promise(), 1000, 1000)
	c := w.claim(a, 1000)
	act := lance.Person("ann", lance.RoleArbiter)
	_, err := w.claims.Assign(w.Context(), act, guarantee.AssignInput{Claim: c.ID, User: "ann"})
	w.refused(err, lance.Forbidden, "guarantee_claim_relation")
	behind := lance.Actor{User: "bob", Party: "other", Roles: []lance.Role{lance.RoleArbiter}}
	_, err = w.claims.Assign(w.Context(), behind, guarantee.AssignInput{Claim: c.ID, User: "bob"})
	w.refused(err, lance.NotFound, "guarantee_claim_not_found")
	_, err = w.claims.Uphold(w.Context(), judy, guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	w.refused(err, lance.Forbidden, "guarantee_claim_relation")
	_, err = w.claims.Uphold(w.Context(), admin, guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	w.refused(err, lance.Forbidden, "guarantee_claim_relation")
	_, err = w.claims.Assign(w.Context(), judy, guarantee.AssignInput{Claim: c.ID, User: "jim"})
	w.refused(err, lance.Invalid, "invalid_input")
	c, err = w.claims.Assign(w.Context(), judy, guarantee.AssignInput{Claim: c.ID, User: "judy"})
	require.NoError(w, err)
	require.Equal(w, []guarantee.Action{guarantee.Uphold, guarantee.Reject}, c.AllowedActions(judy))
	_, err = w.claims.Assign(w.Context(), lance.Person("jim", lance.RoleArbiter), guarantee.AssignInput{Claim: c.ID, User: "jim"})
	w.refused(err, lance.NotFound, "guarantee_claim_not_found")
	_, err = w.claims.Reject(w.Context(), judy, guarantee.RejectInput{Claim: c.ID, Text: "It works."})
	require.NoError(w, err)
	w.ended(c, guarantee.Rejected, 0, 0)
	_, err = w.claims.Uphold(w.Context(), judy, guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	w.refused(err, lance.Precondition, "guarantee_claim_state")
}

// guild is who may judge.
type guild map[lance.UserID]bool

// MayJudge reports whether the user is of it.
func (g guild) MayJudge(_ context.Context, u lance.UserID, _ []lance.PartyID) (bool, error) {
	return g[u], nil
}

func judgesNoMore(w *world) {
	ctx, jim := w.Context(), lance.Person("jim", lance.RoleArbiter)
	panel := guild{"judy": true, "jim": true}
	w.claims = guarantee.NewService(w.all, &guarantee.Options{Arbiters: panel})
	w.fill(1000)
	_, a := w.released(promise(), 1000, 1000)
	c := w.claim(a, 1000)
	take := guarantee.AssignInput{Claim: c.ID, User: "judy", Key: "take"}
	taken, err := w.claims.Assign(ctx, judy, take)
	require.NoError(w, err)
	delete(panel, "judy")
	_, err = w.claims.Uphold(ctx, judy, guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	w.refused(err, lance.Precondition, "arbiter_stake")
	_, err = w.claims.Reject(ctx, judy, guarantee.RejectInput{Claim: c.ID, Text: "It works."})
	w.refused(err, lance.Precondition, "arbiter_stake")
	again, err := w.claims.Assign(ctx, judy, take)
	require.NoError(w, err)
	require.Equal(w, taken, again)
	_, err = w.claims.Assign(ctx, admin, guarantee.AssignInput{Claim: c.ID, User: "judy"})
	require.ErrorIs(w, err, lance.Invalid)
	_, err = w.claims.Assign(ctx, admin, guarantee.AssignInput{Claim: c.ID, User: "jim"})
	require.NoError(w, err)
	again, err = w.claims.Assign(ctx, judy, take)
	require.NoError(w, err, "he has taken it, whatever became of it")
	require.Equal(w, c.ID, again.ID)
	_, err = w.claims.Assign(ctx, judy, guarantee.AssignInput{Claim: c.ID, User: "judy"})
	w.refused(err, lance.NotFound, "guarantee_claim_not_found")
	_, err = w.claims.Uphold(ctx, jim, guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	require.NoError(w, err)
	w.ended(c, guarantee.Paid, 0, 1000)
}

func adminsJudge(w *world) {
	w.fill(1000)
	_, a := w.released(promise(func(g *policy.Guarantee) { g.Judge = policy.JudgeAdmin }), 1000, 1000)
	c := w.claim(a, 1000)
	_, err := w.claims.Assign(w.Context(), admin, guarantee.AssignInput{Claim: c.ID, User: "root"})
	require.ErrorIs(w, err, lance.Invalid)
	_, err = w.claims.Get(w.Context(), judy, c.ID)
	w.refused(err, lance.NotFound, "guarantee_claim_not_found")
	_, err = w.claims.Uphold(w.Context(), lance.Person("ann", lance.RoleAdmin), guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	w.refused(err, lance.Forbidden, "guarantee_claim_relation")
	_, err = w.claims.Uphold(w.Context(), admin, guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	require.NoError(w, err)
	w.ended(c, guarantee.Paid, 0, 1000)
}

func claimKeys(w *world) {
	_, a := w.released(promise(), 1000, 1000)
	in := guarantee.FileInput{Key: "k", Agreement: a.ID, Amount: usd(10), Statement: "It does not work."}
	c, err := w.claims.File(w.Context(), ann, in)
	require.NoError(w, err)
	again, err := w.claims.File(w.Context(), ann, in)
	require.NoError(w, err)
	require.Equal(w, c, again)
	in.Amount = usd(11)
	_, err = w.claims.File(w.Context(), ann, in)
	w.refused(err, lance.Conflict, "key_reused")
	_, err = w.claims.Withdraw(w.Context(), ann, guarantee.ActInput{Claim: c.ID, Version: 7})
	w.refused(err, lance.Stale, "guarantee_claim_stale")
	_, err = w.claims.Withdraw(w.Context(), bob, guarantee.ActInput{Claim: c.ID})
	w.refused(err, lance.Forbidden, "guarantee_claim_relation")
	for range 2 {
		_, err = w.claims.Withdraw(w.Context(), ann, guarantee.ActInput{Claim: c.ID, Version: 1, Key: "k2"})
		require.NoError(w, err)
	}
	w.ended(c, guarantee.Withdrawn, 0, 0)
	fill := guarantee.FillInput{Key: "k", Amount: usd(10), From: guarantee.FromCash, Provider: "house bank"}
	for range 2 {
		got, err := w.claims.Fill(w.Context(), admin, fill)
		require.NoError(w, err)
		require.Equal(w, guarantee.FromCash, got.From)
		require.Equal(w, "house bank", got.Provider)
	}
	w.fund(10)
}

func claimCrowd(w *world) {
	_, a := w.released(promise(), 1000, 1000)
	require.Equal(w, 1, w.won(w.many(8, func(int) error {
		_, err := w.fileAs(ann, a, 10)
		return err
	}), "guarantee_claim_exists"))
}

func claimsShown(w *world) {
	_, a := w.released(promise(), 1000, 1000)
	c := w.claim(a, 10)
	for _, by := range []lance.Actor{ann, bob, admin, judy, lance.Person("sue", lance.RoleSupport)} {
		got, err := w.claims.Get(w.Context(), by, c.ID)
		require.NoError(w, err)
		require.Equal(w, c, got)
	}
	_, err := w.claims.Get(w.Context(), lance.Person("carl"), c.ID)
	w.refused(err, lance.NotFound, "guarantee_claim_not_found")
	for as, n := range map[lance.Relation]int{guarantee.ByPayer: 1, guarantee.ByPayee: 0, guarantee.ByJudge: 0} {
		page, err := w.claims.List(w.Context(), ann, guarantee.Query{As: as, Agreement: a.ID, State: guarantee.Filed})
		require.NoError(w, err)
		require.Len(w, page.Items, n)
	}
	_, err = w.claims.List(w.Context(), ann, guarantee.Query{})
	w.refused(err, lance.Invalid, "invalid_input")
	page, err := w.claims.List(w.Context(), judy, guarantee.Query{As: guarantee.ByCandidate})
	require.NoError(w, err)
	require.Len(w, page.Items, 1)
	c = w.uphold(c)
	for _, by := range []lance.Actor{admin, judy} {
		q := guarantee.Query{State: guarantee.Upheld}
		if by.Has(lance.RoleArbiter) {
			q.As = guarantee.ByJudge
		}
		page, err := w.claims.List(w.Context(), by, q)
		require.NoError(w, err)
		require.Equal(w, []*guarantee.Claim{c}, page.Items)
	}
}

func fills(w *world) {
	w.released(promise(), 10000, 10000) // earns 1000
	fees := guarantee.FillInput{Amount: usd(1001), From: guarantee.FromFees}
	_, err := w.claims.Fill(w.Context(), ann, fees)
	w.refused(err, lance.Forbidden, "role_required")
	_, err = w.claims.Funds(w.Context(), bob)
	w.refused(err, lance.Forbidden, "role_required")
	_, err = w.claims.Fill(w.Context(), admin, fees)
	w.refused(err, lance.Insufficient, "fees_insufficient")
	fees.Amount = usd(1000)
	got, err := w.claims.Fill(w.Context(), admin, fees)
	require.NoError(w, err)
	require.Equal(w, guarantee.FromFees, got.From)
	w.account(ledger.Fee(lance.USD), 0)
	w.fund(1000)
	for _, in := range []guarantee.FillInput{
		{Amount: usd(0), From: guarantee.FromFees}, {Amount: usd(1), From: "air"}, {Amount: usd(1), From: guarantee.FromCash},
		{Amount: usd(1), From: guarantee.FromFees, Provider: "house bank"},
	} {
		_, err = w.claims.Fill(w.Context(), admin, in)
		w.refused(err, lance.Invalid, "invalid_input")
	}
	w.fill(500)
	w.fund(1500)
	w.account(ledger.Cash("house bank", lance.USD), 500)
	w.covered(true)
}
