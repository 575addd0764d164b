package evidence

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace/file"
)

// MaxFiles is how many files the parties of a case may upload to it together.
const MaxFiles = 200

// Repos is what this package needs in a transaction.
type Repos interface {
	dispute.Repos
	file.Repos
}

// Service is what callers do with the files of cases. It is safe for concurrent
// use and costs nothing to make.
type Service struct {
	db    lance.Runner[Repos]
	files file.Options
}

// NewService makes a service on a store. With nil options there are no bytes.
func NewService[R Repos](db lance.Runner[R], files *file.Options) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
	if files != nil {
		s.files = *files
	}
	return s
}

// UploadInput is a file for a case.
type UploadInput struct {
	Case dispute.ID
	file.UploadInput
}

// Upload keeps a file of a party, to be shown later. Faults: NotFound
// "dispute_not_found"; Forbidden "dispute_relation" for all but the two parties;
// Precondition "dispute_state" when the case takes no evidence, or "files_full";
// and as file.Upload.
func (s *Service) Upload(ctx context.Context, by lance.Actor, in UploadInput) (*file.File, error) {
	admit := func(ctx context.Context, r Repos) (file.Place, error) {
		c, err := dispute.GetIn(ctx, r, by, in.Case)
		if err != nil {
			return file.Place{}, err
		}
		_, err = dispute.Lifecycle.Next(c.State, dispute.AddEvidence, c.Relations(by)...)
		return file.Place{Subject: c.Ref(), Max: MaxFiles}, err
	}
	return file.Upload(ctx, s.db, &s.files, "evidence.Upload", by, in.UploadInput, admit)
}

// AddInput is what a party shows.
type AddInput struct {
	Key   string `json:"-"` // idempotency key; may be empty
	Case  dispute.ID
	Text  string    // plain text of 5 to 5,000 characters; may be empty where there are files
	Files []file.ID // uploaded to the case by the caller; at most dispute.MaxFiles
}

// Add shows a text, files that were uploaded to the case, or both. It fails as
// dispute.AddEvidenceIn and file.AttachIn do.
func (s *Service) Add(ctx context.Context, by lance.Actor, in AddInput) (*dispute.Evidence, error) {
	const op = "evidence.Add"
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*dispute.Evidence, error) {
		c, err := dispute.GetIn(ctx, r, by, in.Case)
		if err != nil {
			return nil, err
		}
		if err := r.Lock(ctx, escrow.Ref(c.Agreement)); err != nil {
			return nil, err
		}
		if in.Key != "" {
			return once(ctx, r, by, op, in)
		}
		return add(ctx, r, by, in)
	})
}

// once adds evidence once under its key.
func once(ctx context.Context, r Repos, by lance.Actor, op string, in AddInput) (*dispute.Evidence, error) {
	known, first, err := lance.Once(ctx, r, by, in.Key, op, in, "")
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Evidence().Get(ctx, dispute.EvidenceID(known))
	}
	e, err := add(ctx, r, by, in)
	if err != nil {
		return nil, err
	}
	return e, r.Keys().Answer(ctx, string(by.Party), in.Key, string(e.ID))
}

// add attaches the files and shows them, in a case that is locked: it is locked
// before keys and files.
func add(ctx context.Context, r Repos, by lance.Actor, in AddInput) (*dispute.Evidence, error) {
	c, err := dispute.GetIn(ctx, r, by, in.Case)
	if err != nil {
		return nil, err
	}
	if len(in.Files) > dispute.MaxFiles {
		var f lance.Faults
		f.Add("/files", "too_many", "an item has at most 10 files")
		return nil, f.Err()
	}
	if _, err := dispute.Lifecycle.Next(c.State, dispute.AddEvidence, c.Relations(by)...); err != nil {
		return nil, err
	}
	infos, err := file.AttachIn(ctx, r, file.AttachInput{By: by, Subject: c.Ref(), Readers: c.Parties(), Files: in.Files})
	if err != nil {
		return nil, err
	}
	show := dispute.EvidenceInput{By: by, Case: in.Case, Text: in.Text}
	for _, x := range infos {
		show.Files = append(show.Files, dispute.File{Ref: string(x.ID), Name: x.Name, Size: x.Size, SHA256: dispute.Digest(x.SHA256)})
	}
	return dispute.AddEvidenceIn(ctx, r, show)
}

// Open opens a file of a case for reading to who may see the case's evidence; the
// caller closes it. Faults: NotFound "file_not_found"; and as file.Service.Open.
func (s *Service) Open(ctx context.Context, by lance.Actor, id dispute.ID, name file.ID) (*file.Content, error) {
	const op = "evidence.Open"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	_, err := lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*file.File, error) {
		c, err := r.Cases().Get(ctx, id)
		if lance.KindOf(err) == lance.NotFound || err == nil && !c.Privy(by) {
			return nil, file.Table.NotFound()
		}
		if err != nil {
			return nil, err
		}
		f, err := r.Files().Get(ctx, name)
		if err == nil && (f.Subject != c.Ref() || !f.Live() || f.State != file.StateAttached && f.Owner != by.Party) {
			return nil, file.Table.NotFound()
		}
		return f, err
	})
	if err != nil {
		return nil, err
	}
	return file.NewService(s.db, &s.files).Open(ctx, lance.System(op), name)
}
