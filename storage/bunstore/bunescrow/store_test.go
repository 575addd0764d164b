package bunescrow_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/pgtest"
	"github.com/megilance/lance/storage/storagetest/sqlitetest"
)

// memory is the one that nothing can be prepared in.
const memory = "sqlite::memory:"

// databases are what every suite runs on: how each makes a fresh DSN.
var databases = map[string]func(t *testing.T) string{
	"sqlite": func(t *testing.T) string {
		return "sqlite:" + sqlitetest.Copy(t, "escrow", func(path string) error { return migrate("sqlite:" + path) })
	},
	"memory":   func(*testing.T) string { return memory },
	"postgres": func(t *testing.T) string { return pgtest.Copy(t, "escrow", migrate) },
}

// migrate gives an empty database its tables.
func migrate(dsn string) error {
	ctx := context.Background()
	db, err := bunescrow.Open(ctx, bunkit.Options{DSN: dsn})
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

func open(t *testing.T, dsn string, clock lance.Clock) lance.Runner[bunescrow.Tx] {
	t.Helper()
	db, err := bunescrow.Open(t.Context(), bunkit.Options{DSN: dsn, Clock: clock, Retries: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	if dsn == memory {
		require.NoError(t, db.Migrate(t.Context()))
	}
	return db
}
