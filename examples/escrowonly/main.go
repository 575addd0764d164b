package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the host's driver

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "escrowonly")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	shop, err := open(ctx, filepath.Join(dir, "shop.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shop.close()) }()
	return shop.day(ctx)
}

// shop is the host application: its handle, and escrow in the same file.
type shop struct {
	db    *sql.DB
	store *bunkit.Store[bunescrow.Tx]
}

// start is when the shop opens.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(ctx context.Context, path string) (*shop, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	store, err := bunescrow.Open(ctx, bunkit.Options{DB: db, Clock: lance.FixedClock(start)})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &shop{db, store}
	if err := store.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	// The host's table points at ours.
	_, err = db.ExecContext(ctx, `CREATE TABLE orders (
		id INTEGER PRIMARY KEY, buyer INTEGER NOT NULL, seller INTEGER NOT NULL, what TEXT NOT NULL,
		agreement TEXT NOT NULL REFERENCES lance_agreements (id))`)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *shop) close() error { return errors.Join(s.store.Close(), s.db.Close()) }

// day is what happens in the shop.
func (s *shop) day(ctx context.Context) error {
	if err := s.store.InTx(ctx, cashIn); err != nil {
		return err
	}
	if _, err := s.order(ctx, 1, "a logo", 500_00); err != nil {
		fmt.Println("order 1:", lance.CodeOf(err))
	}
	id, err := s.order(ctx, 2, "a poster", 120_00)
	if err != nil {
		return err
	}
	agreements := escrow.NewService(s.store, nil)
	a, err := agreements.Submit(ctx, user(42), escrow.SubmitInput{Agreement: id})
	if err != nil {
		return err
	}
	fmt.Println("order 2 is", a.State, "and releases by itself at", a.ReleaseAt.Format(time.DateOnly))
	if a, err = agreements.Approve(ctx, user(41), escrow.ApproveInput{Agreement: id}); err != nil {
		return err
	}
	fmt.Println("order 2 is", a.State+",", "the fee was", a.PayeeFee)
	if err := s.rows(ctx); err != nil {
		return err
	}
	return s.store.View(ctx, balance)
}

// user makes the actor of one of the host's users.
func user(id int) lance.Actor { return lance.Person(lance.UserID(fmt.Sprint(id))) }

// order writes an order of user 41 at user 42 and funds its agreement, in one
// transaction that is the host's own.
func (s *shop) order(ctx context.Context, n int, what string, cents int64) (escrow.ID, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback() }()
	agreements := escrow.NewService(s.store.Join(tx), nil)
	a, err := agreements.Agree(ctx, user(41), escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: fmt.Sprint(n)}, Payer: "41", Payee: "42", Amount: lance.NewMoney(cents, lance.USD),
	})
	if err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO orders VALUES (?, 41, 42, ?, ?)", n, what, string(a.ID)); err != nil {
		return "", err
	}
	if a, err = agreements.Fund(ctx, user(41), escrow.FundInput{Agreement: a.ID}); err != nil {
		return "", err
	}
	fmt.Printf("order %d is %s and holds %s\n", n, a.State, a.Held)
	return a.ID, tx.Commit()
}

// cashIn stands for money that the host took from user 41 in its own way.
func cashIn(ctx context.Context, r bunescrow.Tx) error {
	ref := lance.Ref{Kind: "bank_statement", ID: "1"}
	_, err := ledger.Post(ctx, r, ledger.Transfer{
		ID: ledger.TransferIDFor(ref, "line", 1), Code: ledger.CodeTopUp, Subject: ref, Amount: lance.NewMoney(200_00, lance.USD),
		Debit: ledger.Cash("bank", lance.USD), Credit: ledger.Available("41", lance.USD),
	})
	return err
}

// rows shows the host's table joined with ours.
func (s *shop) rows(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, `SELECT o.what, a.state FROM orders o JOIN lance_agreements a ON a.id = o.agreement`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var what, state string
		if err := rows.Scan(&what, &state); err != nil {
			return err
		}
		fmt.Println("in the orders table:", what, state)
	}
	return rows.Err()
}

func balance(ctx context.Context, r bunescrow.Tx) error {
	for _, party := range []lance.PartyID{"41", "42"} {
		b, err := ledger.BalancesOf(ctx, r, ledger.Available(party, lance.USD))
		if err != nil {
			return err
		}
		fmt.Println("user", party, "has", b[0].Posted)
	}
	books, err := ledger.Refold(ctx, r)
	if err == nil {
		fmt.Printf("books balanced: %d transfers, %d accounts, imbalance %s\n", books.Transfers, books.Accounts, books.Imbalance[0].Amount())
	}
	return err
}
