package bunkit

import (
	"context"
	"time"

	"github.com/megilance/lance"
)

// Waiting returns how many callers wait for SQLite's writer.
func Waiting[R lance.Repos](s *Store[R]) int {
	l := &s.core.engine.(*sqlite).line
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.wait)
}

// TakeTime lets a batch of the store last, so that a slow machine makes no two
// of it.
func TakeTime[R lance.Repos](s *Store[R]) { s.core.engine.(*sqlite).line.longest = time.Hour }

// CommitAtOnce makes a batch take no further member in.
func CommitAtOnce[R lance.Repos](s *Store[R]) { s.core.engine.(*sqlite).line.longest = 0 }

// Break ends the transaction under q's feet, as a database does that has run
// into trouble.
func Break(q *Q) error { return run(context.Background(), q.conn, "ROLLBACK") }

// CommitFault is what a failed COMMIT means.
func CommitFault(err error) error { return commitFault(err) }
