package escrow_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

func TestAnAgreementIsSeenByItsPartiesAndThoseWhoHelp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.in(escrow.Submitted)
	for name, who := range map[string]lance.Actor{"payer": payer, "payee": payee, "admin": admin, "support": support, "engine": clock} {
		got, err := w.Get(t.Context(), who, a.ID)
		require.NoError(t, err, name)
		require.Equal(t, a, got)
		timers, err := w.Timers(t.Context(), who, a.ID)
		require.NoError(t, err, name)
		require.Len(t, timers, 4)
	}
	for _, read := range []func(lance.Actor, escrow.ID) error{
		func(by lance.Actor, id escrow.ID) error { _, err := w.Get(t.Context(), by, id); return err },
		func(by lance.Actor, id escrow.ID) error { _, err := w.Timers(t.Context(), by, id); return err },
		func(by lance.Actor, id escrow.ID) error {
			_, err := w.Approve(t.Context(), by, escrow.ApproveInput{Agreement: id})
			return err
		},
	} {
		refused(t, read(stranger, a.ID), lance.NotFound, "agreement_not_found")
		refused(t, read(payer, "agr_none"), lance.NotFound, "agreement_not_found")
		refused(t, read(nobody, a.ID), lance.Unauthorized, "actor_required")
	}
	_, err := w.Refund(t.Context(), support, escrow.RefundInput{Agreement: a.ID})
	refused(t, err, lance.Forbidden, "agreement_relation", "support sees and does not touch")
}

func TestAnAdministratorWithAStakeIsOnlyAParty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.in(escrow.Funded)
	boss := lance.Person("ann", lance.RoleAdmin)
	_, err := w.Refund(t.Context(), boss, escrow.RefundInput{Agreement: a.ID})
	refused(t, err, lance.Forbidden, "agreement_relation")
	boss.Party = "some-organisation"
	_, err = w.Refund(t.Context(), boss, escrow.RefundInput{Agreement: a.ID})
	refused(t, err, lance.NotFound, "agreement_not_found", "nor does he become one by acting for another")
}

func TestTheWorkOfManagedAgreementsGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.in(escrow.Funded)
	managed := escrow.NewService(w.db, &escrow.Options{Managed: []string{subject.Kind}})
	_, err := managed.Agree(t.Context(), payer, good())
	require.Equal(t, []string{"/subject/kind subject_managed"}, fields(err))
	_, err = managed.Submit(t.Context(), payee, escrow.SubmitInput{Agreement: a.ID})
	refused(t, err, lance.Precondition, "agreement_managed")
	_, err = managed.Submit(t.Context(), stranger, escrow.SubmitInput{Agreement: a.ID})
	refused(t, err, lance.NotFound, "agreement_not_found")
	a = w.do(a, payee, escrow.Submit)
	_, err = managed.RequestChanges(t.Context(), payer, escrow.RequestChangesInput{Agreement: a.ID})
	refused(t, err, lance.Precondition, "agreement_managed")
	require.Contains(t, w.AllowedActions(a, payer), escrow.RequestChanges)
	require.NotContains(t, managed.AllowedActions(a, payer), escrow.RequestChanges)
	stored, err := w.Timers(t.Context(), payer, a.ID)
	require.NoError(t, err)
	require.Equal(t, stored, a.Timers())
	_, err = managed.Approve(t.Context(), payer, escrow.ApproveInput{Agreement: a.ID})
	require.NoError(t, err, "its money moves as any other's")
}

func TestOnlyAPartyAgrees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, who := range map[string]lance.Actor{"payer": payer, "payee": payee, "admin": admin, "engine": lance.System("contract")} {
		_, err := w.Agree(t.Context(), who, good())
		require.NoError(t, err, name)
	}
	_, err := w.Agree(t.Context(), stranger, good())
	refused(t, err, lance.Forbidden, "agreement_relation")
	_, err = w.Agree(t.Context(), nobody, good())
	refused(t, err, lance.Unauthorized, "actor_required")
}

func TestAListIsOfOneSide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := w.in(escrow.Funded)
	w.skip(time.Second)
	in := good()
	in.Payer, in.Payee, in.Subject.ID = payee.Party, payer.Party, "8"
	theirs, err := w.Agree(t.Context(), payee, in)
	require.NoError(t, err)
	for _, c := range []struct {
		by   lance.Actor
		q    escrow.Query
		want []escrow.ID
	}{
		{payer, escrow.Query{As: escrow.ByPayer}, []escrow.ID{mine.ID}},
		{payer, escrow.Query{As: escrow.ByPayee}, []escrow.ID{theirs.ID}},
		{payer, escrow.Query{As: escrow.ByPayer, State: escrow.Released}, nil},
		{payer, escrow.Query{As: escrow.ByPayee, Subject: in.Subject}, []escrow.ID{theirs.ID}},
		{payer, escrow.Query{As: escrow.ByPayer, Subject: in.Subject}, nil},
		{stranger, escrow.Query{As: escrow.ByPayer}, nil},
		{admin, escrow.Query{}, []escrow.ID{mine.ID, theirs.ID}},
	} {
		page, err := w.List(t.Context(), c.by, c.q)
		require.NoError(t, err)
		var got []escrow.ID
		for _, a := range page.Items {
			got = append(got, a.ID)
		}
		require.Equal(t, c.want, got)
	}
	page, err := w.List(t.Context(), admin, escrow.Query{PageQuery: lance.PageQuery{Limit: 1}})
	require.NoError(t, err)
	page, err = w.List(t.Context(), admin, escrow.Query{PageQuery: lance.PageQuery{Limit: 1, Cursor: page.Next}})
	require.NoError(t, err)
	require.Equal(t, theirs.ID, page.Items[0].ID)
	require.Empty(t, page.Next)
}

