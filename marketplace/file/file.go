package file

import (
	"io"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/file/media"
)

// ID names a file: "fil_…".
type ID string

// Digest is a SHA-256 in 64 hexadecimal digits.
type Digest string

// Info is what a file is.
type Info struct {
	ID     ID         `json:"id"`
	Name   string     `json:"name"`   // as media.Name makes names, unique in its subject
	Type   media.Type `json:"type"`   // told from the content
	Size   int64      `json:"size"`   // bytes
	SHA256 Digest     `json:"sha256"` // of the bytes as they are kept
}

// File is one file of a party.
type File struct {
	Info
	Version   int64           // from 1; grows with every change
	Owner     lance.PartyID   // who uploaded it
	Subject   lance.Ref       // what it belongs to
	Readers   []lance.PartyID // who else may read it, once it is attached
	State     State
	CreatedAt time.Time // UTC
}

// Ref names the file in locks and events.
func (f *File) Ref() lance.Ref { return Ref(f.ID) }

// Ref names a file in locks and events.
func Ref(id ID) lance.Ref { return lance.Ref{Kind: "file", ID: string(id)} }

// Live reports whether the file was not removed.
func (f *File) Live() bool { return f.State != StateRemoved }

// AllowedActions returns what the actor may do to the file now.
func (f *File) AllowedActions(by lance.Actor) []Action {
	return Lifecycle.Actions(f.State, f.relations(by)...)
}

// relations returns what the actor is to the file. None means that it is not
// his: an administrator sees files that are attached, as he sees what they are
// attached to.
func (f *File) relations(by lance.Actor) []lance.Relation {
	switch {
	case !f.Live(), by.Require() != nil:
		return nil
	case by.IsSystem():
		return []lance.Relation{lance.ByClock}
	case by.Party == f.Owner:
		return []lance.Relation{ByOwner}
	case f.State != StateAttached:
		return nil
	case slices.Contains(f.Readers, by.Party):
		return []lance.Relation{ByReader}
	case by.Has(lance.RoleAdmin):
		return []lance.Relation{lance.ByAdmin}
	}
	return nil
}

// Content is a file that is open for reading, from any place. It was last
// changed when it was made: CreatedAt.
type Content struct {
	*File
	io.ReadSeekCloser
}
