package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/refserver/config"
)

// verify holds a store, or an export of one, against its log.
type verify struct {
	config.Store
	Export string   `name:"export" env:"-" placeholder:"PATH" help:"Verify this export instead of a store."`
	Key    string   `name:"key" env:"-" placeholder:"KEY" help:"Who signs its checkpoints: name+id+key, as the server's log says when it starts."`
	Kept   []string `name:"kept" env:"-" sep:"none" placeholder:"PATH" help:"A checkpoint that was kept elsewhere; may be given again. Needs --key."`
}

// Run prints what was found; what does not hold is a failure.
func (v *verify) Run(ctx context.Context, out io.Writer) error {
	opts, err := v.options()
	if err != nil {
		return err
	}
	a, err := v.audit(ctx, opts)
	if err != nil {
		return err
	}
	if err := a.Err(); err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(a.Records)) {
		if _, err := fmt.Fprintf(out, "%8d %s\n", a.Records[kind], kind); err != nil {
			return err
		}
	}
	signed := "signatures not checked"
	if a.Signed {
		signed = "signatures checked"
	}
	_, err = fmt.Fprintf(out, "every record holds: %d entries sealed, %d waiting, head %s\n%d checkpoints made here and %d kept elsewhere hold; %s\n",
		a.Entries, a.Waiting, a.Head, a.Checkpoints, a.Kept, signed)
	return err
}

func (v *verify) audit(ctx context.Context, opts *lance.VerifyOptions) (lance.Audit, error) {
	if v.Export != "" {
		from, err := os.Open(v.Export)
		if err != nil {
			return lance.Audit{}, config.Mistakes{"export: cannot be read"}
		}
		a, err := lance.VerifyExport(from, opts, ledger.NewChecker())
		return a, errors.Join(err, from.Close())
	}
	if err := v.Check(); err != nil {
		return lance.Audit{}, err
	}
	db, err := open(ctx, &v.Store, nil)
	if err != nil {
		return lance.Audit{}, err
	}
	a, err := lance.Verify(ctx, db, marketplace.Scope(), opts)
	return a, errors.Join(err, db.Close())
}

func (v *verify) options() (*lance.VerifyOptions, error) {
	opts := &lance.VerifyOptions{}
	var m config.Mistakes
	if v.Key != "" {
		key, err := lance.ParseCheckpointKey(v.Key)
		if err != nil {
			m = append(m, "key: is name+id+key, as the server's log says when it starts")
		}
		opts.Key = &key
	}
	for _, path := range v.Kept {
		note, err := os.ReadFile(path)
		if err != nil {
			m = append(m, "kept: cannot be read")
			continue
		}
		opts.Kept = append(opts.Kept, string(note))
	}
	if len(v.Kept) > 0 && v.Key == "" {
		m = append(m, "kept: needs --key, by which its signature is checked")
	}
	if len(m) > 0 {
		return nil, m
	}
	return opts, nil
}

// export writes all that verify looks at.
type export struct {
	config.Store
	To string `name:"to" required:"true" env:"-" placeholder:"PATH" help:"The file to write; it must not be there yet."`
}

// Run writes the export, or leaves no file.
func (e *export) Run(ctx context.Context, out io.Writer) error {
	if err := e.Check(); err != nil {
		return err
	}
	db, err := open(ctx, &e.Store, nil)
	if err != nil {
		return err
	}
	err = e.write(ctx, db)
	if err == nil {
		_, err = fmt.Fprintf(out, "written to %s: check it with refserver verify --export\n", e.To)
	}
	return errors.Join(err, db.Close())
}

func (e *export) write(ctx context.Context, db lance.Runner[marketplace.Repos]) error {
	to, err := os.OpenFile(e.To, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return config.Mistakes{"to: cannot be written, or is there already"}
	}
	err = lance.Export(ctx, db, marketplace.Scope(), to)
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		err = errors.Join(err, os.Remove(e.To))
	}
	return err
}
