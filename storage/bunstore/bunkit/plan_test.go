package bunkit_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/buntest"
)

// hot are the statements whose cost must not grow with the rows that exist, and
// the index that answers each.
var hot = map[string]struct{ query, index string }{
	"log read":        {"SELECT seq FROM {lance_log} AS lance_log LEFT JOIN {lance_events} e ON e.id = lance_log.id WHERE seq > 5 ORDER BY seq LIMIT 10", "lance_log"},
	"stream":          {"SELECT id FROM {lance_events} WHERE stream_kind = 'a' AND stream_id = 'b' ORDER BY version, n", "lance_events"},
	"last seal":       {"SELECT last FROM {lance_seals} ORDER BY last DESC LIMIT 1", "lance_seals"},
	"parked":          {"SELECT seq FROM {lance_parked} WHERE consumer = 'c' AND stream_kind = 'a' AND stream_id = 'b' ORDER BY seq LIMIT 1", "lance_parked_stream"},
	"due timers":      {"SELECT kind FROM {lance_timers} WHERE due_at <= CURRENT_TIMESTAMP ORDER BY due_at, owner_kind, owner_id, kind LIMIT 10", "lance_timers_due"},
	"next timer":      {"SELECT MIN(due_at) FROM {lance_timers} WHERE due_at IS NOT NULL", "lance_timers_due"},
	"claim":           {"SELECT key FROM {lance_deliveries} WHERE relay = 'r' AND state = 'queued' AND due_at <= CURRENT_TIMESTAMP ORDER BY due_at, key LIMIT 10", "lance_deliveries_queued"},
	"dead":            {"SELECT key FROM {lance_deliveries} WHERE state = 'dead' ORDER BY due_at, relay, key LIMIT 10", "lance_deliveries_dead"},
	"old keys":        {"SELECT scope FROM {lance_keys} WHERE at < CURRENT_TIMESTAMP ORDER BY at, scope, name LIMIT 10", "lance_keys_at"},
	"oldest wait":     {"SELECT pos FROM {lance_unsealed} ORDER BY pos LIMIT 10", "lance_unsealed"},
	"page by a field": {"SELECT id FROM {lance_widgets} WHERE (at, id) > ('2030-01-01', 'x') ORDER BY at, id LIMIT 10", "lance_widgets_at"},
	"none first":      {"SELECT id FROM {lance_widgets} ORDER BY due_at NULLS FIRST, id LIMIT 10", "lance_widgets_due"},
}

func TestHotStatementsUseAnIndexAndDoNotSort(t *testing.T) {
	t.Parallel()
	for name, dsn := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, bunkit.Options{DSN: dsn(t), Clock: lance.FixedClock(start)}, widgets)
			in(t, s, func(ctx context.Context, q *bunkit.Q) error {
				for name, h := range hot {
					plan, err := buntest.ByIndex(ctx, q, h.query)
					require.NoError(t, err)
					require.Contains(t, plan, h.index, name)
					for _, slow := range []string{"Seq Scan", "Sort", "TEMP B-TREE"} {
						require.NotContains(t, plan, slow, "%s:\n%s", name, plan)
					}
				}
				return nil
			})
		})
	}
}
