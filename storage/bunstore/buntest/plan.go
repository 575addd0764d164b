package buntest

import (
	"context"
	"database/sql"
	"strings"
)

// Querier is a transaction of an adapter: *bunkit.Q, or what embeds one.
type Querier interface {
	PG() bool
	Exec(ctx context.Context, query string, args ...any) (sql.Result, error)
	Query(ctx context.Context, dest any, query string, args ...any) error
}

// Plan returns the steps by which the database would run a statement, as it words
// them. Parameters without an argument are given one that means nothing.
func Plan(ctx context.Context, q Querier, query string, args ...any) ([]string, error) {
	for range strings.Count(query, "?") - len(args) {
		args = append(args, "x")
	}
	var plan []string
	if q.PG() {
		err := q.Query(ctx, &plan, "EXPLAIN "+query, args...)
		return plan, err
	}
	var steps []struct {
		Detail string `bun:"detail"`
	}
	err := q.Query(ctx, &steps, "EXPLAIN QUERY PLAN "+query, args...)
	for _, s := range steps {
		plan = append(plan, s.Detail)
	}
	return plan, err
}

// ByIndex is Plan, on one line a step, with PostgreSQL kept from reading small
// tables whole until the transaction ends: as it would where there are none of
// their rows.
func ByIndex(ctx context.Context, q Querier, query string, args ...any) (string, error) {
	if q.PG() {
		for _, way := range []string{"enable_seqscan", "enable_bitmapscan"} {
			if _, err := q.Exec(ctx, "SET LOCAL "+way+" = off"); err != nil {
				return "", err
			}
		}
	}
	plan, err := Plan(ctx, q, query, args...)
	return strings.Join(plan, "\n"), err
}
