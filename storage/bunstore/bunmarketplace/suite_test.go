package bunmarketplace_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/bunmarketplace"
	"github.com/megilance/lance/storage/storagetest/markettest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
	"github.com/megilance/lance/storage/storagetest/sqlitetest"
)

type (
	escrowTx = bunescrow.Tx
	marketTx = bunmarketplace.Tx
)

// tx is the marketplace with escrow below it, and nothing else.
type tx struct {
	*bunkit.Q
	escrowTx
	marketTx
}

func bind(q *bunkit.Q) tx { return tx{q, bunescrow.Bind(q), bunmarketplace.Bind(q)} }

// databases are what every suite runs on: how each makes a fresh DSN.
var databases = map[string]func(t *testing.T) string{
	"sqlite": func(t *testing.T) string {
		return "sqlite:" + sqlitetest.Copy(t, "market", func(path string) error { return migrate("sqlite:" + path) })
	},
	"postgres": func(t *testing.T) string { return pgtest.Copy(t, "market", migrate) },
}

// migrate gives an empty database its tables.
func migrate(dsn string) error {
	ctx := context.Background()
	db, err := bunkit.Open(ctx, bunkit.Options{DSN: dsn}, bind, bunescrow.Part(), bunmarketplace.Part())
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

func TestMarketplace(t *testing.T) {
	t.Parallel()
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			markettest.Run(t, markettest.Harness[tx]{Open: func(t *testing.T, clock lance.Clock) lance.Runner[tx] {
				db, err := bunkit.Open(t.Context(), bunkit.Options{DSN: dsn(t), Clock: clock}, bind, bunescrow.Part(), bunmarketplace.Part())
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, db.Close()) })
				return db
			}})
		})
	}
}
