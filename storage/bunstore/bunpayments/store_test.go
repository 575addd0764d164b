package bunpayments_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/bunpayments"
	"github.com/megilance/lance/storage/storagetest/paytest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// harnesses are what the suite runs on, by the name of the database.
var harnesses = map[string]paytest.Harness[bunpayments.Tx]{
	"sqlite":   on(func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") }),
	"postgres": on(func(t *testing.T) string { return pgtest.DSN(t) }),
}

func on(dsn func(t *testing.T) string) paytest.Harness[bunpayments.Tx] {
	return paytest.Harness[bunpayments.Tx]{Open: func(t *testing.T, clock lance.Clock) lance.Runner[bunpayments.Tx] {
		db, err := bunpayments.Open(t.Context(), bunkit.Options{DSN: dsn(t), Clock: clock})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		require.NoError(t, db.Migrate(t.Context()))
		return db
	}}
}

func TestPayments(t *testing.T) {
	t.Parallel()
	for name, h := range harnesses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paytest.Run(t, h)
		})
	}
}

func TestIncident(t *testing.T) {
	t.Parallel()
	for name, h := range harnesses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paytest.RunIncidents(t, h)
		})
	}
}
