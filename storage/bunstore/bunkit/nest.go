package bunkit

import (
	"context"

	"github.com/uptrace/bun"
)

// savepoint is the name of every savepoint: the innermost of a name counts.
const savepoint = "lance_savepoint"

func mark(ctx context.Context, c bun.IConn) error { return run(ctx, c, "SAVEPOINT "+savepoint) }
func keep(ctx context.Context, c bun.IConn) error { return run(ctx, c, "RELEASE SAVEPOINT "+savepoint) }

func undo(ctx context.Context, c bun.IConn) error {
	if err := run(ctx, c, "ROLLBACK TO SAVEPOINT "+savepoint); err != nil {
		return err
	}
	return keep(ctx, c)
}

func run(ctx context.Context, c bun.IConn, statement string) error {
	_, err := c.ExecContext(ctx, statement)
	return err
}

// Nest runs fn in a savepoint: when it fails or panics, what was done in it is
// undone, and the transaction can go on.
func (q *Q) Nest(ctx context.Context, fn func(ctx context.Context) error) error {
	if q.readOnly {
		return fn(ctx)
	}
	if err := mark(ctx, handle{q}); err != nil {
		return err
	}
	outer, locks, kept := context.WithoutCancel(ctx), q.locks, false
	q.locks = locks.Fork()
	defer func() {
		if !kept {
			q.locks = locks
			if err := undo(outer, handle{q}); err != nil {
				q.broken = true
			}
		}
	}()
	if err := fn(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := keep(outer, handle{q}); err != nil {
		return err
	}
	kept = true
	return nil
}
