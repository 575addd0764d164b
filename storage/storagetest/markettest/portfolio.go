package markettest

import (
	"context"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
)

func portfolioLaws() []law {
	return []law{
		{"an_item_goes_through_its_life", itemLife},
		{"a_portfolio_belongs_to_its_party", itemMatrix},
		{"others_see_visible_items_in_their_order", itemOrder},
		{"bad_input_names_every_field_and_changes_nothing", badItems},
		{"a_repeated_add_makes_one_item", itemOnce},
		{"a_portfolio_has_a_bound", itemBound},
	}
}

// work is a good portfolio item.
func work(title string) profile.ItemTerms {
	return profile.ItemTerms{
		Title: title, Role: "Developer", Problem: "It was **slow**.", Solution: "An index.", Result: "It is fast.",
		Media: []profile.Media{{Kind: profile.Image, URL: "https://example.com/a.png", Caption: "Before"}}, Place: 5,
	}
}

// item adds an item.
func (w *world) item(by lance.Actor, title string) *profile.Item {
	w.Helper()
	i, err := w.profiles().AddItem(w.Context(), by, profile.AddItemInput{ItemTerms: work(title)})
	require.NoError(w, err)
	return i
}

func itemLife(w *world) {
	ctx, svc := w.Context(), w.profiles()
	i := w.item(ann, "One")
	require.Equal(w, profile.ItemVisible, i.State)
	require.Equal(w, []profile.ItemAction{profile.EditItem, profile.HideItem, profile.RemoveItem}, i.AllowedActions(ann))
	require.Equal(w, []profile.ItemAction{profile.HideItem, profile.RemoveItem}, i.AllowedActions(admin))
	require.Empty(w, i.AllowedActions(eve))
	terms := work("Two")
	terms.Media = []profile.Media{}
	moved, err := svc.EditItem(ctx, ann, profile.EditItemInput{ID: i.ID, Version: 1, ItemTerms: terms})
	require.NoError(w, err)
	require.Equal(w, terms, moved.ItemTerms)
	_, err = svc.EditItem(ctx, ann, profile.EditItemInput{ID: i.ID, Version: 1, ItemTerms: terms})
	w.refused(err, lance.Stale, "portfolio_item_stale")
	type act func(context.Context, lance.Actor, profile.ItemID) (*profile.Item, error)
	for _, step := range []struct {
		do   act
		by   lance.Actor
		want profile.ItemState
	}{
		{svc.HideItem, ann, profile.ItemHidden}, {svc.ShowItem, ann, profile.ItemVisible}, {svc.HideItem, admin, profile.ItemHidden},
		{svc.RemoveItem, ann, profile.ItemRemoved}, {svc.RestoreItem, admin, profile.ItemHidden}, {svc.RemoveItem, admin, profile.ItemRemoved},
	} {
		moved, err := step.do(ctx, step.by, i.ID)
		require.NoError(w, err)
		require.Equal(w, step.want, moved.State)
	}
	for _, do := range []act{svc.Item, svc.HideItem, svc.ShowItem, svc.RemoveItem, svc.RestoreItem} {
		_, err := do(ctx, ann, i.ID)
		w.refused(err, lance.NotFound, "portfolio_item_not_found")
	}
	_, err = svc.HideItem(ctx, admin, i.ID)
	w.refused(err, lance.Precondition, "portfolio_item_state")
	seen, err := svc.Item(ctx, admin, i.ID)
	require.NoError(w, err)
	require.Equal(w, profile.ItemRemoved, seen.State)
	require.Equal(w, []string{
		"portfolio_item.added", "portfolio_item.edited", "portfolio_item.hidden", "portfolio_item.shown", "portfolio_item.hidden",
		"portfolio_item.removed", "portfolio_item.restored", "portfolio_item.removed",
	}, w.told(i.Ref()))
}

func itemMatrix(w *world) {
	ctx, svc := w.Context(), w.profiles()
	i := w.item(ann, "One")
	acts := map[string]func(by lance.Actor, id profile.ItemID) error{
		"read":    func(by lance.Actor, id profile.ItemID) error { _, err := svc.Item(ctx, by, id); return err },
		"hide":    func(by lance.Actor, id profile.ItemID) error { _, err := svc.HideItem(ctx, by, id); return err },
		"show":    func(by lance.Actor, id profile.ItemID) error { _, err := svc.ShowItem(ctx, by, id); return err },
		"remove":  func(by lance.Actor, id profile.ItemID) error { _, err := svc.RemoveItem(ctx, by, id); return err },
		"restore": func(by lance.Actor, id profile.ItemID) error { _, err := svc.RestoreItem(ctx, by, id); return err },
		"edit": func(by lance.Actor, id profile.ItemID) error {
			_, err := svc.EditItem(ctx, by, profile.EditItemInput{ID: id, ItemTerms: work("Mine")})
			return err
		},
	}
	for name, act := range acts {
		require.Equal(w, "actor_required", lance.CodeOf(act(nobody, i.ID)), name)
		require.Equal(w, "portfolio_item_not_found", lance.CodeOf(act(eve, i.ID)), name)
		require.Equal(w, "portfolio_item_not_found", lance.CodeOf(act(ann, "pfi_none")), name)
	}
	w.refused(acts["edit"](admin, i.ID), lance.Forbidden, "portfolio_item_relation")
	w.refused(acts["show"](admin, i.ID), lance.Forbidden, "portfolio_item_relation")
	w.refused(acts["restore"](ann, i.ID), lance.Forbidden, "portfolio_item_relation")
	_, err := svc.AddItem(ctx, nobody, profile.AddItemInput{ItemTerms: work("x")})
	w.refused(err, lance.Unauthorized, "actor_required")
	require.Equal(w, []string{"portfolio_item.added"}, w.told(i.Ref()))
}

