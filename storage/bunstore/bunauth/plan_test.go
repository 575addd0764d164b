package bunauth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunauth"
	"github.com/megilance/lance/storage/bunstore/buntest"
)

// TestEveryListHasAnIndex asks SQLite how it answers the lists and look-ups of
// the auth domain: always by an index that has their order, never by reading a
// table or sorting.
func TestEveryListHasAnIndex(t *testing.T) {
	t.Parallel()
	db := open(t, databases["sqlite"](t), lance.SystemClock())
	for query, index := range map[string]string{
		`SELECT * FROM {lance_users} WHERE email_key = ? LIMIT 1`:                                                         "lance_users_email",
		`SELECT * FROM {lance_users} ORDER BY created_at DESC, id DESC LIMIT 21`:                                          "lance_users_created",
		`SELECT * FROM {lance_users} WHERE state = ? ORDER BY created_at DESC, id DESC LIMIT 21`:                          "lance_users_state",
		`SELECT * FROM {lance_users} WHERE view = ? ORDER BY created_at DESC, id DESC LIMIT 21`:                           "lance_users_view",
		`SELECT * FROM {lance_sessions} WHERE "user" = ? ORDER BY created_at DESC, id DESC LIMIT 21`:                      "lance_sessions_user",
		`SELECT * FROM {lance_sessions} WHERE "user" = ? AND state = 'active' ORDER BY created_at DESC, id DESC LIMIT 21`: "lance_sessions_state",
		`SELECT * FROM {lance_logins} WHERE "user" = ? ORDER BY at DESC, id DESC LIMIT 21`:                                "lance_logins_user",
		`SELECT * FROM {lance_challenges} WHERE open = 'verify_email' AND "user" = ? LIMIT 1`:                             "lance_challenges_open",
		`SELECT * FROM {lance_tokens} WHERE hash = ?`:                                                                     "sqlite_autoindex_lance_tokens",
		`SELECT issued_at FROM {lance_tokens} WHERE session = ? ORDER BY issued_at DESC LIMIT 1`:                          "lance_tokens_session",
	} {
		require.NoError(t, db.View(t.Context(), func(ctx context.Context, tx bunauth.Tx) error {
			plan, err := buntest.Plan(ctx, tx, query)
			require.Len(t, plan, 1, "%s: %v", query, plan)
			require.Contains(t, plan[0], "INDEX "+index, query)
			return err
		}))
	}
}
