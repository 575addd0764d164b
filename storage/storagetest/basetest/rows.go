package basetest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func rowLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "what_goes_in_comes_out", run: roundTrip[R]},
		{name: "none_comes_out_as_none", run: roundTripNone[R]},
		{name: "text_is_case_sensitive_and_4_byte_safe", run: roundTripText[R]},
		{name: "times_are_utc_instants", run: roundTripTimes[R]},
		{name: "absent_is_not_found", run: absentRow[R]},
		{name: "identifier_is_taken_once", run: takenID[R]},
		{name: "update_raises_the_version", run: updateRaises[R]},
		{name: "stale_update_changes_nothing", run: staleUpdate[R]},
		{name: "several_are_updated_or_none", run: severalUpdated[R]},
		{name: "unique_set_is_taken_once", run: uniqueSet[R]},
		{name: "none_is_exempt_from_unique_sets", run: uniqueNone[R]},
		{name: "update_moves_a_unique_set", run: uniqueMoves[R]},
		{name: "unique_set_is_taken_by_one_of_a_crowd", run: uniqueCrowd[R]},
		{name: "what_is_only_inserted_is_never_updated", run: insertOnly[R]},
		{name: "what_is_kept_is_a_copy", run: rowsAreCopies[R]},
	}
}

// full returns a widget with every field set.
func full(id WidgetID) *Widget {
	d := widget(id)
	d.Rank, d.Done, d.DueAt = -9_007_199_254_740_993, true, epoch.Add(time.Microsecond)
	d.Price = lance.NewMoney(9_223_372_036_854_775_807, lance.MustCurrency("USD"))
	d.Tags = []string{"b", "a", "", "with \"quotes\", commas"}
	d.Digest = lance.LeafOf([]byte("digest"))
	return d
}

// get reads one widget that must be there.
func (w *world[R]) get(id WidgetID) (d *Widget) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		d, err = w.h.Widgets(r).Get(ctx, id)
		return err
	})
	return d
}

func (w *world[R]) rows(fn func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error) {
	w.Helper()
	w.in(func(ctx context.Context, r R) error { return fn(ctx, w.h.Widgets(r)) })
}

func (w *world[R]) put(ds ...*Widget) {
	w.Helper()
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error {
		for _, d := range ds {
			if err := rows.Insert(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func roundTrip[R lance.Repos](w *world[R]) {
	in := full("a")
	w.put(in)
	require.Equal(w, int64(1), in.Version, "Insert sets the version")
	require.Equal(w, in, w.get("a"))
	w.view(func(ctx context.Context, r R) error {
		all, err := w.h.Widgets(r).Find(ctx, lance.Filter{})
		require.Equal(w, []*Widget{in}, all)
		return err
	})
}

func roundTripNone[R lance.Repos](w *world[R]) {
	w.put(&Widget{ID: "a", Owner: "ann", At: epoch})
	got := w.get("a")
	require.Empty(w, got.Tags)
	got.Tags = nil
	require.Equal(w, &Widget{ID: "a", Version: 1, Owner: "ann", At: epoch}, got)
	require.True(w, got.DueAt.IsZero())
}

func roundTripText[R lance.Repos](w *world[R]) {
	texts := map[WidgetID]string{
		"a": "Straße", "A": "STRASSE", "b": "fix our <script> tag & \\ ' \" loader\n\ttab",
		"c": "日本語 العربية עברית", "d": "😀👩‍👩‍👧‍👦 𝒳", "e": "\u00e9", "f": "e\u0301", "g": " trailing ", "h": strings.Repeat("long ", 20_000),
	}
	for id, text := range texts {
		d := widget(id)
		d.Name, d.Tags = text, []string{text}
		w.put(d)
	}
	for id, text := range texts {
		got := w.get(id)
		require.Equal(w, text, got.Name)
		require.Equal(w, []string{text}, got.Tags)
		w.view(func(ctx context.Context, r R) error {
			found, err := w.h.Widgets(r).Find(ctx, lance.Filter{Eq: map[string]any{"name": text}})
			require.Equal(w, []WidgetID{id}, idsOf(found), "equal means the same bytes")
			return err
		})
	}
}

func roundTripTimes[R lance.Repos](w *world[R]) {
	east := time.FixedZone("east", 5*3600+1800)
	for id, at := range map[WidgetID]time.Time{
		"now":     epoch,
		"micro":   epoch.Add(time.Microsecond),
		"nano":    epoch.Add(1999 * time.Nanosecond),
		"zone":    epoch.In(east),
		"early":   time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		"far":     time.Date(2199, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		"leapday": time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC),
	} {
		d := widget(id)
		d.At, d.DueAt = at, at
		w.put(d)
		got := w.get(id)
		require.Equal(w, lance.Instant(at), got.At)
		require.Equal(w, lance.Instant(at), got.DueAt)
		require.Equal(w, time.UTC, got.At.Location())
	}
}

func absentRow[R lance.Repos](w *world[R]) {
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error {
		_, err := rows.Get(ctx, "a")
		refused(w, err, lance.NotFound, "widget_not_found")
		refused(w, rows.Update(ctx, widget("a")), lance.NotFound, "widget_not_found")
		found, err := rows.Find(ctx, lance.Filter{})
		require.Empty(w, found)
		return err
	})
}

func takenID[R lance.Repos](w *world[R]) {
	w.add("a")
	again := widget("a")
	again.Owner, again.Slot = "bob", ""
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return w.h.Widgets(r).Insert(ctx, again) })
	refused(w, err, lance.Exists, "widget_exists")
	require.Zero(w, again.Version, "a refused insert sets no version")
	require.Equal(w, lance.PartyID("ann"), w.get("a").Owner)
	w.add("A")
	require.Len(w, w.ids(), 2, "identifiers are case-sensitive")
}

func updateRaises[R lance.Repos](w *world[R]) {
	d := widget("a")
	w.put(d)
	next := full("a")
	next.Version = 1
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error {
		require.NoError(w, rows.Update(ctx, next))
		require.Equal(w, int64(2), next.Version)
		return nil
	})
	require.Equal(w, next, w.get("a"))
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error {
		bare := &Widget{ID: "a", Version: 2, Owner: "bob", At: epoch}
		return rows.Update(ctx, bare)
	})
	got := w.get("a")
	require.Empty(w, got.Tags)
	got.Tags = nil
	require.Equal(w, &Widget{ID: "a", Version: 3, Owner: "bob", At: epoch}, got, "none replaces what was there")
}

