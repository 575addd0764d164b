package file

import (
	"context"
	"errors"

	"github.com/megilance/lance"
)

// Service is what callers do with files. It is safe for concurrent use and costs
// nothing to make.
type Service struct {
	db   lance.Runner[Repos]
	opts Options
}

// NewService makes a service on a store. With nil options there are no bytes.
func NewService[R Repos](db lance.Runner[R], opts *Options) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
	if opts != nil {
		s.opts = *opts
	}
	return s
}

// Get returns what is known of a file to its owner, and once it is attached to
// its readers and an administrator; otherwise NotFound "file_not_found".
func (s *Service) Get(ctx context.Context, by lance.Actor, id ID) (*File, error) {
	const op = "file.Get"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*File, error) { return visible(ctx, r, by, id) })
}

// visible returns a file that the actor may see, else NotFound.
func visible(ctx context.Context, r Repos, by lance.Actor, id ID) (*File, error) {
	f, err := r.Files().Get(ctx, id)
	if err == nil && len(f.relations(by)) == 0 {
		return nil, Table.NotFound()
	}
	return f, err
}

// List returns the files of a subject that the caller may see, oldest first: as
// many as the subject may have. Of a subject that is not his there are none.
func (s *Service) List(ctx context.Context, by lance.Actor, subject lance.Ref) ([]*File, error) {
	const op = "file.List"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) ([]*File, error) {
		all, err := of(ctx, r, subject)
		seen := []*File{}
		for _, f := range all {
			if len(f.relations(by)) > 0 {
				seen = append(seen, f)
			}
		}
		return seen, err
	})
}

// Open opens a file for reading from any place; the caller closes it. It is for
// those who may Get it. Faults: NotFound "file_not_found"; Unavailable
// "blobs_unavailable" without a blob store, or as lance.BlobStore; Internal
// "blob_missing" when the bytes are gone.
func (s *Service) Open(ctx context.Context, by lance.Actor, id ID) (*Content, error) {
	const op = "file.Open"
	f, err := s.Get(ctx, by, id)
	if err != nil {
		return nil, err
	}
	blobs, err := s.opts.store()
	if err != nil {
		return nil, lance.Op(op, err)
	}
	bytes, err := blobs.Open(ctx, string(id))
	if errors.Is(err, lance.NotFound) {
		err = lance.E(lance.Internal, "blob_missing", "a file has lost its content").Cause(err)
	}
	if err != nil {
		return nil, lance.Op(op, err)
	}
	return &Content{f, bytes}, nil
}

// Remove removes a file that is not attached; its bytes are deleted afterwards.
// Faults: NotFound; Forbidden "file_relation" for all but the owner;
// Precondition "file_state" for what is attached.
func (s *Service) Remove(ctx context.Context, by lance.Actor, id ID) error {
	const op = "file.Remove"
	if err := by.Require(); err != nil {
		return lance.Op(op, err)
	}
	return lance.Op(op, s.db.InTx(ctx, func(ctx context.Context, r Repos) error { return remove(ctx, r, by, id) }))
}

func remove(ctx context.Context, r Repos, by lance.Actor, id ID) error {
	if err := r.Lock(ctx, Ref(id)); err != nil {
		return err
	}
	f, err := visible(ctx, r, by, id)
	if err != nil {
		return err
	}
	if f.State, err = Lifecycle.Next(f.State, Remove, f.relations(by)...); err != nil {
		return err
	}
	if err := r.Files().Update(ctx, f); err != nil {
		return err
	}
	if err := r.Deliveries().Enqueue(ctx, lance.Delivery{Relay: relayErase, Key: string(id), Subject: f.Ref()}); err != nil {
		return err
	}
	return f.emit(ctx, r, by, Removed{f.changed()})
}
