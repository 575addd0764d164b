package api_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/refserver/api"
)

// orders are those that lists have; a cursor names its own.
var orders = []string{
	`"o":"id"`, `"o":"at","d":true`, `"o":"created_at"`, `"o":"created_at","d":true`, `"o":"listed_at","d":true`,
	`"o":"n"`, `"o":"n","d":true`, `"o":"at"`, `"o":"place"`, `"o":"seq"`, `"o":"size","d":true`, `"o":"slug"`, `"o":"updated_at","d":true`,
}

// places are what a cursor may say that somebody has tampered with.
var places = []string{
	`"s":"x"`, `"i":1`, `"t":"2026-03-02T09:00:00Z"`, `"s":"\u0000"`, `"s":"\ud800"`, `"i":-9223372036854775808`,
	`"t":"0000-01-01T00:00:00Z"`, `"t":"9999-12-31T23:59:59.999999999Z"`, `"s":"1","i":2,"t":"2026-03-02T09:00:00Z"`,
}

// TestCursorsOfNoListAreRefused gives every list cursors of all other lists, and
// some of its own that were tampered with, on every store: each is refused or
// names a place that is none, and none makes a server stumble.
func TestCursorsOfNoListAreRefused(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		lists := 0
		for _, op := range api.Operations() {
			if w.parameters(op.Method, op.Path)["cursor"] == nil {
				continue
			}
			lists++
			a := scenes[op.ID](w.stage())
			s := &spoiler{asked: a, op: op}
			name := a.owner
			if op.Policy == api.Admins {
				name = a.root
			}
			own := ""
			for _, order := range orders {
				for _, place := range places[:3] {
					if w.asking(s, name, order, place, `"id":"x"`).status == http.StatusOK {
						require.Contains(w, []string{"", order}, own, "%s takes the cursors of one order alone", op.ID)
						own = order
					}
				}
			}
			require.NotEmpty(w, own, "%s takes no cursor", op.ID)
			for _, place := range places {
				for _, id := range []string{`"id":"x"`, `"id":"\u0000"`} {
					w.asking(s, name, own, place, id)
				}
			}
		}
		require.Greater(w, lists, 15)
	})
}

// asking asks for a page behind a place, which there is or is not.
func (w *world) asking(s *spoiler, name, order, place, id string) reply {
	w.Helper()
	cursor := base64.RawURLEncoding.EncodeToString([]byte("{" + order + "," + place + "," + id + "}"))
	r := asker{s.world, name, nil}.get(s.query("cursor", cursor))
	if r.status != http.StatusOK {
		r.refused(http.StatusUnprocessableEntity, "invalid_input").at("/cursor", "cursor_syntax")
	}
	return r
}
