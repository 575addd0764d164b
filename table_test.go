package lance_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// thing is a plain aggregate for tests.
type thing struct {
	ID      thingID
	Version int64
	Name    string
	Rank    int64
	Done    bool
	At      time.Time
}

type thingID string

var things = &lance.Table[thing]{
	Noun:    "thing",
	ID:      func(d *thing) string { return string(d.ID) },
	Version: func(d *thing) *int64 { return &d.Version },
	Fields: map[string]func(*thing) any{
		"name": func(d *thing) any { return d.Name },
		"rank": func(d *thing) any { return d.Rank },
		"done": func(d *thing) any { return d.Done },
		"at":   func(d *thing) any { return d.At },
	},
}

// repos is the smallest store with an aggregate of its own.
type repos struct{ *memkit.Tx }

func (r repos) things() lance.Rows[thing, thingID] { return memkit.Rows[thingID](r.Tx, things) }

func newStore() *memkit.Store[repos] {
	opts := &memkit.Options{Clock: lance.FixedClock(noon), Entropy: lance.SeededEntropy(1)}
	return memkit.New(opts, func(tx *memkit.Tx) repos { return repos{tx} })
}

// shelf returns a store with n things: t00, t01, ….
func shelf(t *testing.T, n int) *memkit.Store[repos] {
	t.Helper()
	db := newStore()
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r repos) error {
		for i := range n {
			id := fmt.Sprintf("t%02d", i)
			d := &thing{ID: thingID(id), Name: id[2:] + "\n", Rank: int64(i / 3), At: noon.Add(-time.Duration(i/4) * time.Hour)}
			if err := r.things().Insert(ctx, d); err != nil {
				return err
			}
		}
		return nil
	}))
	return db
}

func list(t *testing.T, db lance.Runner[repos], f lance.Filter, q lance.PageQuery) (page lance.Page[thing], err error) {
	t.Helper()
	err = db.View(t.Context(), func(ctx context.Context, r repos) (err error) {
		page, err = lance.List(ctx, r.things(), things, f, q)
		return err
	})
	return page, err
}

func TestPagesCoverAListOnceInAnyOrder(t *testing.T) {
	t.Parallel()
	db := shelf(t, 25)
	for _, order := range []string{"", "id", "name", "rank", "at"} {
		for _, desc := range []bool{false, true} {
			seen := map[thingID]bool{}
			q := lance.PageQuery{Limit: 7}
			for pages := 1; ; pages++ {
				page, err := list(t, db, lance.Filter{Order: order, Desc: desc}, q)
				require.NoError(t, err)
				for _, d := range page.Items {
					require.False(t, seen[d.ID], "%s twice by %s", d.ID, order)
					seen[d.ID] = true
				}
				if page.Next == "" {
					require.Equal(t, 4, pages)
					break
				}
				require.Len(t, page.Items, 7)
				q.Cursor = page.Next
			}
			require.Len(t, seen, 25)
		}
	}
}

func TestLastPageHasNoCursor(t *testing.T) {
	t.Parallel()
	for n, next := range map[int]bool{0: false, 19: false, 20: false, 21: true} {
		page, err := list(t, shelf(t, n), lance.Filter{}, lance.PageQuery{})
		require.NoError(t, err)
		require.Len(t, page.Items, min(n, lance.DefaultPageSize))
		require.Equal(t, next, page.Next != "", "%d rows", n)
	}
}

func TestPageSizeIsBounded(t *testing.T) {
	t.Parallel()
	db := shelf(t, 3)
	for limit, ok := range map[int]bool{-1: false, 0: true, 1: true, 100: true, 101: false} {
		_, err := list(t, db, lance.Filter{}, lance.PageQuery{Limit: limit})
		if ok {
			require.NoError(t, err, limit)
			continue
		}
		invalidField(t, err, "/limit", "limit_range")
	}
}

func invalidField(t *testing.T, err error, pointer, code string) {
	t.Helper()
	var e *lance.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, lance.Invalid, e.Kind)
	require.Len(t, e.Fields, 1)
	require.Equal(t, pointer, e.Fields[0].Pointer)
	require.Equal(t, code, e.Fields[0].Code)
}

