package bunpayments_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/bunpayments"
	"github.com/megilance/lance/storage/storagetest/paytest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
	"github.com/megilance/lance/storage/storagetest/sqlitetest"
)

// harnesses are what the suite runs on, by the name of the database.
var harnesses = map[string]paytest.Harness[bunpayments.Tx]{
	"sqlite": on(func(t *testing.T) string {
		return "sqlite:" + sqlitetest.Copy(t, "payments", func(path string) error { return migrate("sqlite:" + path) })
	}),
	"postgres": on(func(t *testing.T) string { return pgtest.Copy(t, "payments", migrate) }),
}

func on(dsn func(t *testing.T) string) paytest.Harness[bunpayments.Tx] {
	return paytest.Harness[bunpayments.Tx]{Open: func(t *testing.T, clock lance.Clock) lance.Runner[bunpayments.Tx] {
		db, err := bunpayments.Open(t.Context(), bunkit.Options{DSN: dsn(t), Clock: clock})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	}}
}

// migrate gives an empty database its tables.
func migrate(dsn string) error {
	ctx := context.Background()
	db, err := bunpayments.Open(ctx, bunkit.Options{DSN: dsn})
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
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
