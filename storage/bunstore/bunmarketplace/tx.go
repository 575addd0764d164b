package bunmarketplace

import (
	"context"
	"embed"
	"io/fs"

	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// Tx is one transaction or view with the repositories of the marketplace's own
// domains.
type Tx struct{ *bunkit.Q }

// Bind makes a kernel's transaction one of the marketplace.
func Bind(q *bunkit.Q) Tx { return Tx{q} }

//go:embed migrations/*.sql
var migrations embed.FS

// Part is what the marketplace adds to a store: its tables.
func Part() bunkit.Part {
	files, _ := fs.Sub(migrations, "migrations") // the folder is embedded above
	return bunkit.Part{Name: "marketplace", Migrations: files}
}

// Open opens a store of the marketplace without money: for taxonomies, profiles,
// projects and proposals. It changes nothing in the database: call Migrate for
// that. It fails as bunkit.Open does.
func Open(ctx context.Context, opts bunkit.Options) (*bunkit.Store[Tx], error) {
	return bunkit.Open(ctx, opts, Bind, Part())
}