func itemOrder(w *world) {
	w.put(ann, w.facts())
	for i, title := range []string{"c", "a", "b", "d"} {
		terms := work(title)
		terms.Place = []int{2, 0, 1, 1}[i]
		w.clock.Move(day)
		_, err := w.profiles().AddItem(w.Context(), ann, profile.AddItemInput{ItemTerms: terms})
		require.NoError(w, err)
	}
	hidden := w.item(ann, "hidden")
	_, err := w.profiles().HideItem(w.Context(), ann, hidden.ID)
	require.NoError(w, err)
	shown, err := w.profiles().Get(w.Context(), nobody, ann.Party)
	require.NoError(w, err)
	titles := []string{}
	for _, i := range shown.Items {
		titles = append(titles, i.Title)
	}
	require.Equal(w, []string{"a", "b", "d", "c"}, titles)
	own, err := w.profiles().Portfolio(w.Context(), ann)
	require.NoError(w, err)
	require.Len(w, own, 5)
	none, err := w.profiles().Portfolio(w.Context(), eve)
	require.NoError(w, err)
	require.Empty(w, none)
}

func badItems(w *world) {
	i := w.item(ann, "Good")
	try := func(want map[string]string, change func(t *profile.ItemTerms)) {
		t := work("Good")
		change(&t)
		_, err := w.profiles().AddItem(w.Context(), ann, profile.AddItemInput{ItemTerms: t})
		w.invalid(err, want)
		_, err = w.profiles().EditItem(w.Context(), ann, profile.EditItemInput{ID: i.ID, ItemTerms: t})
		w.invalid(err, want)
	}
	long := strings.Repeat("a", 10_001)
	try(map[string]string{"/title": "text_required"}, func(t *profile.ItemTerms) { t.Title = "" })
	try(map[string]string{"/title": "text_too_long", "/role": "text_too_long"}, func(t *profile.ItemTerms) { t.Title, t.Role = long, long })
	try(map[string]string{"/problem": "text_too_long", "/solution": "text_markup", "/result": "text_control"},
		func(t *profile.ItemTerms) { t.Problem, t.Solution, t.Result = long, "<script>x</script>", "a\x00" })
	try(map[string]string{"/place": "place_range"}, func(t *profile.ItemTerms) { t.Place = 1000 })
	try(map[string]string{"/media": "too_many"}, func(t *profile.ItemTerms) { t.Media = make([]profile.Media, profile.MaxMedia+1) })
	for url, code := range map[string]string{
		"javascript:alert(1)": "url_scheme", "ftp://example.com": "url_scheme", "": "url_syntax", "https://": "url_syntax",
		"https://a:b@example.com": "url_syntax", "https://example.com/\"><script>": "url_syntax", "data:text/html,x": "url_scheme",
	} {
		try(map[string]string{"/media/0/url": code}, func(t *profile.ItemTerms) { t.Media[0].URL = url })
	}
	try(map[string]string{"/media/0/kind": "media_unknown", "/media/0/caption": "text_too_long"},
		func(t *profile.ItemTerms) { t.Media[0].Kind, t.Media[0].Caption = "app", strings.Repeat("a", 121) })
	for text, code := range badLine {
		try(map[string]string{"/title": code, "/role": code, "/media/0/caption": code},
			func(t *profile.ItemTerms) { t.Title, t.Role, t.Media[0].Caption = text, text, text })
	}
	require.Equal(w, []string{"portfolio_item.added"}, w.told(i.Ref()))
	w.put(ann, w.facts())
	own, err := w.profiles().Mine(w.Context(), ann)
	require.NoError(w, err)
	require.Equal(w, []*profile.Item{i}, own.Items)
}

func itemOnce(w *world) {
	in := profile.AddItemInput{Key: "k", ItemTerms: work("One")}
	a, err := w.profiles().AddItem(w.Context(), ann, in)
	require.NoError(w, err)
	b, err := w.profiles().AddItem(w.Context(), ann, in)
	require.NoError(w, err)
	require.Equal(w, a, b)
	in.Title = "Two"
	_, err = w.profiles().AddItem(w.Context(), ann, in)
	w.refused(err, lance.Conflict, "key_reused")
	_, err = w.profiles().AddItem(w.Context(), bob, in)
	require.NoError(w, err, "another's key is another key")
}

func itemBound(w *world) {
	var last *profile.Item
	for range profile.MaxItems {
		last = w.item(ann, "One")
	}
	_, err := w.profiles().AddItem(w.Context(), ann, profile.AddItemInput{ItemTerms: work("One")})
	w.refused(err, lance.Precondition, "portfolio_full")
	_, err = w.profiles().RemoveItem(w.Context(), ann, last.ID)
	require.NoError(w, err)
	w.item(ann, "One")
}
