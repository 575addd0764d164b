package escrowtest

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// LedgerHarness is what the ledger's suite asks of an adapter.
type LedgerHarness[R ledger.Repos] struct {
	// Open returns a fresh, empty store whose time is clock's, and cleans it up
	// by t.Cleanup.
	Open func(t *testing.T, clock lance.Clock) lance.Runner[R]
}

// ledgerLaw is one case of the suite.
type ledgerLaw[R ledger.Repos] struct {
	name string
	run  func(w *ledgerWorld[R])
}

// RunLedger proves every law of the ledger on the adapter, each in a parallel
// subtest <subject>/<law>.
func RunLedger[R ledger.Repos](t *testing.T, h LedgerHarness[R]) {
	runLedgerLaws(t, h, "post", postLaws[R]())
	runLedgerLaws(t, h, "concurrency", racingLaws[R]())
	runLedgerLaws(t, h, "sharing", sharingLaws[R]())
	runLedgerLaws(t, h, "pending", pendingLaws[R]())
	runLedgerLaws(t, h, "lots", lotLaws[R]())
	runLedgerLaws(t, h, "read", readLaws[R]())
	runLedgerLaws(t, h, "audit", auditLaws[R]())
	runLedgerLaws(t, h, "store", storeLaws[R]())
}

// RunLedgerIncidents proves the laws that bugs of comparable systems have
// taught, each in a parallel subtest named after its source.
func RunLedgerIncidents[R ledger.Repos](t *testing.T, h LedgerHarness[R]) {
	for _, l := range incidents[R]() {
		runLedgerLaw(t, h, l)
	}
}

func runLedgerLaws[R ledger.Repos](t *testing.T, h LedgerHarness[R], subject string, laws []ledgerLaw[R]) {
	t.Run(subject, func(t *testing.T) {
		t.Parallel()
		for _, l := range laws {
			runLedgerLaw(t, h, l)
		}
	})
}

func runLedgerLaw[R ledger.Repos](t *testing.T, h LedgerHarness[R], l ledgerLaw[R]) {
	t.Run(l.name, func(t *testing.T) {
		t.Parallel()
		w := newLedgerWorld(t, h)
		l.run(w)
		w.sound()
	})
}

// ledgerWorld is what one case works in: a store of its own and a clock that it
// moves.
type ledgerWorld[R ledger.Repos] struct {
	*testing.T
	db    lance.Runner[R]
	clock *clocktest.Hand
}

func newLedgerWorld[R ledger.Repos](t *testing.T, h LedgerHarness[R]) *ledgerWorld[R] {
	t.Helper()
	clock := clocktest.At(epoch)
	return &ledgerWorld[R]{T: t, db: h.Open(t, clock), clock: clock}
}

// epoch is the time at which every case begins.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// The cast of the cases.
var (
	ann      = ledger.Available("ann", lance.USD)
	bob      = ledger.Available("bob", lance.USD)
	hold     = ledger.Hold("agr_1", lance.USD)
	fee      = ledger.Fee(lance.USD)
	cash     = ledger.Cash("sandbox", lance.USD)
	clearing = ledger.Clearing("sandbox", lance.USD)
	subject  = lance.Ref{Kind: "case", ID: "1"}
)

// usd is an amount of whole minor units.
func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

// id names a transfer of a case.
func id(step string) ledger.TransferID { return ledger.TransferIDFor(subject, step, 0) }

// move makes a transfer named after its step.
func move(step string, debit, credit ledger.Account, minor int64) ledger.Transfer {
	return ledger.Transfer{
		ID: id(step), Code: ledger.CodeRelease, Debit: debit, Credit: credit,
		Amount: lance.NewMoney(minor, debit.Currency), Subject: subject,
	}
}

// topUp makes the transfer of a provider's charge.
func topUp(step string, to ledger.Account, minor int64) ledger.Transfer {
	t := move(step, ledger.Clearing("sandbox", to.Currency), to, minor)
	t.Code = ledger.CodeTopUp
	t.Lot = &ledger.Lot{Provider: "sandbox", Payment: lance.Ref{Kind: "topup", ID: step}, Method: "card", Refundable: true}
	return t
}

// reserve makes a pending transfer.
func reserve(step string, debit, credit ledger.Account, minor int64) ledger.Transfer {
	t := move(step, debit, credit, minor)
	t.Pending = true
	return t
}

