package bunescrow_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

func BenchmarkPost(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		escrowtest.BenchPost(b, func(b *testing.B) lance.Runner[bunescrow.Tx] {
			return prepare(b, bunkit.Options{DSN: "sqlite:" + filepath.Join(b.TempDir(), "bench.db")})
		})
	})
	b.Run("sqlite_alone", func(b *testing.B) {
		escrowtest.BenchPost(b, func(b *testing.B) lance.Runner[bunescrow.Tx] {
			return prepare(b, bunkit.Options{DSN: "sqlite:" + filepath.Join(b.TempDir(), "bench.db"), Batch: 1})
		})
	})
	b.Run("postgres", func(b *testing.B) {
		cluster, err := pgtest.Start(b.Context(), &pgtest.Options{Durable: true})
		require.NoError(b, err)
		defer func() { require.NoError(b, cluster.Stop()) }()
		escrowtest.BenchPost(b, func(b *testing.B) lance.Runner[bunescrow.Tx] {
			return prepare(b, bunkit.Options{DSN: cluster.DSN("postgres"), Schema: "public", MaxConns: 32})
		})
	})
}

func prepare(b *testing.B, opts bunkit.Options) lance.Runner[bunescrow.Tx] {
	b.Helper()
	db, err := bunescrow.Open(b.Context(), opts)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	require.NoError(b, db.Migrate(b.Context()))
	return db
}
