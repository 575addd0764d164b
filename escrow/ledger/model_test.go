package ledger_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

// model is what the books must be, written as plainly as can be.
type model struct {
	posted   map[ledger.Account]int64 // credits less debits
	reserved map[ledger.Account]int64
	open     map[ledger.TransferID]ledger.Transfer
}

func (m *model) clone() *model {
	c := &model{map[ledger.Account]int64{}, map[ledger.Account]int64{}, map[ledger.TransferID]ledger.Transfer{}}
	maps.Copy(c.posted, m.posted)
	maps.Copy(c.reserved, m.reserved)
	maps.Copy(c.open, m.open)
	return c
}

// post returns the books after the set, or false when it must be refused.
func (m *model) post(set []ledger.Transfer) (*model, bool) {
	next := m.clone()
	for _, t := range set {
		if !next.one(t) {
			return m, false
		}
	}
	return next, true
}

func (m *model) one(t ledger.Transfer) bool {
	if t.Resolves != "" {
		p, ok := m.open[t.Resolves]
		if !ok || t.Amount.Minor() > p.Amount.Minor() {
			return false
		}
		delete(m.open, t.Resolves)
		m.reserved[p.Debit] -= p.Amount.Minor()
		if t.Void {
			return true
		}
		t.Debit, t.Credit = p.Debit, p.Credit
	}
	if t.Pending {
		m.open[t.ID] = t
		m.reserved[t.Debit] += t.Amount.Minor()
		return m.sound(t.Debit)
	}
	m.posted[t.Debit] -= t.Amount.Minor()
	m.posted[t.Credit] += t.Amount.Minor()
	return m.sound(t.Debit) && m.sound(t.Credit)
}

func (m *model) sound(a ledger.Account) bool {
	switch {
	case !a.Kind.Floor():
		return true
	case a.Kind.Class() == ledger.Asset:
		return m.posted[a] <= 0
	}
	return m.posted[a] >= m.reserved[a]
}

var players = []ledger.Account{
	ledger.Available("ann", lance.USD), ledger.Available("bob", lance.USD), ledger.Hold("agr_1", lance.USD),
	ledger.Receivable("bob", lance.USD), ledger.Fee(lance.USD), ledger.Cash("p", lance.USD),
}

// drawTransfer draws a valid transfer that may or may not be refused.
func drawTransfer(t *rapid.T, step string, past []ledger.TransferID) ledger.Transfer {
	subject := lance.Ref{Kind: "model", ID: step}
	from := rapid.IntRange(0, len(players)-1).Draw(t, "from")
	to := (from + rapid.IntRange(1, len(players)-1).Draw(t, "to")) % len(players)
	x := ledger.Transfer{
		ID: ledger.TransferIDFor(subject, "", 0), Code: ledger.CodeRelease, Subject: subject,
		Debit: players[from], Credit: players[to], Amount: lance.NewMoney(rapid.Int64Range(1, 60).Draw(t, "amount"), lance.USD),
	}
	switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
	case kind == 0 && x.Debit.Kind.Lots():
		x.Pending = true
	case kind == 1 && len(past) > 0:
		x.Resolves = rapid.SampledFrom(past).Draw(t, "resolves")
		x.Debit, x.Credit = ledger.Account{}, ledger.Account{}
		if x.Void = rapid.Bool().Draw(t, "void"); x.Void {
			x.Amount = lance.Money{}
		}
	}
	return x
}

// TestBooksAreWhatAPlainModelSays posts random sets: each stands exactly when a
// plain model allows it, and then all balances are the model's.
func TestBooksAreWhatAPlainModelSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		db := memescrow.New(nil)
		m := (&model{}).clone()
		var past []ledger.TransferID
		for i := range rapid.IntRange(1, 25).Draw(rt, "sets") {
			set := make([]ledger.Transfer, rapid.IntRange(1, 4).Draw(rt, "size"))
			for j := range set {
				set[j] = drawTransfer(rt, fmt.Sprint(i, j), past)
				if set[j].Pending {
					past = append(past, set[j].ID)
				}
			}
			next, ok := m.post(set)
			_, err := post(t, db, set...)
			require.Equal(rt, ok, err == nil, "%v", err)
			m = next
			m.agrees(rt, db)
		}
	})
}

func (m *model) agrees(t *rapid.T, db lance.Runner[memescrow.Tx]) {
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, r memescrow.Tx) error {
		bs, err := ledger.BalancesOf(ctx, r, players...)
		require.NoError(t, err)
		for _, b := range bs {
			require.Equal(t, m.posted[b.Account], b.Credit().Minor(), b.Account)
			require.Equal(t, m.reserved[b.Account], b.PendingOut.Minor(), b.Account)
			shares, err := ledger.LotsOf(ctx, r, b.Account)
			require.NoError(t, err)
			if sum := sumOf(shares); b.Account.Kind.Lots() {
				require.Equal(t, b.Posted.Minor(), sum, "lots of %v", b.Account)
			}
		}
		rep, err := ledger.Refold(ctx, r)
		require.True(t, rep.Balanced())
		return err
	}))
}

func sumOf(shares []ledger.LotShare) (sum int64) {
	for _, s := range shares {
		sum += s.Amount.Minor()
	}
	return sum
}

// TestOldestLotsAreTakenWithoutAGap proves of random charges and payments that
// what is taken is always the front of the queue.
func TestOldestLotsAreTakenWithoutAGap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		db := memescrow.New(nil)
		ages := rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), 1, 30, rapid.ID).Draw(rt, "ages")
		total := int64(0)
		for _, age := range ages {
			in := topUp(fmt.Sprint(age), int64(1+age%17))
			in.Lot.ChargedAt = time.Unix(int64(age), 0)
			total += in.Amount.Minor()
			_, err := post(t, db, in)
			require.NoError(rt, err)
		}
		last := ledger.LotID("")
		for i := 0; total > 0; i++ {
			out := topUp("out "+fmt.Sprint(i), rapid.Int64Range(1, total).Draw(rt, "amount"))
			out.Debit, out.Credit, out.Lot = out.Credit, ledger.Fee(lance.USD), nil
			total -= out.Amount.Minor()
			done, err := post(t, db, out)
			require.NoError(rt, err)
			require.Equal(rt, out.Amount.Minor(), sumOf(done[0].Lots))
			for _, s := range done[0].Lots {
				require.GreaterOrEqual(rt, s.Lot, last)
				last = s.Lot
			}
		}
	})
}