func severalUpdated[R lance.Repos](w *world[R]) {
	w.add("a", "b", "c")
	a, b, c := w.get("a"), full("b"), w.get("c")
	a.Name, b.Version = "new", 1
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error {
		require.NoError(w, rows.Update(ctx), "of none")
		return rows.Update(ctx, a, b)
	})
	require.Equal(w, int64(2), b.Version)
	require.Equal(w, a, w.get("a"))
	require.Equal(w, b, w.get("b"))
	for want, bad := range map[error]*Widget{lance.Stale: widget("b"), lance.NotFound: widget("none")} {
		bad.Version = 1
		err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return w.h.Widgets(r).Update(ctx, c, bad) })
		require.ErrorIs(w, err, want)
		require.Equal(w, int64(1), bad.Version)
	}
	require.Equal(w, int64(1), w.get("c").Version, "the transaction is undone")
}

func staleUpdate[R lance.Repos](w *world[R]) {
	w.put(widget("a"))
	first, second := w.get("a"), w.get("a")
	first.Name, second.Name = "first", "second"
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error { return rows.Update(ctx, first) })
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error {
		refused(w, rows.Update(ctx, second), lance.Stale, "widget_stale")
		require.Equal(w, int64(1), second.Version, "a refused update leaves the version")
		ahead := *second
		ahead.Version = 3
		refused(w, rows.Update(ctx, &ahead), lance.Stale, "widget_stale")
		return nil
	})
	require.Equal(w, "first", w.get("a").Name)
}

func uniqueSet[R lance.Repos](w *world[R]) {
	w.add("a", "b")
	other := widget("c")
	other.Owner, other.Slot = "bob", "slot a"
	upper := widget("d")
	upper.Slot = "SLOT A"
	w.put(other, upper)

	twin := widget("e")
	twin.Slot = "slot a"
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return w.h.Widgets(r).Insert(ctx, twin) })
	refused(w, err, lance.Exists, "widget_exists")

	b := w.get("b")
	b.Slot = "slot a"
	err = w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return w.h.Widgets(r).Update(ctx, b) })
	refused(w, err, lance.Exists, "widget_exists")
	require.Equal(w, int64(1), b.Version)
	require.Equal(w, "slot b", w.get("b").Slot)
}

func uniqueNone[R lance.Repos](w *world[R]) {
	var free []*Widget
	for _, id := range []WidgetID{"a", "b", "c"} {
		d := widget(id)
		d.Slot = ""
		free = append(free, d)
	}
	w.put(free...)
	require.Len(w, w.ids(), 3)
}

func uniqueMoves[R lance.Repos](w *world[R]) {
	w.add("a")
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error {
		a, err := rows.Get(ctx, "a")
		require.NoError(w, err)
		require.NoError(w, rows.Update(ctx, a), "its own set is not in its way")
		a.Slot = "elsewhere"
		require.NoError(w, rows.Update(ctx, a))
		heir := widget("b")
		heir.Slot = "slot a"
		require.NoError(w, rows.Insert(ctx, heir), "what was given up is free")
		a.Slot = ""
		return rows.Update(ctx, a)
	})
	late := widget("c")
	late.Slot = "elsewhere"
	w.put(late)
}

func uniqueCrowd[R lance.Repos](w *world[R]) {
	errs := w.members(func(i int) error {
		d := widget(member(i))
		d.Slot = "one"
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return w.h.Widgets(r).Insert(ctx, d) })
	})
	wins := 0
	for _, err := range errs {
		if err == nil {
			wins++
		} else {
			refused(w, err, lance.Exists, "widget_exists")
		}
	}
	require.Equal(w, 1, wins)
	require.Len(w, w.ids(), 1)
}

func insertOnly[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		notes := w.h.Notes(r)
		require.NoError(w, notes.Insert(ctx, &Note{ID: "n", Text: "as it was"}))
		refused(w, notes.Insert(ctx, &Note{ID: "n", Text: "again"}), lance.Exists, "note_exists")
		refused(w, notes.Update(ctx, &Note{ID: "n", Text: "changed"}), lance.Internal, "table_insert_only")
		_, err := notes.Get(ctx, "none")
		refused(w, err, lance.NotFound, "note_not_found")
		n, err := notes.Get(ctx, "n")
		require.Equal(w, &Note{ID: "n", Text: "as it was"}, n)
		return err
	})
}

func rowsAreCopies[R lance.Repos](w *world[R]) {
	in := full("a")
	w.put(in)
	in.Tags[0], in.Name = "changed", "changed"
	out := w.get("a")
	require.Equal(w, "b", out.Tags[0])
	out.Tags[0] = "changed"
	require.Equal(w, "b", w.get("a").Tags[0])
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		d, err := w.h.Widgets(r).Get(ctx, "a")
		d.Name = "changed and not stored"
		return errors.Join(err, w.h.Widgets(r).Insert(ctx, widget("b")))
	})
	require.NoError(w, err)
	require.Equal(w, "widget a", w.get("a").Name)
}
