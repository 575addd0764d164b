package bunkit_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// widgets is the part that keeps the suite's own rows.
var widgets = bunkit.Part{Name: "widgets", Migrations: fstest.MapFS{
	"0001_widgets.up.sql": {Data: []byte(`CREATE TABLE {lance_widgets} (
  id           TEXT    NOT NULL PRIMARY KEY,
  version      BIGINT  NOT NULL,
  owner        TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  slot         TEXT,
  rank         BIGINT  NOT NULL,
  done         BOOLEAN NOT NULL,
  at           {time}  NOT NULL,
  due_at       {time},
  price_minor  BIGINT  NOT NULL,
  currency     TEXT    NOT NULL,
  tags         {json}  NOT NULL,
  digest       {bytes} NOT NULL,
  UNIQUE (owner, slot)
);
CREATE INDEX lance_widgets_at ON {lance_widgets} (at, id);
CREATE INDEX lance_widgets_due ON {lance_widgets} (due_at {first}, id);
CREATE TABLE {lance_notes} (id TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL);
`)},
	"0001_widgets.down.sql": {Data: []byte("DROP TABLE {lance_notes}; DROP TABLE {lance_widgets};")},
}}

type widgetRow struct {
	ID         string     `bun:"id,pk"`
	Version    int64      `bun:"version"`
	Owner      string     `bun:"owner"`
	Name       string     `bun:"name"`
	Slot       string     `bun:"slot,nullzero"`
	Rank       int64      `bun:"rank"`
	Done       bool       `bun:"done"`
	At         time.Time  `bun:"at,notnull"`
	DueAt      time.Time  `bun:"due_at"`
	PriceMinor int64      `bun:"price_minor"`
	Currency   string     `bun:"currency"`
	Tags       []string   `bun:"tags"`
	Digest     lance.Hash `bun:"digest"`
}

var widgetSpec = &bunkit.Spec[basetest.Widget, widgetRow]{
	Table: basetest.Widgets, Name: "lance_widgets",
	Row: func(w *basetest.Widget) *widgetRow {
		return &widgetRow{
			ID: string(w.ID), Version: w.Version, Owner: string(w.Owner), Name: w.Name, Slot: w.Slot, Rank: w.Rank, Done: w.Done,
			At: w.At, DueAt: w.DueAt, PriceMinor: w.Price.Minor(), Currency: w.Price.Currency().String(), Tags: w.Tags, Digest: w.Digest,
		}
	},
	Value: func(r *widgetRow) (*basetest.Widget, error) {
		var c lance.Currency
		if r.Currency != "" {
			c = lance.MustCurrency(r.Currency)
		}
		return &basetest.Widget{
			ID: basetest.WidgetID(r.ID), Version: r.Version, Owner: lance.PartyID(r.Owner), Name: r.Name, Slot: r.Slot, Rank: r.Rank, Done: r.Done,
			At: r.At, DueAt: r.DueAt, Price: lance.NewMoney(r.PriceMinor, c), Tags: r.Tags, Digest: r.Digest,
		}, nil
	},
}

type noteRow struct {
	ID   string `bun:"id,pk"`
	Text string `bun:"text"`
}

var noteSpec = &bunkit.Spec[basetest.Note, noteRow]{
	Table: basetest.Notes, Name: "lance_notes",
	Row: func(n *basetest.Note) *noteRow { return &noteRow{string(n.ID), n.Text} },
	Value: func(r *noteRow) (*basetest.Note, error) {
		return &basetest.Note{ID: basetest.NoteID(r.ID), Text: r.Text}, nil
	},
}

