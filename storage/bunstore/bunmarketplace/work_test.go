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

// TestEveryListOfWorkHasAnIndex asks SQLite how it answers the lists of
// projects, contracts and reviews: always by an index that has their order,
// never by reading a table or sorting.
func TestEveryListOfWorkHasAnIndex(t *testing.T) {
	t.Parallel()
	db, err := bunkit.Open(t.Context(), bunkit.Options{DSN: databases["sqlite"](t)}, bind, bunescrow.Part(), bunmarketplace.Part())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	const latest = " ORDER BY listed_at DESC, id DESC LIMIT 21"
	const newest = " ORDER BY created_at DESC, id DESC LIMIT 21"
	for query, index := range map[string]string{
		`SELECT * FROM {lance_projects} WHERE listed = ?` + latest:                              "lance_projects_listed",
		`SELECT * FROM {lance_projects} WHERE listed = ? AND (listed_at, id) < (?, ?)` + latest: "lance_projects_listed",
		`SELECT * FROM {lance_projects} WHERE category = ? AND listed = ?` + latest:             "lance_projects_category",
		`SELECT * FROM {lance_projects} WHERE client = ?` + newest:                              "lance_projects_client",
		`SELECT project FROM {lance_project_skills} WHERE skill = ?`:                            "sqlite_autoindex_lance_project_skills",
		`DELETE FROM {lance_project_skills} WHERE project = ?`:                                  "lance_project_skills_project",
		`SELECT project FROM {lance_project_words} WHERE word >= ? AND word < ?`:                "sqlite_autoindex_lance_project_words",
		`DELETE FROM {lance_project_words} WHERE project = ?`:                                   "lance_project_words_project",
		`SELECT * FROM {lance_proposals} WHERE project = ? AND submitted = ?` + newest:          "lance_proposals_project",
		`SELECT * FROM {lance_proposals} WHERE freelancer = ?` + newest:                         "lance_proposals_freelancer",
		`SELECT * FROM {lance_contracts} WHERE client = ?` + newest:                             "lance_contracts_client",
		`SELECT * FROM {lance_contracts} WHERE freelancer = ?` + newest:                         "lance_contracts_freelancer",
		`SELECT * FROM {lance_milestones} WHERE contract = ? ORDER BY place, id`:                "sqlite_autoindex_lance_milestones",
		`SELECT * FROM {lance_milestones} WHERE agreement = ? ORDER BY id`:                      "sqlite_autoindex_lance_milestones",
		`SELECT * FROM {lance_turns} WHERE milestone = ? ORDER BY place, id LIMIT 21`:           "sqlite_autoindex_lance_turns",
		`SELECT * FROM {lance_files} WHERE live = ? AND subject = ? ORDER BY id`:                "lance_files_subject",
		`SELECT * FROM {lance_reviews} WHERE subject = ? AND public = ?` + latest:               "lance_reviews_subject",
		`SELECT * FROM {lance_reviews} WHERE contract = ? AND state = ?`:                        "sqlite_autoindex_lance_reviews",
	} {
		require.NoError(t, db.View(t.Context(), func(ctx context.Context, r tx) error {
			plan, err := buntest.Plan(ctx, r, query)
			require.Len(t, plan, 1, "%s: %v", query, plan)
			require.Contains(t, plan[0], "INDEX "+index, query)
			return err
		}))
	}
}
