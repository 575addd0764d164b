package bunescrow

import (
	"context"
	"embed"
	"io/fs"

	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// Tx is one transaction or view with the repositories of the escrow domain.
type Tx struct{ *bunkit.Q }

// Bind makes a kernel's transaction one of the escrow domain.
func Bind(q *bunkit.Q) Tx { return Tx{q} }

//go:embed migrations/*.sql
var migrations embed.FS

// Part is what the escrow domain adds to a store: its tables, and the sums of
// accounts without a floor when the log is sealed.
func Part() bunkit.Part {
	files, _ := fs.Sub(migrations, "migrations") // the folder is embedded above
	return bunkit.Part{Name: "escrow", Migrations: files, OnSeal: onSeal}
}

// Open opens a store of the escrow domain alone. It changes nothing in the
// database: call Migrate for that. It fails as bunkit.Open does.
func Open(ctx context.Context, opts bunkit.Options) (*bunkit.Store[Tx], error) {
	return bunkit.Open(ctx, opts, Bind, Part())
}