func TestForeignCursorsAreRefused(t *testing.T) {
	t.Parallel()
	db := shelf(t, 5)
	page, err := list(t, db, lance.Filter{Order: "at"}, lance.PageQuery{Limit: 2})
	require.NoError(t, err)
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, c := range map[string]struct {
		cursor string
		f      lance.Filter
	}{
		"another order":    {page.Next, lance.Filter{Order: "rank"}},
		"another way":      {page.Next, lance.Filter{Order: "at", Desc: true}},
		"not base64":       {"%%%", lance.Filter{Order: "at"}},
		"padding":          {page.Next + "=", lance.Filter{Order: "at"}},
		"not JSON":         {raw("{"), lance.Filter{Order: "at"}},
		"no value":         {raw(`{"o":"at","id":"t01"}`), lance.Filter{Order: "at"}},
		"another type":     {raw(`{"o":"at","s":"x","id":"t01"}`), lance.Filter{Order: "at"}},
		"no identifier":    {raw(`{"o":"at","i":5}`), lance.Filter{Order: "at"}},
		"NUL in the value": {raw(`{"o":"name","s":"\u0000","id":"t01"}`), lance.Filter{Order: "name"}},
		"NUL in the ID":    {raw(`{"o":"id","s":"t01","id":"\u0000"}`), lance.Filter{}},
		"too long":         {raw(`{"o":"id","s":"t01","id":"` + strings.Repeat("x", 200_000) + `"}`), lance.Filter{}},
	} {
		_, err := list(t, db, c.f, lance.PageQuery{Cursor: c.cursor})
		require.Error(t, err, name)
		invalidField(t, err, "/cursor", "cursor_syntax")
	}
}

func TestListCannotPageByWhatHasNoOrder(t *testing.T) {
	t.Parallel()
	db := shelf(t, 3)
	_, err := list(t, db, lance.Filter{Order: "done"}, lance.PageQuery{Limit: 2})
	require.Equal(t, "table_field", lance.CodeOf(err))
	_, err = list(t, db, lance.Filter{Order: "none"}, lance.PageQuery{})
	require.Equal(t, "table_field", lance.CodeOf(err))
}

func TestTableNamesItsFaults(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, things.NotFound(), lance.NotFound)
	require.ErrorIs(t, things.Exists(), lance.Exists)
	require.ErrorIs(t, things.Stale(), lance.Stale)
	require.Equal(t, "thing_not_found", lance.CodeOf(things.NotFound()))
	require.Equal(t, "thing_exists", lance.CodeOf(things.Exists()))
	require.Equal(t, "thing_stale", lance.CodeOf(things.Stale()))
	d := &thing{ID: "x", Rank: 3}
	require.Equal(t, "x", things.Get(d, "id"))
	require.Equal(t, int64(3), things.Get(d, "rank"))
	require.Nil(t, things.Get(d, "nothing"))
	require.True(t, things.Has("id"))
	require.True(t, things.Has("at"))
	require.False(t, things.Has("version"))
}

func ExampleList() {
	ctx := context.Background()
	db := newStore()
	_ = db.InTx(ctx, func(ctx context.Context, r repos) error {
		for _, name := range []thingID{"a", "b", "c"} {
			if err := r.things().Insert(ctx, &thing{ID: name, At: noon}); err != nil {
				return err
			}
		}
		return nil
	})
	_ = db.View(ctx, func(ctx context.Context, r repos) error {
		q := lance.PageQuery{Limit: 2}
		for {
			page, err := lance.List(ctx, r.things(), things, lance.Filter{Order: "at", Desc: true}, q)
			if err != nil {
				return err
			}
			for _, d := range page.Items {
				fmt.Println(d.ID)
			}
			fmt.Println("--")
			if q.Cursor = page.Next; q.Cursor == "" {
				return nil
			}
		}
	})
	// Output:
	// c
	// b
	// --
	// a
	// --
}
