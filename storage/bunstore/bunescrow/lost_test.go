package bunescrow_test

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// wire is a connection to PostgreSQL that is cut at one of the commits.
type wire struct {
	net.Conn
	left    *atomic.Int64 // commits until then, this one included
	reaches bool          // whether that commit reaches the server
}

// Write sends, and cuts the connection when it is time.
func (w wire) Write(b []byte) (int, error) {
	if !bytes.Contains(b, []byte("commit\x00")) || w.left.Add(-1) != 0 {
		return w.Conn.Write(b)
	}
	if w.reaches {
		if _, err := w.Conn.Write(b); err != nil {
			return 0, err
		}
		_, _ = w.Read(make([]byte, 1)) // it has answered, and nobody hears of it
	}
	_ = w.Close()
	return 0, net.ErrClosed
}

// TestALostCommitIsToldToAllWhoShareIt cuts the connection of a batch at its
// commit, before the server hears of it and after.
func TestALostCommitIsToldToAllWhoShareIt(t *testing.T) {
	t.Parallel()
	for name, reaches := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left := new(atomic.Int64)
			db := openWire(t, left, reaches)
			s := ledger.NewService(db)
			_, err := s.Post(t.Context(), spend("in", ledger.Clearing("bank", lance.USD), ledger.Available("ann", lance.USD), 1000))
			require.NoError(t, err)
			const n = 24
			errs := postBehind(t, db, s, n, left)
			unknown := 0
			for i, err := range errs {
				stands := posted(t, db, i)
				if err == nil {
					require.True(t, stands, i)
					continue
				}
				unknown++
				require.Equal(t, "commit_unknown", lance.CodeOf(err))
				require.Equal(t, reaches, stands, i)
			}
			require.Positive(t, unknown)
			for i := range n { // whoever asks again has it once
				_, err := s.Post(t.Context(), pay(i))
				require.NoError(t, err)
			}
			require.NoError(t, db.View(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
				has, err := ledger.BalancesOf(ctx, r, ledger.Hold("agr", lance.USD))
				require.Equal(t, int64(10*n), has[0].Posted.Minor())
				return err
			}))
		})
	}
}

func openWire(t *testing.T, left *atomic.Int64, reaches bool) *bunkit.Store[bunescrow.Tx] {
	t.Helper()
	config, err := pgxpool.ParseConfig(databases["postgres"](t))
	require.NoError(t, err)
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return wire{conn, left, reaches}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	db, err := bunescrow.Open(t.Context(), bunkit.Options{Pool: pool})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// postBehind lets callers queue up behind the lock that a transaction has on
// their account, and cuts the second of their commits: the first is of him who
// came first, the second of those who waited.
func postBehind(t *testing.T, db *bunkit.Store[bunescrow.Tx], s *ledger.Service, n int, left *atomic.Int64) []error {
	t.Helper()
	errs := make([]error, n)
	var group sync.WaitGroup
	err := db.InTx(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
		_, err := r.Ledger().Load(ctx, ledger.Want{Accounts: []ledger.Account{ledger.Available("ann", lance.USD)}})
		require.NoError(t, err)
		var came sync.WaitGroup
		came.Add(n)
		for i := range n {
			group.Go(func() {
				came.Done()
				_, errs[i] = s.Post(t.Context(), pay(i))
			})
		}
		came.Wait()
		return context.Canceled // it wanted the lock only
	})
	require.ErrorIs(t, err, context.Canceled)
	left.Store(2)
	group.Wait()
	return errs
}

func spend(id string, from, to ledger.Account, minor int64) ledger.Transfer {
	subject := lance.Ref{Kind: "spend", ID: id}
	t := ledger.Transfer{
		ID: ledger.TransferIDFor(subject, "pay", 0), Code: ledger.CodeFund, Subject: subject,
		Debit: from, Credit: to, Amount: lance.NewMoney(minor, lance.USD),
	}
	if !from.Kind.Lots() {
		t.Lot = &ledger.Lot{Provider: "bank", Method: "card"}
	}
	return t
}

func pay(i int) ledger.Transfer {
	return spend(strconv.Itoa(i), ledger.Available("ann", lance.USD), ledger.Hold("agr", lance.USD), 10)
}

func posted(t *testing.T, db *bunkit.Store[bunescrow.Tx], i int) (stands bool) {
	t.Helper()
	require.NoError(t, db.View(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
		found, err := r.Ledger().Find(ctx, ledger.Query{IDs: []ledger.TransferID{pay(i).ID}})
		stands = len(found) == 1
		return err
	}))
	return stands
}
