package file

import (
	"context"
	"io"
	"strconv"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/file/media"
)

// UploadInput is a file that is sent.
type UploadInput struct {
	Name    string    // what its sender calls it; media.Name makes it safe
	Content io.Reader // read once, to its end
	Key     string    // idempotency key; may be empty
}

// Place is what a file is uploaded to.
type Place struct {
	Subject lance.Ref
	Max     int // how many files the subject may have
}

// Upload keeps a file of the actor's party. It is for the package that owns the
// subject: admit decides, in a view before anything is read from the caller and
// again in the transaction that adds the file, whether this actor may add one,
// and to what. The bytes are stored in between, in no transaction of ours; when
// r's transaction is a host's that fails later, Sweep finds them.
//
// Faults: those of admit; Unauthorized "actor_required" unless a party acts;
// Unavailable "blobs_unavailable" without a blob store, or "upload_slow" when
// the file took more than twelve hours to arrive; Precondition
// "files_full"; Conflict "key_reused"; Invalid at "/content" with "file_empty",
// "file_too_large", "type_denied", "content_broken", or as media.Strip.
func Upload[R Repos](
	ctx context.Context, db lance.Runner[R], opts *Options, op string, by lance.Actor, in UploadInput,
	admit func(ctx context.Context, r R) (Place, error),
) (*File, error) {
	blobs, err := opts.store()
	if err != nil {
		return nil, lance.Op(op, err)
	}
	if by.IsSystem() || by.Require() != nil {
		return nil, lance.Op(op, lance.E(lance.Unauthorized, "actor_required", "sign in first"))
	}
	id, err := lance.Read(ctx, db, op, func(ctx context.Context, r R) (ID, error) {
		at, err := admit(ctx, r)
		if err != nil {
			return "", err
		}
		_, err = room(ctx, r, at)
		return lance.NewID[ID]("fil", r), err
	})
	if err != nil {
		return nil, err
	}
	info, err := opts.keep(ctx, id, in)
	if err != nil {
		return nil, lance.Op(op, err)
	}
	f, err := lance.Do(ctx, db, op, func(ctx context.Context, r R) (*File, error) {
		return add(ctx, r, by, info, in.Key, op, admit)
	})
	if refused(err) || err == nil && f.ID != id {
		// What fails here the sweep does later.
		_ = blobs.Delete(context.WithoutCancel(ctx), string(id))
	}
	return f, err
}

// refused reports a fault after which no row can have been kept.
func refused(err error) bool {
	return err != nil && lance.KindOf(err) != lance.Internal && lance.KindOf(err) != lance.Unavailable
}

// keep stores the bytes and tells what they are.
func (o *Options) keep(ctx context.Context, id ID, in UploadInput) (Info, error) {
	info := Info{ID: id, Name: media.Name(in.Name)}
	t, content, err := o.inspect(info.Name, in.Content)
	var b lance.Blob
	if err == nil {
		b, err = o.Blobs.Put(ctx, string(id), content)
	}
	if lance.KindOf(err) == lance.Invalid {
		var f lance.Faults
		f.Check("/content", err)
		return info, f.Err()
	}
	info.Type, info.Size, info.SHA256 = t, b.Size, Digest(b.SHA256.String())
	return info, err
}

// add adds the row of a file whose bytes are stored.
func add[R Repos](
	ctx context.Context, r R, by lance.Actor, info Info, key, op string, admit func(context.Context, R) (Place, error),
) (*File, error) {
	content := struct {
		Name   string
		SHA256 Digest
	}{info.Name, info.SHA256}
	known, first, err := lance.Once(ctx, r, by, key, op, content, string(info.ID))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Files().Get(ctx, ID(known))
	}
	if info.ID < firstID(r.Now().Add(-uploadAge)) {
		return nil, lance.E(lance.Unavailable, "upload_slow", "the file took too long to arrive: send it again")
	}
	at, err := admit(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := r.Lock(ctx, at.Subject); err != nil {
		return nil, err
	}
	names, err := room(ctx, r, at)
	if err != nil {
		return nil, err
	}
	info.Name = media.Free(info.Name, names)
	f := &File{Info: info, Owner: by.Party, Subject: at.Subject, Readers: []lance.PartyID{}, State: Lifecycle.Start(), CreatedAt: r.Now()}
	if err := r.Files().Insert(ctx, f); err != nil {
		return nil, err
	}
	if err := f.emit(ctx, r, by, Uploaded{f.changed()}); err != nil {
		return nil, err
	}
	return f, nil
}

