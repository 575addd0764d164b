package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/refserver/config"
	"github.com/megilance/lance/storage/bunstore"
)

// open opens a store that is there: it makes no file and no table.
func open(ctx context.Context, c *config.Store, clock lance.Clock) (*bunstore.Store, error) {
	if path := c.SQLite(); path != "" {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no database at %s: start the server once, or run migrate", path)
		}
	}
	return bunstore.Open(ctx, bunstore.Options{DSN: c.DSN, Schema: c.Schema, MaxConns: c.Conns, Clock: clock})
}

// migrate brings a schema up to date.
type migrate struct {
	config.Store
}

// Run migrates and says so.
func (m *migrate) Run(ctx context.Context, out io.Writer) error {
	if err := m.Check(); err != nil {
		return err
	}
	db, err := bunstore.Open(ctx, bunstore.Options{DSN: m.DSN, Schema: m.Schema, MaxConns: m.Conns})
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return errors.Join(err, db.Close())
	}
	_, err = fmt.Fprintln(out, "the schema is up to date")
	return errors.Join(err, db.Close())
}

// adminCreate makes an administrator.
type adminCreate struct {
	config.Store
	Email        string `name:"email" required:"true" env:"-" placeholder:"ADDRESS" help:"His address; it counts as proven."`
	Name         string `name:"name" default:"Administrator" env:"-" placeholder:"NAME" help:"What he is called."`
	PasswordFile string `name:"password-file" required:"true" env:"-" placeholder:"PATH" help:"Holds his password on its first line. No password is ever a flag."`
}

// Run makes the administrator and says who he is.
func (a *adminCreate) Run(ctx context.Context, out io.Writer) error {
	if err := a.Check(); err != nil {
		return err
	}
	raw, err := os.ReadFile(a.PasswordFile)
	if err != nil {
		return config.Mistakes{"password-file: cannot be read"}
	}
	password, _, _ := strings.Cut(string(raw), "\n")
	db, err := open(ctx, &a.Store, nil)
	if err != nil {
		return err
	}
	u, err := auth.NewService(db, nil).Create(ctx, lance.System("admin create"), auth.CreateInput{
		Email: a.Email, Name: a.Name, View: auth.ViewClient, Roles: []lance.Role{lance.RoleAdmin},
		Password: auth.Secret(strings.TrimRight(password, "\r")), Verified: true,
	})
	if err == nil {
		_, err = fmt.Fprintf(out, "%s administers this store as %s\n", u.Email, u.ID)
	}
	return errors.Join(err, db.Close())
}
