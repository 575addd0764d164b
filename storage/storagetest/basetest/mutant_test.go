package basetest_test

import (
	"testing"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/mutanttest"
)

// mutants are ways in which adapters go wrong, and the law that catches each.
var mutants = map[string]string{
	"rollback forgotten":                    "tx/error_leaves_nothing",
	"panic commits":                         "tx/panic_leaves_nothing_and_goes_on",
	"nesting goes unnoticed":                "tx/nesting_is_found_out",
	"cancellation ignored":                  "tx/cancelled_at_commit_leaves_nothing",
	"time runs on":                          "tx/time_stands_still",
	"retry dropped":                         "tx/refusal_is_retried",
	"retry without end":                     "tx/retry_is_bounded",
	"closure's errors retried":              "tx/error_is_not_retried",
	"nothing survives a restart":            "tx/reopened_store_has_what_was_committed",
	"savepoint forgotten":                   "within/failure_undoes_only_the_savepoint",
	"returns before the commit":             "concurrency/nobody_returns_before_the_commit_is_visible",
	"failing member takes its batch along":  "concurrency/failing_member_harms_only_itself",
	"cancelled member poisons its batch":    "concurrency/cancelled_member_harms_only_itself",
	"all but the first forgotten":           "rows/several_are_updated_or_none",
	"version check dropped":                 "rows/stale_update_changes_nothing",
	"version check dropped under a crowd":   "concurrency/versions_lose_no_update",
	"unique sets dropped":                   "rows/unique_set_is_taken_once",
	"identifiers lose their case":           "rows/identifier_is_taken_once",
	"times lose their microseconds":         "rows/times_are_utc_instants",
	"rows are shared":                       "rows/what_is_kept_is_a_copy",
	"keyset repeats its row":                "find/keyset_goes_on_after",
	"undeclared fields ignored":             "find/undeclared_field_is_a_fault",
	"lock order unchecked":                  "lock/wrong_order_is_a_fault",
	"event outside the transaction":         "log/rollback_frees_the_place",
	"event outside, seen by the write case": "writes/Log.Append",
	"bodies written anew":                   "log/bodies_are_kept_byte_for_byte",
	"versions made up":                      "log/versions_and_places_are_dense",
	"read jumps ahead":                      "log/read_resumes_where_it_looked_up_to",
	"sealing misorders streams":             "seal/small_batches_keep_stream_order",
	"sealing breaks the chain":              "seal/places_are_dense_and_chained",
	"cursor moves unasked":                  "cursor/advance_compares_and_sets",
	"every stream is parked":                "work/poison_event_parks_with_its_stream_only",
	"lease ignored":                         "delivery/lease_is_exclusive_until_it_ends",
	"fencing token ignored":                 "delivery/stale_token_settles_nothing",
	"fencing token ignored by the worker":   "work/overtaken_call_stores_nothing",
	"timer fires twice":                     "timer/taken_once",
	"timer fires for many":                  "timer/taken_by_one_of_a_crowd",
	"timer fires early":                     "timer/not_taken_before_it_is_due",
	"timers need an owner":                  "chore/chore_is_done_by_one_of_many",
	"idempotency dropped":                   "key/claimed_by_one_of_a_crowd",
	"key's content forgotten":               "key/same_key_and_other_content_is_a_conflict",
	"views may write":                       "writes/Rows.Insert",
	"write method without a case":           "writes/every_method_has_a_case",
}

func TestEachMutantIsCaughtByItsLaw(t *testing.T) {
	t.Parallel()
	mutanttest.Each(t, "TestMutated", mutants)
}

// TestMutated runs the suite on the adapter that the environment variable
// breaks; without it on the same adapter whole.
func TestMutated(t *testing.T) {
	t.Parallel()
	is := mutanttest.Is(t, mutants)
	if is == "write method without a case" {
		t.Run("writes", func(t *testing.T) {
			t.Parallel()
			basetest.CheckWrites(t, forgetful())
		})
		return
	}
	open := func(clock lance.Clock) lance.Runner[*broken] {
		s := &shared{is: is, cache: map[basetest.WidgetID]*basetest.Widget{}}
		db := memkit.New(&memkit.Options{Clock: clock}, func(tx *memkit.Tx) *broken { return &broken{Tx: tx, s: s, start: time.Now()} })
		return &runner{db: db, s: s}
	}
	basetest.Run(t, basetest.Harness[*broken]{
		Open:    func(_ *testing.T, clock lance.Clock) lance.Runner[*broken] { return open(clock) },
		Widgets: func(r *broken) lance.Rows[basetest.Widget, basetest.WidgetID] { return r.widgets() },
		Notes: func(r *broken) lance.Rows[basetest.Note, basetest.NoteID] {
			return memkit.Rows[basetest.NoteID](r.Tx, basetest.Notes)
		},
		Again: func(_ *testing.T, db lance.Runner[*broken], _ lance.Clock) lance.Runner[*broken] { return db },
		Reopen: func(_ *testing.T, db lance.Runner[*broken], clock lance.Clock) lance.Runner[*broken] {
			if is == "nothing survives a restart" {
				return open(clock)
			}
			return db
		},
		Refusal: func() error { return errRefused },
	})
}