// room returns the names of a subject's files, or a fault when it can have no
// more.
func room(ctx context.Context, r Repos, at Place) ([]string, error) {
	files, err := of(ctx, r, at.Subject)
	if err != nil {
		return nil, err
	}
	if len(files) >= at.Max {
		return nil, lance.E(lance.Precondition, "files_full", "there are as many files here as there may be")
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return names, nil
}

// of returns the files of a subject, oldest first.
func of(ctx context.Context, r Repos, subject lance.Ref) ([]*File, error) {
	return r.Files().Find(ctx, lance.Filter{Eq: map[string]any{"subject": subject.String(), "live": true}})
}

// AttachInput says which files of a party become a part of what their subject is
// about.
type AttachInput struct {
	By      lance.Actor
	Subject lance.Ref
	Readers []lance.PartyID // who may read them from now on
	Files   []ID
}

// AttachIn attaches files in the transaction of r, for good, and tells what they
// are. Faults: Invalid at "/files/0" with "file_unknown" for what is not a file
// of the actor's party in this subject, or "file_twice"; Precondition
// "file_state" for one that is attached already.
func AttachIn(ctx context.Context, r Repos, in AttachInput) ([]Info, error) {
	if len(in.Files) == 0 {
		return []Info{}, nil
	}
	refs := make([]lance.Ref, len(in.Files))
	for i, id := range in.Files {
		refs[i] = Ref(id)
	}
	if err := r.Lock(ctx, refs...); err != nil {
		return nil, err
	}
	files, err := in.find(ctx, r)
	if err != nil {
		return nil, err
	}
	infos := make([]Info, len(files))
	for i, f := range files {
		if f.State, err = Lifecycle.Next(f.State, Attach, f.relations(in.By)...); err != nil {
			return nil, err
		}
		f.Readers = in.Readers
		if err := r.Files().Update(ctx, f); err != nil {
			return nil, err
		}
		if err := f.emit(ctx, r, in.By, Attached{f.changed()}); err != nil {
			return nil, err
		}
		infos[i] = f.Info
	}
	return infos, nil
}

// find reads the files, each of which must be the actor's.
func (in AttachInput) find(ctx context.Context, r Repos) ([]*File, error) {
	ids := make([]string, len(in.Files))
	for i, id := range in.Files {
		ids[i] = string(id)
	}
	found, err := r.Files().Find(ctx, lance.Filter{In: map[string][]string{"id": ids}})
	if err != nil {
		return nil, err
	}
	mine := map[ID]*File{}
	for _, f := range found {
		if f.Live() && f.Owner == in.By.Party && f.Subject == in.Subject {
			mine[f.ID] = f
		}
	}
	var faults lance.Faults
	files, seen := make([]*File, len(in.Files)), map[ID]bool{}
	for i, id := range in.Files {
		at := "/files/" + strconv.Itoa(i)
		if files[i] = mine[id]; files[i] == nil {
			faults.Add(at, "file_unknown", "there is no such file of yours here")
		} else if seen[id] {
			faults.Add(at, "file_twice", "this file is named twice")
		}
		seen[id] = true
	}
	return files, faults.Err()
}

func (f *File) changed() Changed {
	return Changed{File: f.ID, Owner: f.Owner, Subject: f.Subject.String(), State: f.State, Size: f.Size, SHA256: f.SHA256}
}

// emit tells those who may know of the file.
func (f *File) emit(ctx context.Context, r Repos, by lance.Actor, what lance.Payload) error {
	parties := []lance.PartyID{f.Owner}
	for _, p := range f.Readers {
		if p != f.Owner {
			parties = append(parties, p)
		}
	}
	return lance.Emit(ctx, r, by, lance.Change{Stream: f.Ref(), Version: f.Version, Parties: parties}, what)
}
