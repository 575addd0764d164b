package bunkit

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
)

// conns are connections to SQLite. Our own stay open, each with its statements
// prepared: parsing them anew is half the work of a small transaction. A host's
// are taken from its handle and given back.
type conns struct {
	db    *sql.DB
	slots chan *prepared // nil for a host's handle; a nil in it is one not opened yet

	mu     sync.Mutex
	closed bool
}

// newConns keeps up to n connections of db; 0 for a host's handle.
func newConns(db *sql.DB, n int) *conns {
	p := &conns{db: db}
	if n == 0 {
		return p
	}
	db.SetMaxOpenConns(n)
	p.slots = make(chan *prepared, n)
	for range n {
		p.slots <- nil
	}
	return p
}

// take waits for a connection until ctx ends.
func (p *conns) take(ctx context.Context) (*prepared, error) {
	if p.slots == nil {
		conn, err := p.db.Conn(ctx)
		return &prepared{Conn: conn}, err
	}
	select {
	case c := <-p.slots:
		if c != nil {
			return c, nil
		}
		conn, err := p.db.Conn(ctx)
		if err != nil {
			p.slots <- nil
			return nil, err
		}
		return &prepared{Conn: conn, stmts: map[string]*sql.Stmt{}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// put gives a connection back, or throws it away when it no longer answers.
func (p *conns) put(c *prepared, lost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if lost {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	keep := p.slots != nil && !lost && !p.closed
	if !keep {
		_ = c.Close()
		c = nil
	}
	if p.slots != nil {
		p.slots <- c
	}
}

// close closes our own connections; one that is at work, when it is given back.
func (p *conns) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slots == nil || p.closed {
		return nil
	}
	p.closed = true
	for range len(p.slots) {
		if c := <-p.slots; c != nil {
			_ = c.Close()
		}
		p.slots <- nil // whoever takes it hears that the handle is closed
	}
	return p.db.Close()
}

// prepared is a connection that keeps the statements it has run.
type prepared struct {
	*sql.Conn
	stmts map[string]*sql.Stmt // nil: none are kept
}

// Close ends the statements, for which SQLite would else keep the file open and
// the WAL as it is, and gives the connection up.
func (p *prepared) Close() error {
	for _, s := range p.stmts {
		_ = s.Close()
	}
	clear(p.stmts)
	return p.Conn.Close()
}

// Bounds on what is kept: how many statements, and how long one without
// arguments may be, which else has its values written into it.
const (
	maxStatements = 500
	maxPlain      = 80
)

// statement returns the statement prepared, or nil when it is not worth it.
func (p *prepared) statement(ctx context.Context, query string, args []any) (*sql.Stmt, error) {
	if s := p.stmts[query]; s != nil {
		return s, nil
	}
	if p.stmts == nil || (len(args) == 0 && len(query) > maxPlain) {
		return nil, nil //nolint:nilnil // run it as it is
	}
	if len(p.stmts) >= maxStatements {
		for _, s := range p.stmts {
			_ = s.Close()
		}
		clear(p.stmts)
	}
	s, err := p.PrepareContext(ctx, query)
	if err == nil {
		p.stmts[query] = s
	}
	return s, err
}

// ExecContext runs a statement, prepared if it may come again.
func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := p.statement(ctx, query, args) //nolint:sqlclosecheck // kept for the next time
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return p.Conn.ExecContext(ctx, query, args...)
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext runs a query, prepared if it may come again.
func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := p.statement(ctx, query, args) //nolint:sqlclosecheck // kept for the next time
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return p.Conn.QueryContext(ctx, query, args...)
	}
	return s.QueryContext(ctx, args...)
}
