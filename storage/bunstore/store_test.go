package bunstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/storagetest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
	"github.com/megilance/lance/storage/storagetest/sqlitetest"
)

func TestStoreSQLite(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T) string {
		return "sqlite:" + sqlitetest.Copy(t, "all", func(path string) error { return migrate("sqlite:" + path) })
	}, hostSQLite)
}

func TestStorePostgreSQL(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T) string { return pgtest.Copy(t, "all", migrate) }, hostPostgreSQL)
}

// suite runs what only the sum can get wrong on stores that a function names,
// joined by hosts that another opens. The rest is proven, on SQLite and on
// PostgreSQL alike, where it is written:
//
//   - transactions, locks, rows, log, consumers, timers, chores, keys, joining a
//     host, a crowd that shares commits: bunkit;
//   - every law, race and random history of the ledger and of agreements: bunescrow;
//   - every law of users and sessions: bunauth; of top-ups and payouts:
//     bunpayments; of the taxonomy, profiles, projects, contracts and reviews:
//     bunmarketplace;
//   - every index: beside each of these.
//
// Here, besides: that a write of any domain rolls back with a host's transaction,
// every accessor, the whole job, the schema, and processes that share a store.
func suite(t *testing.T, dsn func(*testing.T) string, host hostOpener) {
	t.Helper()
	var places sync.Map // of a store: its DSN
	storagetest.RunSum(t, storagetest.Harness{
		Open: func(t *testing.T, clock lance.Clock) lance.Runner[driver.Repos] {
			where := dsn(t)
			db := opened(t, bunstore.Options{DSN: where, Clock: clock})
			places.Store(db, where)
			return db
		},
		Hosts: hosts(func(t *testing.T, db lance.Runner[driver.Repos]) handle {
			where, _ := places.Load(db)
			return host(t, where.(string))
		}),
	})
}

// migrate gives an empty database its tables.
func migrate(dsn string) error {
	ctx := context.Background()
	db, err := bunstore.Open(ctx, bunstore.Options{DSN: dsn})
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

// open opens a store in an empty database, and opened in one that has its tables.
func open(t *testing.T, opts bunstore.Options) *bunstore.Store {
	t.Helper()
	db := opened(t, opts)
	require.NoError(t, db.Migrate(t.Context()))
	require.NoError(t, db.Ready(t.Context()))
	return db
}

func opened(t *testing.T, opts bunstore.Options) *bunstore.Store {
	t.Helper()
	db, err := bunstore.Open(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
