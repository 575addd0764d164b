package lance

import "context"

// Do runs fn in a transaction of db and returns what fn returns; a fault is
// marked with op.
func Do[T, R any](ctx context.Context, db Runner[R], op string, fn func(ctx context.Context, r R) (T, error)) (T, error) {
	return valued(ctx, db.InTx, op, fn)
}

// Read runs fn in a view of db and returns what fn returns; a fault is marked
// with op.
func Read[T, R any](ctx context.Context, db Runner[R], op string, fn func(ctx context.Context, r R) (T, error)) (T, error) {
	return valued(ctx, db.View, op, fn)
}

func valued[T, R any](
	ctx context.Context, run func(context.Context, func(context.Context, R) error) error,
	op string, fn func(ctx context.Context, r R) (T, error),
) (T, error) {
	var out, none T
	err := run(ctx, func(ctx context.Context, r R) (err error) {
		out, err = fn(ctx, r)
		return err
	})
	if err != nil {
		return none, Op(op, err)
	}
	return out, nil
}
