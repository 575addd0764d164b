package bunstore_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

// TestGoldenSchema keeps docs/schema.md: what Migrate makes, on PostgreSQL and
// where SQLite differs.
func TestGoldenSchema(t *testing.T) {
	t.Parallel()
	pg, err := bunkit.SQL(true, "public", bunstore.Parts()...)
	require.NoError(t, err)
	lite, err := bunkit.SQL(false, "", bunstore.Parts()...)
	require.NoError(t, err)
	page := `# Schema

Every table is ` + "`lance_…`" + `; table names and ` + "`id`" + ` columns are stable, so that your own tables may refer to them. Money is whole minor units beside its currency, times are UTC with microseconds, lists are JSON text, bodies of events are exact bytes. On PostgreSQL the tables live in a schema of your choice (here ` + "`public`" + `) and every statement names it; on SQLite in the main database, with foreign keys on. Nothing is migrated unasked: ` + "`Check`" + ` refuses an old schema, ` + "`Migrate`" + ` brings it up to date in one transaction, and ` + "`bunkit.SQL`" + ` exports this text for a migration tool of your own.

Foreign keys restrict: nothing is deleted by a cascade, and what can be deleted at all is only hidden. A part's tables refer to those of parts above it on this page, never below.

This page is written from the migrations by ` + "`make golden`" + `.

## PostgreSQL

` + "```sql\n" + statements(pg) + "```\n\n## SQLite\n\n```sql\n" + statements(lite) + "```\n"
	goldentest.Check(t, "../../docs/schema.md", []byte(page))
}

// statements leaves out what only records that a migration was applied.
func statements(ddl string) string {
	var b strings.Builder
	for line := range strings.Lines(ddl) {
		if !strings.HasPrefix(line, "INSERT INTO") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Who uses escrow alone gets the tables of the kernel and of escrow and no other.
func TestEscrowAloneMakesNoOtherTables(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "escrow.db")
	s, err := bunescrow.Open(t.Context(), bunkit.Options{DSN: "sqlite:" + path})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	require.NoError(t, s.Close())

	all, err := bunkit.SQL(false, "", bunstore.Parts()...)
	require.NoError(t, err)
	own, err := bunkit.SQL(false, "", bunescrow.Part())
	require.NoError(t, err)
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		tables = append(tables, name)
		require.Contains(t, own, name)
	}
	require.NoError(t, rows.Err())
	require.Contains(t, tables, "lance_agreements")
	for _, foreign := range []string{"lance_users", "lance_top_ups", "lance_projects", "lance_contracts", "lance_reviews"} {
		require.Contains(t, all, foreign, "the test names a table that is nowhere")
		require.NotContains(t, tables, foreign)
	}
}
