package bunkit

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
)

// bun/migrate is not used: its lock is a row that stays after a crash, it keeps
// no checksums, and it does not qualify the schema.

//go:embed migrations/*.sql
var baseMigrations embed.FS

// mustBasePart returns what every store has; its files are compiled in.
func mustBasePart() Part {
	dir, err := fs.Sub(baseMigrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return Part{Name: "base", Migrations: dir}
}

// applied is a row of lance_migrations.
type applied struct {
	Part     string `bun:"part"`
	ID       int    `bun:"id"`
	Checksum string `bun:"checksum"`
}

// Migrate brings the schema up to what this program needs, in one transaction;
// what is applied already is left alone, and of several who migrate at once the
// others wait. It fails with Precondition "schema_drift" when an applied
// migration is not the one this program has.
func (s *Store[R]) Migrate(ctx context.Context) error {
	return lance.Op("bunkit.Migrate", s.admin(ctx, func(ctx context.Context, q *Q) error {
		if err := q.prepare(ctx); err != nil {
			return err
		}
		pending, err := q.pending(ctx)
		for _, m := range pending {
			if err == nil {
				err = q.apply(ctx, m)
			}
		}
		return err
	}))
}

// Down undoes the migrations of a part above the one numbered to, the last
// first, in one transaction: their tables and what is in them go. It fails with
// Precondition "migration_down" when one has no way down.
func (s *Store[R]) Down(ctx context.Context, part string, to int) error {
	return lance.Op("bunkit.Down", s.admin(ctx, func(ctx context.Context, q *Q) error {
		var done []applied
		err := q.Query(ctx, &done, "SELECT part, id, checksum FROM {lance_migrations} WHERE part = ? AND id > ? ORDER BY id DESC", part, to)
		for _, a := range done {
			if err == nil {
				err = q.revert(ctx, a)
			}
		}
		return err
	}))
}

// Check reports whether the schema is the one this program needs: else
// Precondition "schema_old" (call Migrate) or "schema_drift" (an applied
// migration is not the one this program has). A schema that a later version
// has expanded passes.
func (s *Store[R]) Check(ctx context.Context) error {
	return lance.Op("bunkit.Check", s.core.engine.read(ctx, func(c bun.IConn) error {
		q := s.core.begin(c, s.clock)
		q.readOnly = true
		return s.core.within(ctx, q, func(ctx context.Context, q *Q) error {
			there, err := q.hasMigrations(ctx)
			if err != nil {
				return err
			}
			if !there {
				return errOld
			}
			pending, err := q.pending(ctx)
			if err == nil && len(pending) > 0 {
				err = errOld
			}
			return err
		})
	}))
}

var (
	errOld   = lance.E(lance.Precondition, "schema_old", "the database has to be migrated first")
	errDrift = lance.E(lance.Precondition, "schema_drift", "a migration was applied that is not the one of this program")
)

func (s *Store[R]) admin(ctx context.Context, fn func(context.Context, *Q) error) error {
	if err := s.core.nested(ctx); err != nil {
		return err
	}
	return s.core.engine.admin(ctx, func(c bun.IConn) error {
		return s.core.within(ctx, s.core.begin(c, s.clock), fn)
	})
}

// prepare lets one migrate at a time and makes the table that remembers.
func (q *Q) prepare(ctx context.Context) error {
	if q.core.pg {
		if _, err := q.Exec(ctx, "SELECT pg_advisory_xact_lock(?::bigint)", q.core.lockKey("migrate")); err != nil {
			return err
		}
		if err := q.ddl(ctx, "CREATE SCHEMA IF NOT EXISTS "+q.core.schema); err != nil {
			return err
		}
	}
	return q.ddl(ctx, render(migrationsTable, q.core.pg, q.core.schema))
}

// ddl runs statements that are written out already.
func (q *Q) ddl(ctx context.Context, text string) error {
	return run(ctx, handle{q}, text)
}

func (q *Q) hasMigrations(ctx context.Context) (bool, error) {
	query, args := "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'lance_migrations'", []any(nil)
	if q.core.pg {
		query = "SELECT count(*) FROM pg_catalog.pg_tables WHERE tablename = 'lance_migrations' AND schemaname = ?"
		args = []any{q.core.schema}
	}
	var n int
	err := q.Query(ctx, &n, query, args...)
	return n > 0, err
}

// pending returns the migrations that are still to be applied.
func (q *Q) pending(ctx context.Context) ([]migration, error) {
	var done []applied
	if err := q.Query(ctx, &done, "SELECT part, id, checksum FROM {lance_migrations}"); err != nil {
		return nil, err
	}
	var out []migration
	for _, p := range q.core.parts {
		ms, err := p.migrations()
		if err != nil {
			return nil, err
		}
		for _, m := range ms {
			i := slices.IndexFunc(done, func(a applied) bool { return a.Part == m.part && a.ID == m.id })
			switch {
			case i < 0:
				out = append(out, m)
			case done[i].Checksum != m.checksum(q.core.pg):
				return nil, errDrift
			}
		}
	}
	return out, nil
}

func (q *Q) apply(ctx context.Context, m migration) error {
	if err := q.ddl(ctx, render(m.up, q.core.pg, q.core.schema)); err != nil {
		return err
	}
	_, err := q.Exec(ctx, "INSERT INTO {lance_migrations} (part, id, checksum, applied_at) VALUES (?, ?, ?, ?)",
		m.part, m.id, m.checksum(q.core.pg), q.now)
	return err
}

func (q *Q) revert(ctx context.Context, a applied) error {
	for _, p := range q.core.parts {
		if p.Name != a.Part {
			continue
		}
		ms, err := p.migrations()
		if err != nil {
			return err
		}
		if a.ID > len(ms) || ms[a.ID-1].down == "" {
			break
		}
		if err := q.ddl(ctx, render(ms[a.ID-1].down, q.core.pg, q.core.schema)); err != nil {
			return err
		}
		_, err = q.Exec(ctx, "DELETE FROM {lance_migrations} WHERE part = ? AND id = ?", a.Part, a.ID)
		return err
	}
	return lance.E(lance.Precondition, "migration_down", "a migration cannot be undone")
}
