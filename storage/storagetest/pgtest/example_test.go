package pgtest_test

import (
	"context"
	"database/sql"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// A benchmark's own main starts a durable cluster and stops it.
func ExampleStart() {
	ctx := context.Background()
	cluster, err := pgtest.Start(ctx, &pgtest.Options{Durable: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = cluster.Stop() }()

	db, err := sql.Open("pgx", cluster.DSN("postgres"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	var fsync string
	if err := db.QueryRowContext(ctx, "SHOW fsync").Scan(&fsync); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("fsync", fsync)
	// Output: fsync on
}