// settle makes a transfer that posts a part of a pending one.
func settle(step, of string, minor int64) ledger.Transfer {
	return ledger.Transfer{ID: id(step), Code: ledger.CodePayout, Subject: subject, Resolves: id(of), Amount: usd(minor)}
}

// void makes a transfer that voids a pending one.
func void(step, of string) ledger.Transfer {
	return ledger.Transfer{ID: id(step), Code: ledger.CodePayout, Subject: subject, Resolves: id(of), Void: true}
}

// try posts a set in a transaction of its own.
func (w *ledgerWorld[R]) try(ts ...ledger.Transfer) (out []ledger.Transfer, err error) {
	err = w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		out, err = ledger.Post(ctx, r, ts...)
		return err
	})
	return out, err
}

// post posts a set that must stand.
func (w *ledgerWorld[R]) post(ts ...ledger.Transfer) []ledger.Transfer {
	w.Helper()
	out, err := w.try(ts...)
	require.NoError(w, err)
	require.Len(w, out, len(ts))
	return out
}

// refuse posts a set that must be refused and change nothing.
func (w *ledgerWorld[R]) refuse(kind lance.Kind, code string, ts ...ledger.Transfer) {
	w.Helper()
	before := w.all()
	_, err := w.try(ts...)
	refused(w.T, err, kind, code)
	require.Equal(w, before, w.all(), "a refused set has changed something")
}

func refused(t *testing.T, err error, kind lance.Kind, code string) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	require.Equal(t, code, lance.CodeOf(err))
}

// view runs fn in a view that must succeed.
func (w *ledgerWorld[R]) view(fn func(ctx context.Context, r R) error) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), fn))
}

func (w *ledgerWorld[R]) balance(a ledger.Account) (b ledger.Balance) {
	w.Helper()
	w.view(func(ctx context.Context, r R) error {
		bs, err := ledger.BalancesOf(ctx, r, a)
		if err == nil {
			b = bs[0]
		}
		return err
	})
	return b
}

// has requires that an account has so many minor units, and nothing reserved.
func (w *ledgerWorld[R]) has(a ledger.Account, minor int64) {
	w.Helper()
	w.hasReserved(a, minor, 0)
}

func (w *ledgerWorld[R]) hasReserved(a ledger.Account, minor, pending int64) {
	w.Helper()
	b := w.balance(a)
	require.Equal(w, lance.NewMoney(minor, a.Currency), b.Posted, a)
	require.Equal(w, lance.NewMoney(pending, a.Currency), b.PendingOut, a)
	require.Equal(w, lance.NewMoney(minor-pending, a.Currency), b.Available(), a)
}

// shares returns the parts of lots that an account has, by the payment each was
// charged for.
func (w *ledgerWorld[R]) shares(a ledger.Account) (out []string) {
	w.Helper()
	w.view(func(ctx context.Context, r R) error {
		shares, err := ledger.LotsOf(ctx, r, a)
		if err != nil {
			return err
		}
		out, err = describe(ctx, r, shares)
		return err
	})
	return out
}

func describe(ctx context.Context, r ledger.Repos, shares []ledger.LotShare) ([]string, error) {
	var out []string
	for _, s := range shares {
		lots, err := r.Ledger().Lots(ctx, s.Lot)
		if err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprintf("%s %d", lots[0].Payment.ID, s.Amount.Minor()))
	}
	return out, nil
}

func (w *ledgerWorld[R]) describe(shares []ledger.LotShare) (out []string) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		out, err = describe(ctx, r, shares)
		return err
	})
	return out
}

// all returns every balance.
func (w *ledgerWorld[R]) all() (all []ledger.Balance) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		all, err = r.Ledger().Balances(ctx)
		return err
	})
	return all
}

// find returns every transfer.
func (w *ledgerWorld[R]) find() (all []ledger.Transfer) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		all, err = r.Ledger().Find(ctx, ledger.Query{})
		return err
	})
	return all
}

// step lets the worker do what there is to do.
func (w *ledgerWorld[R]) step() lance.Report {
	w.Helper()
	rep, err := lance.NewWorker(w.db, ledger.Jobs[R](), nil).Drain(w.Context(), w.clock.Now(), 100)
	require.NoError(w, err)
	require.Empty(w, rep.Faults)
	return rep
}

