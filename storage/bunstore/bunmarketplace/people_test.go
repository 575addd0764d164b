package bunmarketplace_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/bunmarketplace"
	"github.com/megilance/lance/storage/bunstore/buntest"
)

// TestEveryListOfPeopleHasAnIndex asks SQLite how it answers the lists of the
// taxonomy and of profiles: always by an index that has their order, never by
// reading a table or sorting.
func TestEveryListOfPeopleHasAnIndex(t *testing.T) {
	t.Parallel()
	db, err := bunkit.Open(t.Context(), bunkit.Options{DSN: databases["sqlite"](t)}, bind, bunescrow.Part(), bunmarketplace.Part())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for query, index := range map[string]string{
		`SELECT * FROM {lance_skills} WHERE slug = ? LIMIT 1`:                                                         "lance_skills_slug",
		`SELECT * FROM {lance_skills} WHERE state = ? AND (slug, id) > (?, ?) ORDER BY slug, id LIMIT 21`:             "lance_skills_state",
		`SELECT * FROM {lance_skills} WHERE category = ? AND state = ? ORDER BY slug, id LIMIT 21`:                    "lance_skills_category",
		`SELECT * FROM {lance_profiles} WHERE visibility = ? ORDER BY updated_at DESC, id DESC LIMIT 21`:              "lance_profiles_listed",
		`SELECT * FROM {lance_profiles} WHERE view = ? AND visibility = ? ORDER BY updated_at DESC, id DESC LIMIT 21`: "lance_profiles_view",
		`SELECT * FROM {lance_portfolio_items} WHERE party = ? AND state IN ('visible', 'hidden') ORDER BY place, id`: "lance_portfolio_items_party",
		`SELECT party FROM {lance_profile_skills} WHERE skill = ?`:                                                    "sqlite_autoindex_lance_profile_skills",
		`DELETE FROM {lance_profile_skills} WHERE party = ?`:                                                          "lance_profile_skills_party",
	} {
		require.NoError(t, db.View(t.Context(), func(ctx context.Context, r tx) error {
			plan, err := buntest.Plan(ctx, r, query)
			require.Len(t, plan, 1, "%s: %v", query, plan)
			require.Contains(t, plan[0], "INDEX "+index, query)
			return err
		}))
	}
}
