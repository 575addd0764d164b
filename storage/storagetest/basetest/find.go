package basetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func findLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "filter_selects", run: filterSelects[R]},
		{name: "order_is_total", run: orderIsTotal[R]},
		{name: "text_orders_by_bytes", run: textOrdersByBytes[R]},
		{name: "none_comes_first", run: noneComesFirst[R]},
		{name: "keyset_goes_on_after", run: keysetGoesOn[R]},
		{name: "pages_cover_everything_once", run: pagesCover[R]},
		{name: "cursors_stay_true_while_rows_come", run: cursorsStayTrue[R]},
		{name: "undeclared_field_is_a_fault", run: undeclaredField[R]},
		{name: "filters_and_orders_combine", run: filtersCombine[R]},
	}
}

// shelf fills the store with widgets w00 … that differ in every field.
func (w *world[R]) shelf(n int) {
	w.Helper()
	w.rows(func(ctx context.Context, rows lance.Rows[Widget, WidgetID]) error {
		for i := range n {
			j := i * 7 % n // not in the order of identifiers
			d := widget(WidgetID(fmt.Sprintf("w%02d", j)))
			d.Owner = lance.PartyID([]string{"ann", "bob", "cid"}[j%3])
			d.Rank = int64(j % 4)
			d.Done = j%2 == 0
			d.At = epoch.Add(time.Duration(j/5) * time.Microsecond)
			if j%5 == 0 {
				d.Slot = ""
			}
			if j%6 != 0 {
				d.DueAt = epoch.Add(-time.Duration(j) * time.Hour)
			}
			if err := rows.Insert(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world[R]) find(f lance.Filter) []WidgetID {
	w.Helper()
	var ids []WidgetID
	w.view(func(ctx context.Context, r R) error {
		found, err := w.h.Widgets(r).Find(ctx, f)
		ids = idsOf(found)
		return err
	})
	return ids
}

func filterSelects[R lance.Repos](w *world[R]) {
	w.shelf(12)
	for name, c := range map[string]struct {
		f    lance.Filter
		want []WidgetID
	}{
		"all":            {lance.Filter{Limit: 3}, []WidgetID{"w00", "w01", "w02"}},
		"string":         {lance.Filter{Eq: map[string]any{"owner": "bob"}}, []WidgetID{"w01", "w04", "w07", "w10"}},
		"int":            {lance.Filter{Eq: map[string]any{"rank": int64(3)}}, []WidgetID{"w03", "w07", "w11"}},
		"bool":           {lance.Filter{Eq: map[string]any{"done": true}, Limit: 2}, []WidgetID{"w00", "w02"}},
		"time":           {lance.Filter{Eq: map[string]any{"at": epoch.Add(2 * time.Microsecond)}}, []WidgetID{"w10", "w11"}},
		"none":           {lance.Filter{Eq: map[string]any{"slot": nil}}, []WidgetID{"w00", "w05", "w10"}},
		"no time":        {lance.Filter{Eq: map[string]any{"due_at": nil}}, []WidgetID{"w00", "w06"}},
		"id":             {lance.Filter{Eq: map[string]any{"id": "w07"}}, []WidgetID{"w07"}},
		"two":            {lance.Filter{Eq: map[string]any{"owner": "bob", "done": true}}, []WidgetID{"w04", "w10"}},
		"one of":         {lance.Filter{In: map[string][]string{"owner": {"cid", "bob", "cid", "dan"}}, Limit: 3}, []WidgetID{"w01", "w02", "w04"}},
		"one of ids":     {lance.Filter{In: map[string][]string{"id": {"w03", "w01", "none"}}}, []WidgetID{"w01", "w03"}},
		"one of none":    {lance.Filter{In: map[string][]string{"owner": {}}}, nil},
		"one of and one": {lance.Filter{In: map[string][]string{"owner": {"ann"}}, Eq: map[string]any{"rank": int64(1)}}, []WidgetID{"w09"}},
		"nobody":         {lance.Filter{Eq: map[string]any{"owner": "BOB"}}, nil},
		"descending":     {lance.Filter{Desc: true, Limit: 2}, []WidgetID{"w11", "w10"}},
	} {
		require.Equal(w, c.want, w.find(c.f), name)
	}
}

// everything returns all widgets.
func (w *world[R]) everything() (all []*Widget) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		all, err = w.h.Widgets(r).Find(ctx, lance.Filter{})
		return err
	})
	return all
}

// inOrder returns what a Find must return, by picking and sorting in the
// simplest way there is.
func inOrder(all []*Widget, keep func(*Widget) bool, order string, desc bool, limit int) []WidgetID {
	all = slices.DeleteFunc(slices.Clone(all), func(d *Widget) bool { return keep != nil && !keep(d) })
	slices.SortFunc(all, func(a, b *Widget) int { return strings.Compare(sortKey(a, order), sortKey(b, order)) })
	if desc {
		slices.Reverse(all)
	}
	if limit > 0 && limit < len(all) {
		all = all[:limit]
	}
	return idsOf(all)
}

// sortKey writes the order value and the identifier as one string that sorts as
// they do; none is the empty string.
func sortKey(d *Widget, order string) string {
	var key string
	switch v := Widgets.Get(d, order).(type) {
	case string:
		key = "s" + v
	case int64:
		key = fmt.Sprintf("i%20d", v)
	case bool:
		key = fmt.Sprintf("b%t", v)
	case time.Time:
		key = fmt.Sprintf("t%20d", v.UnixMicro())
	}
	return key + "\x00" + string(d.ID)
}

var orders = []string{"id", "owner", "name", "slot", "rank", "done", "at", "due_at"}

func orderIsTotal[R lance.Repos](w *world[R]) {
	w.shelf(30)
	all := w.everything()
	for _, order := range orders {
		for _, desc := range []bool{false, true} {
			want := inOrder(all, nil, order, desc, 0)
			require.Len(w, want, 30)
			require.Equal(w, want, w.find(lance.Filter{Order: order, Desc: desc}), "%s, descending: %t", order, desc)
		}
	}
}

func noneComesFirst[R lance.Repos](w *world[R]) {
	w.shelf(12)
	require.Equal(w, []WidgetID{"w00", "w05", "w10", "w01"}, w.find(lance.Filter{Order: "slot", Limit: 4}))
	last := w.find(lance.Filter{Order: "slot", Desc: true})
	require.Equal(w, []WidgetID{"w10", "w05", "w00"}, last[len(last)-3:])
	require.Equal(w, []WidgetID{"w00", "w06", "w11"}, w.find(lance.Filter{Order: "due_at", Limit: 3}))
}

// keysetGoesOn reads every list one row at a time.
func keysetGoesOn[R lance.Repos](w *world[R]) {
	w.shelf(12)
	for _, order := range []string{"id", "owner", "rank", "at"} {
		for _, desc := range []bool{false, true} {
			var got []WidgetID
			f := lance.Filter{Order: order, Desc: desc, Limit: 1}
			w.view(func(ctx context.Context, r R) error {
				for {
					one, err := w.h.Widgets(r).Find(ctx, f)
					if err != nil || len(one) == 0 || len(got) > 12 {
						return err
					}
					got = append(got, one[0].ID)
					f.After = []any{Widgets.Get(one[0], order), string(one[0].ID)}
				}
			})
			require.Equal(w, inOrder(w.everything(), nil, order, desc, 0), got, "%s, descending: %t", order, desc)
		}
	}
}

// page reads a page of what is ordered by "at".
func (w *world[R]) page(cursor string, desc bool) (page lance.Page[Widget]) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		page, err = lance.List(ctx, w.h.Widgets(r), Widgets, lance.Filter{Order: "at", Desc: desc}, lance.PageQuery{Limit: 4, Cursor: cursor})
		return err
	})
	return page
}