// both is a policy with fees on both sides: the payer bears 5 % and 1.00 USD, at
// least 2.00; the payee 10 %.
func both() policy.Document {
	d := policy.Default()
	d.Fees = append(d.Fees, policy.Component{
		Name: "handling", Side: policy.Payer, Percent: decimal.NewFromInt(5), Fixed: usd(100), Min: usd(200),
	})
	return d
}

func TestFeesOfBothSidesFollowWhatIsReleased(t *testing.T) {
	t.Parallel()
	w := newWorld(t, both())
	in := good()
	in.Amount = usd(10_000)
	w.deposit(payer.Party, usd(20_000))
	a, err := w.Agree(t.Context(), payer, in)
	require.NoError(t, err)
	a = w.do(a, payer, escrow.Fund)
	require.Equal(t, usd(10_600), a.Held, "100.00 and the payer's fee of 6.00")
	require.Equal(t, usd(10_000), a.Remaining())

	a, err = w.Release(t.Context(), payer, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(4_000)})
	require.NoError(t, err)
	require.Equal(t, usd(300), a.PayerFee, "5 % of 40.00 and 1.00")
	require.Equal(t, usd(400), a.PayeeFee)
	require.Equal(t, usd(6_300), a.Held)
	a, err = w.Refund(t.Context(), payee, escrow.RefundInput{Agreement: a.ID, Amount: usd(5_000)})
	require.NoError(t, err)
	require.Equal(t, escrow.Funded, a.State)
	require.Equal(t, usd(1_050), a.Held, "the fee on the refunded 50.00 went back with it")
	a = w.do(a, payer, escrow.Approve)
	require.Equal(t, escrow.Released, a.State)
	require.Equal(t, usd(350), a.PayerFee, "5 % of the 50.00 that were released, and 1.00")
	require.Equal(t, usd(500), a.PayeeFee)
	w.has(map[ledger.Account]int64{
		a.HoldAccount():                             0,
		ledger.Available(payee.Party, lance.USD):    4_500,
		ledger.Available(payer.Party, lance.USD):    20_000 - 5_350,
		ledger.Fee(lance.USD):                       850,
		ledger.Clearing("test", lance.USD):          20_000,
		ledger.Clearance(payee.Party, lance.USD):    0,
		ledger.Available(stranger.Party, lance.USD): 0,
	})
}

func TestAWholeRefundCostsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, both())
	a := w.in(escrow.Refunded)
	w.has(map[ledger.Account]int64{
		ledger.Available(payer.Party, lance.USD): 2000, ledger.Available(payee.Party, lance.USD): 0,
		ledger.Fee(lance.USD): 0, a.HoldAccount(): 0,
	})
}

func TestAnAgreementKeepsThePolicyItWasMadeUnder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.in(escrow.Funded)
	later := escrow.NewService(w.db, &escrow.Options{Policy: new(both())})
	_, err := later.Approve(t.Context(), payer, escrow.ApproveInput{Agreement: a.ID})
	require.NoError(t, err)
	w.has(map[ledger.Account]int64{ledger.Fee(lance.USD): 100})
	q, err := later.Quote(usd(10_000))
	require.NoError(t, err)
	require.Equal(t, usd(10_600), q.PayerPays)
	_, err = later.Quote(usd(0))
	require.ErrorIs(t, err, lance.Invalid)
}

func TestThePayerAsksAndThePayeeRefunds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.in(escrow.Submitted)
	a, err := w.AskRefund(t.Context(), payer, escrow.AskRefundInput{Agreement: a.ID, Amount: usd(400)})
	require.NoError(t, err)
	require.Equal(t, usd(400), a.RefundAsked)
	require.Equal(t, usd(1000), a.Held, "asking moves nothing")
	a, err = w.Refund(t.Context(), payee, escrow.RefundInput{Agreement: a.ID, Amount: usd(300)})
	require.NoError(t, err)
	require.Equal(t, usd(100), a.RefundAsked)
	require.Equal(t, escrow.Submitted, a.State, "the rest is still to be approved")
	require.Equal(t, epoch.Add(14*24*time.Hour), a.ReleaseAt)
	a = w.do(a, payee, escrow.Refund)
	require.Equal(t, usd(0), a.RefundAsked)
	require.Equal(t, usd(1000), a.Refunded)
}