// suite runs the public suite on fresh stores, each where place says.
func suite(t *testing.T, place func(testing.TB) bunkit.Options, more func(h *basetest.Harness[*bunkit.Q], at *book)) {
	t.Helper()
	at := &book{}
	opened := func(t *testing.T, o bunkit.Options, clock lance.Clock) lance.Runner[*bunkit.Q] {
		o.Clock = clock
		return at.note(open(t, o, widgets), o)
	}
	h := basetest.Harness[*bunkit.Q]{
		Open: func(t *testing.T, clock lance.Clock) lance.Runner[*bunkit.Q] { return opened(t, place(t), clock) },
		Again: func(t *testing.T, db lance.Runner[*bunkit.Q], clock lance.Clock) lance.Runner[*bunkit.Q] {
			return opened(t, at.of(db), clock)
		},
		Reopen: func(t *testing.T, db lance.Runner[*bunkit.Q], clock lance.Clock) lance.Runner[*bunkit.Q] {
			require.NoError(t, db.(*store).Close())
			return opened(t, at.of(db), clock)
		},
		Widgets: func(q *bunkit.Q) lance.Rows[basetest.Widget, basetest.WidgetID] {
			return bunkit.Rows[basetest.WidgetID](q, widgetSpec)
		},
		Notes: func(q *bunkit.Q) lance.Rows[basetest.Note, basetest.NoteID] {
			return bunkit.Rows[basetest.NoteID](q, noteSpec)
		},
	}
	more(&h, at)
	basetest.Run(t, h)
}

func TestBaseSQLite(t *testing.T) {
	t.Parallel()
	place := func(t testing.TB) bunkit.Options { return bunkit.Options{DSN: places["sqlite"](t)} }
	suite(t, place, func(h *basetest.Harness[*bunkit.Q], at *book) {
		h.Hosts = hosts(func(t testing.TB, db lance.Runner[*bunkit.Q]) *bun.DB { return hostSQLite(t, at.of(db).DSN) })
	})
}

// The stores share a database, each in a schema that no search_path names, so
// that a statement which does not say its schema fails.
func TestBasePostgreSQL(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	place := func(testing.TB) bunkit.Options {
		return bunkit.Options{DSN: dsn, Schema: "s" + strings.ToLower(rand.Text())}
	}
	suite(t, place, func(h *basetest.Harness[*bunkit.Q], at *book) {
		h.Writers = true
		h.Refusal = func() error { return &pgconn.PgError{Code: "40001"} }
		h.Hosts = hosts(func(t testing.TB, db lance.Runner[*bunkit.Q]) *bun.DB {
			theirs := "host_" + at.of(db).Schema
			_, err := handleOf(t, "pgx", dsn).ExecContext(t.Context(), "CREATE SCHEMA IF NOT EXISTS "+theirs)
			require.NoError(t, err)
			u, err := url.Parse(dsn)
			require.NoError(t, err)
			values := u.Query()
			values.Set("search_path", theirs)
			u.RawQuery = values.Encode()
			return hostPG(t, u.String())
		})
	})
}

// hosts are the two kinds of transaction that a host may have open, through a
// handle of its own.
func hosts(handle func(t testing.TB, db lance.Runner[*bunkit.Q]) *bun.DB) []basetest.Host[*bunkit.Q] {
	read := func(t *testing.T, db lance.Runner[*bunkit.Q]) []string {
		var rows []string
		require.NoError(t, handle(t, db).NewRaw("SELECT name FROM orders ORDER BY name").Scan(context.Background(), &rows))
		return rows
	}
	begin := func(t *testing.T, db lance.Runner[*bunkit.Q], asBun bool) basetest.Guest[*bunkit.Q] {
		host := handle(t, db)
		_, err := host.Exec("CREATE TABLE IF NOT EXISTS orders (name TEXT)")
		require.NoError(t, err)
		tx, err := host.BeginTx(context.Background(), nil)
		require.NoError(t, err)
		t.Cleanup(func() { _ = tx.Rollback() })
		var joined bunkit.Tx = tx.Tx
		if asBun {
			joined = tx
		}
		return basetest.Guest[*bunkit.Q]{
			Joined: db.(*store).Join(joined), Commit: tx.Commit, Rollback: tx.Rollback,
			Insert: func(row string) error { _, err := tx.Exec("INSERT INTO orders (name) VALUES (?)", row); return err },
		}
	}
	return []basetest.Host[*bunkit.Q]{
		{Name: "sql.Tx", Rows: read, Begin: func(t *testing.T, db lance.Runner[*bunkit.Q]) basetest.Guest[*bunkit.Q] { return begin(t, db, false) }},
		{Name: "bun.Tx", Rows: read, Begin: func(t *testing.T, db lance.Runner[*bunkit.Q]) basetest.Guest[*bunkit.Q] { return begin(t, db, true) }},
	}
}

// handleOf opens a host's own handle, closed with the test.
func handleOf(tb testing.TB, driver, dsn string) *sql.DB {
	tb.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return db
}