func pagesCover[R lance.Repos](w *world[R]) {
	w.shelf(30)
	for _, desc := range []bool{false, true} {
		var got []WidgetID
		for page := w.page("", desc); ; page = w.page(page.Next, desc) {
			got = append(got, idsOf(page.Items)...)
			if page.Next == "" {
				break
			}
		}
		require.Equal(w, inOrder(w.everything(), nil, "at", desc, 0), got)
	}
}

// cursorsStayTrue inserts rows before and after a cursor between two pages.
func cursorsStayTrue[R lance.Repos](w *world[R]) {
	w.shelf(12)
	want := inOrder(w.everything(), nil, "at", false, 0)
	first := w.page("", false)
	require.Equal(w, want[:4], idsOf(first.Items))
	early, twin, late := widget("early"), widget("w03x"), widget("late")
	early.At, twin.At, late.At = epoch.Add(-time.Hour), epoch, epoch.Add(time.Hour)
	w.put(early, twin, late)
	var rest []WidgetID
	for cursor := first.Next; cursor != ""; {
		page := w.page(cursor, false)
		rest = append(rest, idsOf(page.Items)...)
		cursor = page.Next
	}
	require.Equal(w, append(append([]WidgetID{"w03x"}, want[4:]...), "late"), rest, "nothing twice, nothing lost, the late one too")
}

func undeclaredField[R lance.Repos](w *world[R]) {
	w.add("a")
	for _, f := range []lance.Filter{
		{Eq: map[string]any{"price": "x"}},
		{Eq: map[string]any{"version": int64(1)}},
		{In: map[string][]string{"tags": {"x"}}},
		{In: map[string][]string{"id; drop table widgets": {}}},
		{Order: "amount_minor"},
	} {
		w.view(func(ctx context.Context, r R) error {
			_, err := w.h.Widgets(r).Find(ctx, f)
			refused(w, err, lance.Internal, "table_field")
			return nil
		})
	}
}

// filtersCombine tries every pair of a condition and an order.
func filtersCombine[R lance.Repos](w *world[R]) {
	w.shelf(40)
	all := w.everything()
	for _, c := range []struct {
		field string
		value any
		keep  func(d *Widget) bool
	}{
		{"owner", "bob", func(d *Widget) bool { return d.Owner == "bob" }},
		{"done", true, func(d *Widget) bool { return d.Done }},
		{"rank", int64(2), func(d *Widget) bool { return d.Rank == 2 }},
		{"slot", nil, func(d *Widget) bool { return d.Slot == "" }},
	} {
		for _, order := range orders {
			for _, limit := range []int{0, 1, 5} {
				f := lance.Filter{Eq: map[string]any{c.field: c.value}, Order: order, Desc: limit == 5, Limit: limit}
				require.Equal(w, inOrder(all, c.keep, order, f.Desc, limit), w.find(f), "%s by %s, limit %d", c.field, order, limit)
			}
		}
	}
}

// textOrdersByBytes keeps pages the same whatever language a database speaks.
func textOrdersByBytes[R lance.Repos](w *world[R]) {
	for _, id := range []WidgetID{"b", "A", "a", "B", "_", "é", "z", "-a", "Z", "aa", "a b", "a-b", "日"} {
		d := widget(id)
		d.Name = string(id)
		w.put(d)
	}
	want := []WidgetID{"-a", "A", "B", "Z", "_", "a", "a b", "a-b", "aa", "b", "z", "é", "日"}
	require.Equal(w, want, w.find(lance.Filter{}))
	require.Equal(w, want, w.find(lance.Filter{Order: "name"}))
	require.Equal(w, want[6:], w.find(lance.Filter{Order: "name", After: []any{"a", "a"}}))
}
