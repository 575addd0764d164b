package bunkit_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// book remembers where a store is.
type book struct{ places sync.Map }

func (b *book) note(db lance.Runner[*bunkit.Q], o bunkit.Options) lance.Runner[*bunkit.Q] {
	b.places.Store(db, o)
	return db
}

func (b *book) of(db lance.Runner[*bunkit.Q]) bunkit.Options {
	o, _ := b.places.Load(db)
	return o.(bunkit.Options)
}

// hostSQLite opens a host's own handle to the file of a store.
func hostSQLite(tb testing.TB, dsn string) *bun.DB {
	tb.Helper()
	path := url.PathEscape(strings.TrimPrefix(dsn, "sqlite:"))
	return bun.NewDB(handleOf(tb, "sqlite", "file:"+path+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)"), sqlitedialect.New())
}

// hostPG opens a host's own handle to the database of a store.
func hostPG(tb testing.TB, dsn string) *bun.DB {
	tb.Helper()
	return bun.NewDB(handleOf(tb, "pgx", dsn), pgdialect.New())
}
