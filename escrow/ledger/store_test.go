package ledger_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// faked is a transaction whose books lie.
type faked struct {
	memescrow.Tx
	lie func(ledger.Store) ledger.Store
}

// Ledger returns the lying books.
func (f faked) Ledger() ledger.Store { return f.lie(f.Tx.Ledger()) }

// liars opens a store whose books lie.
func liars(lie func(ledger.Store) ledger.Store) lance.Runner[faked] {
	return memkit.New(nil, func(tx *memkit.Tx) faked { return faked{memescrow.Bind(tx), lie} }, memescrow.OnSeal)
}

func topUp(step string, minor int64) ledger.Transfer {
	subject := lance.Ref{Kind: "topup", ID: step}
	return ledger.Transfer{
		ID: ledger.TransferIDFor(subject, "confirm", 0), Code: ledger.CodeTopUp, Subject: subject,
		Debit: ledger.Clearing("p", lance.USD), Credit: ledger.Available("ann", lance.USD), Amount: lance.NewMoney(minor, lance.USD),
		Lot: &ledger.Lot{Provider: "p"},
	}
}

func post[R ledger.Repos](t *testing.T, db lance.Runner[R], ts ...ledger.Transfer) (out []ledger.Transfer, err error) {
	t.Helper()
	err = db.InTx(t.Context(), func(ctx context.Context, r R) error {
		out, err = ledger.Post(ctx, r, ts...)
		return err
	})
	return out, err
}

// raced is a store in which somebody else writes the same transfers between
// Load and Write, so many times.
type raced struct {
	ledger.Store
	times *int
}

// Load counts how often the set is looked at.
func (s raced) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	*s.times--
	return s.Store.Load(ctx, w)
}

// Write lets the other be first.
func (s raced) Write(ctx context.Context, c ledger.Changes) error {
	if *s.times < 0 {
		return s.Store.Write(ctx, c)
	}
	if *s.times == 0 {
		if err := s.Store.Write(ctx, c); err != nil {
			return err
		}
	}
	return lance.E(lance.Conflict, "transfer_exists", "")
}

func TestWhoLosesARaceGetsWhatStands(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]string{1: "", 2: "", 4: "transfer_exists"} {
		left := times
		db := liars(func(s ledger.Store) ledger.Store { return raced{s, &left} })
		out, err := post(t, db, topUp("1", 100))
		require.Equal(t, want, lance.CodeOf(err))
		if err == nil {
			require.Equal(t, int64(1), out[0].CreditN)
		}
	}
}

// forged is a store that loads or returns something else than what it keeps.
type forged struct {
	ledger.Store
	loaded   func(*ledger.Loaded)
	balances func([]ledger.Balance) []ledger.Balance
}

// Load forges what was loaded.
func (s forged) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	l, err := s.Store.Load(ctx, w)
	if err == nil && s.loaded != nil {
		s.loaded(l)
	}
	return l, err
}

// Balances forges what is stored.
func (s forged) Balances(ctx context.Context, accounts ...ledger.Account) ([]ledger.Balance, error) {
	bs, err := s.Store.Balances(ctx, accounts...)
	if err == nil && s.balances != nil {
		bs = s.balances(bs)
	}
	return bs, err
}

func TestAStoreThatLoadsOtherBalancesIsFoundOut(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(*ledger.Loaded){
		"none":    func(l *ledger.Loaded) { l.Balances = nil },
		"more":    func(l *ledger.Loaded) { l.Balances = append(l.Balances, l.Balances...) },
		"another": func(l *ledger.Loaded) { l.Balances[0].Account.Owner = "bob" },
	} {
		_, err := post(t, liars(func(s ledger.Store) ledger.Store { return forged{Store: s, loaded: lie} }), topUp("1", 100))
		require.ErrorIs(t, err, lance.Internal, name)
		require.Equal(t, "ledger_load", lance.CodeOf(err), name)
	}
}

func TestRefoldNamesEveryBalanceThatIsNotTheFold(t *testing.T) {
	t.Parallel()
	ann := ledger.Available("ann", lance.USD)
	for name, lie := range map[string]func([]ledger.Balance) []ledger.Balance{
		"posted":  func(bs []ledger.Balance) []ledger.Balance { bs[0].Posted = lance.NewMoney(99, lance.USD); return bs },
		"pending": func(bs []ledger.Balance) []ledger.Balance { bs[0].PendingOut = lance.NewMoney(1, lance.USD); return bs },
		"lines":   func(bs []ledger.Balance) []ledger.Balance { bs[0].Lines++; return bs },
		"missing": func(bs []ledger.Balance) []ledger.Balance { return bs[1:] },
	} {
		db := liars(func(s ledger.Store) ledger.Store { return forged{Store: s, balances: lie} })
		_, err := post(t, db, topUp("1", 100))
		require.NoError(t, err)
		require.NoError(t, db.View(t.Context(), func(ctx context.Context, r faked) error {
			rep, err := ledger.Refold(ctx, r)
			require.NoError(t, err)
			require.False(t, rep.Balanced(), name)
			require.Len(t, rep.Differences, 1, name)
			require.Equal(t, ann, rep.Differences[0].Account, name)
			require.Equal(t, lance.NewMoney(100, lance.USD), rep.Differences[0].Folded.Posted, name)
			require.Equal(t, []lance.Money{lance.NewMoney(0, lance.USD)}, rep.Imbalance, name)
			return nil
		}))
	}
}

func TestTrialBalanceSaysWhenItIsOff(t *testing.T) {
	t.Parallel()
	off := ledger.Trial{Currencies: []ledger.Total{{Imbalance: lance.NewMoney(0, lance.EUR)}, {Imbalance: lance.NewMoney(-1, lance.USD)}}}
	require.False(t, off.Balanced())
	require.True(t, ledger.Trial{Currencies: off.Currencies[:1]}.Balanced())
}
