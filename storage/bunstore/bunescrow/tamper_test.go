package bunescrow_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
)

// scene is a store with a sealed and signed history, and what is in it.
type scene struct {
	*testing.T
	db        lance.Runner[bunescrow.Tx]
	opts      lance.VerifyOptions
	transfers map[ledger.Code]ledger.Transfer
	events    map[string]lance.Event
	seqs      map[string]int64 // by ID
	agreement *escrow.Agreement
}

// undone ends a transaction that must leave nothing.
var errUndone = errors.New("undone")

func newScene(t *testing.T, dsn string) *scene {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &scene{T: t, db: open(t, dsn, lance.FixedClock(now)), transfers: map[ledger.Code]ledger.Transfer{}, events: map[string]lance.Event{}, seqs: map[string]int64{}}
	svc := escrow.NewService(s.db, nil)
	ann, bob := lance.Person("ann"), lance.Person("bob")
	s.post(told("in", ledger.CodeTopUp, ledger.Clearing("p", lance.USD), ledger.Available("ann", lance.USD), 200_00))
	a, err := svc.Agree(t.Context(), ann, escrow.AgreeInput{Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "ann", Payee: "bob", Amount: usd(100_00)})
	require.NoError(t, err)
	_, err = svc.Fund(t.Context(), ann, escrow.FundInput{Agreement: a.ID})
	require.NoError(t, err)
	_, err = svc.Submit(t.Context(), bob, escrow.SubmitInput{Agreement: a.ID})
	require.NoError(t, err)
	s.seal()
	s.agreement, err = svc.Approve(t.Context(), ann, escrow.ApproveInput{Agreement: a.ID})
	require.NoError(t, err)
	out := told("out", ledger.CodePayout, ledger.Available("bob", lance.USD), ledger.Cash("p", lance.USD), 30_00)
	out.Pending, out.ExpiresAt = true, now.Add(time.Hour)
	undo := told("undo", ledger.CodeCorrect, ledger.Fee(lance.USD), ledger.Available("bob", lance.USD), 50)
	undo.Corrects = s.find(ledger.CodeFee).ID
	s.post(out, undo, told("round", ledger.CodeRounding, ledger.Available("bob", lance.USD), ledger.Rounding(lance.USD), 1))
	s.post(ledger.Transfer{ID: named("sent"), Code: "sent", Subject: lance.Ref{Kind: "case", ID: "1"}, Resolves: out.ID, Amount: usd(20_00)})
	s.seal()
	s.sign()
	s.learn()
	return s
}

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

func named(step string) ledger.TransferID {
	return ledger.TransferIDFor(lance.Ref{Kind: "case", ID: "1"}, step, 0)
}

func told(step string, code ledger.Code, debit, credit ledger.Account, minor int64) ledger.Transfer {
	t := ledger.Transfer{ID: named(step), Code: code, Debit: debit, Credit: credit, Amount: usd(minor), Subject: lance.Ref{Kind: "case", ID: "1"}}
	if code == ledger.CodeTopUp {
		t.Lot = &ledger.Lot{Provider: "p", Payment: lance.Ref{Kind: "top_up", ID: "1"}, Method: "card", Refundable: true}
	}
	return t
}

func (s *scene) in(fn func(ctx context.Context, r bunescrow.Tx) error) {
	s.Helper()
	require.NoError(s, s.db.InTx(s.Context(), fn))
}

func (s *scene) post(ts ...ledger.Transfer) {
	s.Helper()
	s.in(func(ctx context.Context, r bunescrow.Tx) error {
		_, err := ledger.Post(ctx, r, ts...)
		return err
	})
}

func (s *scene) seal() {
	s.Helper()
	s.in(func(ctx context.Context, r bunescrow.Tx) error {
		_, err := r.Log().Seal(ctx, 1000)
		return err
	})
}

func (s *scene) sign() {
	s.Helper()
	signer, err := lance.NewSigner("example.com/books", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	require.NoError(s, err)
	key := signer.Key()
	s.in(func(ctx context.Context, r bunescrow.Tx) error {
		c, err := lance.MakeCheckpoint(ctx, r, signer)
		s.opts = lance.VerifyOptions{Key: &key, Kept: []string{c.Note}}
		return err
	})
}

func (s *scene) find(code ledger.Code) (found ledger.Transfer) {
	s.Helper()
	s.in(func(ctx context.Context, r bunescrow.Tx) error {
		all, err := r.Ledger().Find(ctx, ledger.Query{})
		i := slices.IndexFunc(all, func(t ledger.Transfer) bool { return t.Code == code })
		found = all[i]
		return err
	})
	return found
}

// learn remembers what there is.
func (s *scene) learn() {
	s.Helper()
	s.in(func(ctx context.Context, r bunescrow.Tx) error {
		entries, err := r.Log().Entries(ctx, 0, 1000)
		for _, e := range entries {
			s.seqs[e.ID] = e.Seq
		}
		require.NoError(s, err)
		events, _, err := r.Log().Read(ctx, 0, 1000)
		for _, ev := range events {
			s.events[ev.Type] = ev
		}
		require.NoError(s, err)
		all, err := r.Ledger().Find(ctx, ledger.Query{})
		for _, t := range all {
			s.transfers[t.Code] = t
		}
		return err
	})
}

// tampering is what somebody does to the tables behind the engine's back, and
// what of it is found.
type tampering struct {
	name string
	do   []statement
	want lance.Finding // without a message
}

type statement struct {
	sql  string
	args []any
}

// tampers does it in a transaction, requires what Verify and an export say of
// it, and undoes it.
func (s *scene) tampers(x tampering) {
	s.Helper()
	err := s.db.InTx(s.Context(), func(ctx context.Context, r bunescrow.Tx) error {
		for _, do := range x.do {
			n, err := r.Affect(ctx, do.sql, do.args...)
			require.NoError(s, err, x.name)
			require.Positive(s, n, "%s: nothing was changed", x.name)
		}
		audit, err := lance.Verify(ctx, lance.Within(r), escrow.Scope[bunescrow.Tx](), &s.opts)
		require.NoError(s, err, x.name)
		require.NotNil(s, audit.Bad, "%s: nothing was found", x.name)
		got := *audit.Bad
		got.Msg = ""
		require.Equal(s, x.want, got, x.name)
		return errUndone
	})
	require.ErrorIs(s, err, errUndone, x.name)
}

// TestTamperingIsFoundAndNamed changes by plain SQL each field that is hashed,
// removes, adds, reorders and cuts off, and requires each time that the record
// is named.
func TestTamperingIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, databases[name](t))
			audit, err := lance.Verify(t.Context(), s.db, escrow.Scope[bunescrow.Tx](), &s.opts)
			require.NoError(t, err)
			require.NoError(t, audit.Err())
			require.Equal(t, int64(1), audit.Kept)
			for _, cases := range [][]tampering{s.transferFields(), s.eventFields(), s.logFields(), s.keptFields(), s.wholeRows()} {
				require.NotEmpty(t, cases)
				for _, x := range cases {
					s.tampers(x)
				}
			}
		})
	}
}
