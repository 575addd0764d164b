package bunescrow_test

import (
	"path/filepath"
	"strconv"
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

// BenchmarkVerify takes minutes to fill its books: run it with -benchtime 1x.
func BenchmarkVerify(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		escrowtest.BenchVerify(b, func(b *testing.B) lance.Runner[bunescrow.Tx] {
			return prepare(b, bunkit.Options{DSN: "sqlite:" + filepath.Join(b.TempDir(), "bench.db")})
		}, 10_000, 100_000, 1_000_000)
	})
	b.Run("postgres", func(b *testing.B) {
		cluster, err := pgtest.Start(b.Context(), nil)
		require.NoError(b, err)
		defer func() { require.NoError(b, cluster.Stop()) }()
		n := 0
		escrowtest.BenchVerify(b, func(b *testing.B) lance.Runner[bunescrow.Tx] {
			n++
			return prepare(b, bunkit.Options{DSN: cluster.DSN("postgres"), Schema: "books" + strconv.Itoa(n)})
		}, 10_000, 100_000, 1_000_000)
	})
}