func TestReleasedMoneyWaitsForItsClearance(t *testing.T) {
	t.Parallel()
	doc := policy.Default()
	doc.Clearance = 5 * 24 * time.Hour
	w := newWorld(t, doc)
	a := w.in(escrow.Funded)
	a = w.do(a, payer, escrow.Release)
	w.skip(24 * time.Hour)
	a = w.do(a, payer, escrow.Approve)
	available, clearance := ledger.Available(payee.Party, lance.USD), ledger.Clearance(payee.Party, lance.USD)
	w.has(map[ledger.Account]int64{available: 0, clearance: 900})
	timers, err := w.Timers(t.Context(), payee, a.ID)
	require.NoError(t, err)
	require.Equal(t, []lance.Timer{{Owner: a.Ref(), Kind: escrow.KindClear, DueAt: epoch.Add(doc.Clearance)}}, timers)
	w.step()
	w.has(map[ledger.Account]int64{available: 0, clearance: 900})
	w.skip(4 * 24 * time.Hour)
	w.step()
	w.has(map[ledger.Account]int64{available: 270, clearance: 630})
	w.skip(24 * time.Hour)
	w.step()
	w.has(map[ledger.Account]int64{available: 900, clearance: 0})
	require.Empty(t, w.now(a).Clearing)
	require.True(t, w.step().Idle())
}

func TestEventsSayWhatHappenedAndHoldNoTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.in(escrow.Submitted)
	for _, s := range []struct {
		by lance.Actor
		do escrow.Action
	}{
		{payer, escrow.RequestChanges}, {payer, escrow.AskRefund}, {payee, escrow.RefundPart},
		{payer, escrow.Release}, {payee, escrow.Submit}, {payer, escrow.Approve},
	} {
		a = w.do(a, s.by, s.do)
	}
	var types []string
	require.NoError(t, w.db.View(t.Context(), func(ctx context.Context, r memescrow.Tx) error {
		events, err := r.Log().Stream(ctx, a.Ref())
		for i, ev := range events {
			types = append(types, strings.TrimPrefix(ev.Type, "agreement."))
			require.Equal(t, int64(i+1), ev.Version)
			require.Equal(t, []lance.PartyID{payer.Party, payee.Party}, ev.Parties)
			require.Contains(t, string(ev.Body), `"subject":"order/7"`)
		}
		last, err2 := lance.Decode[escrow.AgreementReleased](events[len(events)-1])
		require.NoError(t, err2)
		require.Equal(t, escrow.Released, last.State)
		require.Equal(t, usd(400), last.Gross)
		require.Equal(t, usd(360), last.Net)
		require.Equal(t, usd(40), last.PayeeFee)
		return err
	}))
	require.Equal(t, []string{
		"agreed", "funded", "submitted", "changes_requested", "refund_asked", "part_refunded", "part_released", "submitted", "released",
	}, types)
}

func TestATimerThatWasOvertakenDoesNothing(t *testing.T) {
	t.Parallel()
	doc := policy.Default()
	doc.Clearance = 24 * time.Hour
	w := newWorld(t, doc)
	running, stopped, cleared := w.in(escrow.Submitted), w.in(escrow.Funded), w.in(escrow.Released)
	for _, c := range []struct {
		kind string
		a    *escrow.Agreement
	}{
		{escrow.KindAutoRelease, running}, {escrow.KindAutoRelease, stopped}, {escrow.KindAutoRelease, cleared},
		{escrow.KindClear, cleared}, {escrow.KindClear, running},
	} {
		require.NoError(t, w.db.InTx(t.Context(), func(ctx context.Context, r memescrow.Tx) error {
			return escrow.Jobs().Timers[c.kind](ctx, r, lance.Timer{Owner: c.a.Ref(), Kind: c.kind})
		}))
		require.Equal(t, c.a, w.now(c.a), "%s of what is %s", c.kind, c.a.State)
	}
}

// TestMoreThanASetOfTransfersLeavesClearance shares so many small releases among so
// many payees that no one set could make all of them available.
func TestMoreThanASetOfTransfersLeavesClearance(t *testing.T) {
	t.Parallel()
	doc := policy.Default()
	doc.Fees, doc.Clearance = nil, 5*day
	w := newWorld(t, doc)
	in := good()
	in.Amount, in.Payees = usd(ledger.MaxSet+20), []escrow.Share{{Party: payee.Party, Weight: 1}}
	for i := range 19 {
		in.Payees = append(in.Payees, escrow.Share{Party: lance.PartyID("cid" + strconv.Itoa(i)), Weight: 1})
	}
	a, err := w.Agree(t.Context(), payer, in)
	require.NoError(t, err)
	w.deposit(payer.Party, in.Amount)
	w.do(a, payer, escrow.Fund)
	for range ledger.MaxSet / 20 {
		_, err := w.Release(t.Context(), payer, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(20)})
		require.NoError(t, err)
	}
	w.do(a, payer, escrow.Approve)
	w.skip(5 * day)
	w.step()
	require.Empty(t, w.now(a).Clearing)
	w.has(map[ledger.Account]int64{ledger.Available(payee.Party, lance.USD): 51})
}
