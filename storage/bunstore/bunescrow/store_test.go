package bunescrow_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// databases are what every suite runs on: how each makes a fresh DSN.
var databases = map[string]func(t *testing.T) string{
	"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
	"memory":   func(*testing.T) string { return "sqlite::memory:" },
	"postgres": func(t *testing.T) string { return pgtest.DSN(t) },
}

func open(t *testing.T, dsn string, clock lance.Clock) lance.Runner[bunescrow.Tx] {
	t.Helper()
	db, err := bunescrow.Open(t.Context(), bunkit.Options{DSN: dsn, Clock: clock, Retries: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	return db
}
