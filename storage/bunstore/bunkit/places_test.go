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

// dsnBook remembers where a store is.
type dsnBook struct{ dsns sync.Map }

func (b *dsnBook) note(db lance.Runner[*bunkit.Q], dsn string) lance.Runner[*bunkit.Q] {
	b.dsns.Store(db, dsn)
	return db
}

func (b *dsnBook) of(db lance.Runner[*bunkit.Q]) string {
	dsn, _ := b.dsns.Load(db)
	return dsn.(string)
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
