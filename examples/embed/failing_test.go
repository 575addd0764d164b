package main

import (
	"context"
	"database/sql"
)

// failing is a host's transaction whose n-th statement fails.
type failing struct {
	tx
	left int
}

func (f *failing) strike() error {
	if f.left--; f.left == 0 {
		return errInjected
	}
	return nil
}

func (f *failing) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := f.strike(); err != nil {
		return nil, err
	}
	return f.tx.ExecContext(ctx, query, args...)
}

func (f *failing) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := f.strike(); err != nil {
		return nil, err
	}
	return f.tx.QueryContext(ctx, query, args...)
}
