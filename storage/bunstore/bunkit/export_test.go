package bunkit

import (
	"context"

	"github.com/megilance/lance"
)

// Waiting returns how many callers wait for SQLite's writer.
func Waiting[R lance.Repos](s *Store[R]) int {
	l := &s.core.engine.(*sqlite).line
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.wait)
}

// Break ends the transaction under q's feet, as a database does that has run
// into trouble.
func Break(q *Q) error { return run(context.Background(), q.conn, "ROLLBACK") }

// CommitFault is what a failed COMMIT means.
func CommitFault(err error) error { return commitFault(err) }
