package bunmarketplace

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/file/media"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type fileRow struct {
	bun.BaseModel `bun:"table:lance_files,alias:t"`

	ID        string          `bun:"id,pk"`
	Version   int64           `bun:"version"`
	Owner     string          `bun:"owner"`
	Subject   string          `bun:"subject"`
	Readers   []lance.PartyID `bun:"readers"`
	Name      string          `bun:"name"`
	Type      string          `bun:"type"`
	Size      int64           `bun:"size"`
	SHA256    string          `bun:"sha256"`
	State     string          `bun:"state"`
	Live      bool            `bun:"live"`
	CreatedAt time.Time       `bun:"created_at,notnull"`
}

var fileSpec = &bunkit.Spec[file.File, fileRow]{
	Table: file.Table, Name: "lance_files",
	Row: func(f *file.File) *fileRow {
		return &fileRow{
			ID: string(f.ID), Version: f.Version, Owner: string(f.Owner), Subject: f.Subject.String(), Readers: f.Readers,
			Name: f.Name, Type: string(f.Type), Size: f.Size, SHA256: string(f.SHA256), State: string(f.State), Live: f.Live(),
			CreatedAt: f.CreatedAt,
		}
	},
	Value: func(m *fileRow) (*file.File, error) {
		var bad fields
		subject, err := lance.ParseRef(m.Subject)
		bad.note(err)
		return &file.File{
			Info:    file.Info{ID: file.ID(m.ID), Name: m.Name, Type: media.Type(m.Type), Size: m.Size, SHA256: file.Digest(m.SHA256)},
			Version: m.Version, Owner: lance.PartyID(m.Owner), Subject: subject, Readers: m.Readers,
			State: file.State(m.State), CreatedAt: m.CreatedAt,
		}, bad.err
	},
}

// Files is the store of files.
func (t Tx) Files() file.Store { return bunkit.Rows[file.ID](t.Q, fileSpec) }
