package bunstore_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the hosts' drivers
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
	_ "modernc.org/sqlite"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/storagetest/basetest"
)

// handle is a host's own handle to the database of a store.
type handle = *bun.DB

type hostOpener func(t *testing.T, dsn string) handle

func hostSQLite(t *testing.T, dsn string) handle {
	t.Helper()
	file := strings.TrimPrefix(dsn, "sqlite:")
	db, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	return closed(t, db, err, sqlitedialect.New())
}

func hostPostgreSQL(t *testing.T, dsn string) handle {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	return closed(t, db, err, pgdialect.New())
}

func closed(t *testing.T, db *sql.DB, err error, dialect schema.Dialect) handle {
	t.Helper()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return bun.NewDB(db, dialect)
}

// hosts are the two kinds of transaction that a host may have open.
func hosts(handleOf func(*testing.T, lance.Runner[driver.Repos]) handle) []basetest.Host[driver.Repos] {
	rows := func(t *testing.T, db lance.Runner[driver.Repos]) []string {
		var names []string
		require.NoError(t, handleOf(t, db).NewRaw("SELECT name FROM orders ORDER BY name").Scan(context.Background(), &names))
		return names
	}
	kind := func(name string, as func(bun.Tx) bunstore.Tx) basetest.Host[driver.Repos] {
		return basetest.Host[driver.Repos]{Name: name, Rows: rows, Begin: func(t *testing.T, db lance.Runner[driver.Repos]) basetest.Guest[driver.Repos] {
			host := handleOf(t, db)
			_, err := host.Exec("CREATE TABLE IF NOT EXISTS orders (name TEXT)")
			require.NoError(t, err)
			tx, err := host.BeginTx(context.Background(), nil)
			require.NoError(t, err)
			t.Cleanup(func() { _ = tx.Rollback() })
			return basetest.Guest[driver.Repos]{
				Joined: db.(*bunstore.Store).Join(as(tx)), Commit: tx.Commit, Rollback: tx.Rollback,
				Insert: func(row string) error { _, err := tx.Exec("INSERT INTO orders (name) VALUES (?)", row); return err },
			}
		}}
	}
	return []basetest.Host[driver.Repos]{
		kind("sql.Tx", func(tx bun.Tx) bunstore.Tx { return tx.Tx }),
		kind("bun.Tx", func(tx bun.Tx) bunstore.Tx { return tx }),
	}
}