// statement returns all lines of an account, latest first, read in pages.
func (w *ledgerWorld[R]) statement(a ledger.Account) (lines []*ledger.Line) {
	w.Helper()
	q := lance.PageQuery{Limit: 7}
	w.view(func(ctx context.Context, r R) error {
		for {
			page, err := ledger.Statement(ctx, r, a, q)
			lines = append(lines, page.Items...)
			if err != nil || page.Next == "" {
				return err
			}
			q.Cursor, q.Limit = page.Next, lance.MaxPageSize // one short page shows that pages join
		}
	})
	return lines
}

// sound requires that the books are as they must always be.
func (w *ledgerWorld[R]) sound() {
	w.Helper()
	w.step()
	w.view(func(ctx context.Context, r R) error {
		trial, err := ledger.TrialBalance(ctx, r)
		require.NoError(w, err)
		require.True(w, trial.Balanced(), "the books do not sum to zero: %v", trial)
		report, err := ledger.Refold(ctx, r)
		require.NoError(w, err)
		require.Empty(w, report.Differences, "stored balances are not the fold of the transfers")
		require.True(w, report.Balanced())
		accounts, transfers := int64(0), int64(0)
		for _, c := range trial.Currencies {
			accounts, transfers = accounts+c.Accounts, transfers+c.Transfers
		}
		require.Equal(w, report.Accounts, accounts)
		require.Equal(w, report.Transfers, transfers)
		return nil
	})
	for _, b := range w.all() {
		w.soundAccount(b)
	}
	holds(w.T, w.db, ledger.Scope[R]())
}

// holds requires that the store is what its log witnesses.
func holds[R lance.Repos](t tester, db lance.Runner[R], scope lance.Scope[R]) lance.Audit {
	t.Helper()
	audit, err := lance.Verify(t.Context(), db, scope, nil)
	require.NoError(t, err)
	require.NoError(t, audit.Err())
	return audit
}

// verifies requires that the store is what its log witnesses, and that an export
// says the same.
func verifies[R lance.Repos](t tester, db lance.Runner[R], scope lance.Scope[R]) lance.Audit {
	t.Helper()
	audit := holds(t, db, scope)
	var file bytes.Buffer
	require.NoError(t, lance.Export(t.Context(), db, scope, &file))
	again, err := lance.VerifyExport(&file, nil, ledger.NewChecker())
	require.NoError(t, err)
	require.Equal(t, audit, again)
	return audit
}

// soundAccount requires that a statement adds up line by line to the balance,
// that an account with a floor never was below it, and that its lots sum up.
func (w *ledgerWorld[R]) soundAccount(b ledger.Balance) {
	w.Helper()
	lines := w.statement(b.Account)
	require.Len(w, lines, int(b.Lines), b.Account)
	sum := lance.NewMoney(0, b.Account.Currency)
	for i := range lines {
		line := lines[len(lines)-1-i]
		require.Equal(w, int64(i+1), line.N, b.Account)
		require.Equal(w, line.Transfer.Change(b.Account), line.Change, b.Account)
		var err error
		sum, err = sum.Add(line.Change)
		require.NoError(w, err)
		require.Equal(w, sum, line.Balance, "%v line %d", b.Account, line.N)
		if b.Account.Kind.Floor() {
			require.False(w, line.Balance.IsNegative(), "%v line %d", b.Account, line.N)
		}
	}
	require.Equal(w, sum, b.Posted, b.Account)
	if b.Account.Kind.Floor() {
		require.False(w, b.Available().IsNegative(), b.Account)
	}
	if b.Account.Kind.Lots() {
		w.soundLots(b)
	}
}

func (w *ledgerWorld[R]) soundLots(b ledger.Balance) {
	w.Helper()
	w.view(func(ctx context.Context, r R) error {
		shares, err := ledger.LotsOf(ctx, r, b.Account)
		sum := lance.NewMoney(0, b.Account.Currency)
		for _, s := range shares {
			require.True(w, s.Amount.IsPositive(), b.Account)
			sum, _ = sum.Add(s.Amount)
		}
		require.Equal(w, b.Posted, sum, "the lots of %v do not sum up to its balance", b.Account)
		return err
	})
}
