package dispute

import (
	"context"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/megilance/lance"
)

// EvidenceID names an item of evidence: "evd_…".
type EvidenceID string

// Digest is a SHA-256 in 64 lower-case hexadecimal digits.
type Digest string

// Evidence is one thing that a party shows: a text, files, or both. It is never
// changed.
type Evidence struct {
	ID        EvidenceID
	Case      ID
	Party     lance.PartyID // who shows it
	User      lance.UserID  // who has added it
	Text      string        // plain text; may be empty where there are files
	Salt      Digest        // random: the log has LeafOf of its digits and the text
	Files     []File
	CreatedAt time.Time // UTC, microseconds
}

// File is a file that is kept elsewhere.
type File struct {
	Ref    string `json:"ref"`    // what it is called there: one line of 1 to 200 characters
	Name   string `json:"name"`   // for people: one line of 1 to 255 characters
	Size   int64  `json:"size"`   // bytes; 1 to MaxFileSize
	SHA256 Digest `json:"sha256"` // of the bytes
}

// The bounds of evidence.
const (
	MaxEvidence = 50        // items of each party in a case
	MaxFiles    = 10        // files of one item
	MaxFileSize = 100 << 20 // bytes of one file
)

// TextDigest returns what the log has of the text; empty when there is none.
func (e *Evidence) TextDigest() Digest {
	if e.Text == "" {
		return ""
	}
	return Digest(lance.LeafOf([]byte(e.Salt), []byte(e.Text)).String())
}

// Ref names the item in events.
func (e *Evidence) Ref() lance.Ref { return lance.Ref{Kind: EvidenceTable.Noun, ID: string(e.ID)} }

// Seal returns a digest of all that the item says. It is what an audit takes for
// its state, which never changes.
func (e *Evidence) Seal() Digest {
	fields := [][]byte{
		[]byte(e.ID), []byte(e.Case), []byte(e.Party), []byte(e.User), []byte(e.TextDigest()), strconv.AppendInt(nil, e.CreatedAt.UnixMicro(), 10),
	}
	for _, x := range e.Files {
		fields = append(fields, []byte(x.Ref), []byte(x.Name), strconv.AppendInt(nil, x.Size, 10), []byte(x.SHA256))
	}
	return Digest(lance.LeafOf(fields...).String())
}

// EvidenceInput is what a party shows.
type EvidenceInput struct {
	By    lance.Actor `json:"-"` // one of the two parties
	Key   string      `json:"-"` // the caller's idempotency key; may be empty
	Case  ID          // which
	Text  string      // plain text of 5 to 5,000 characters; may be empty where there are files
	Files []File      // at most MaxFiles
}

func (in *EvidenceInput) check() error {
	var f lance.Faults
	if in.Text != "" || len(in.Files) == 0 {
		f.Check("/text", statement.Check(in.Text))
	}
	if len(in.Files) > MaxFiles {
		f.Add("/files", "too_many", "an item has at most 10 files")
		return f.Err()
	}
	for i, x := range in.Files {
		f.Check("/files/"+strconv.Itoa(i), x.check())
	}
	return f.Err()
}

func (x File) check() error {
	var f lance.Faults
	f.Check("/ref", lance.TextRule{Min: 1, Max: 200, Line: true}.Check(x.Ref))
	f.Check("/name", lance.TextRule{Min: 1, Max: 255, Line: true}.Check(x.Name))
	if x.Size < 1 || x.Size > MaxFileSize {
		f.Add("/size", "size_range", "a file has 1 byte to 100 megabytes")
	}
	if b, err := hex.DecodeString(string(x.SHA256)); err != nil || len(b) != len(lance.Hash{}) || hex.EncodeToString(b) != string(x.SHA256) {
		f.Add("/sha256", "digest_syntax", "a SHA-256 has 64 lower-case hexadecimal digits")
	}
	return f.Err()
}

// AddEvidenceIn adds an item for a party, in the transaction of r, until an
// arbiter has ruled. It fails as RespondIn does, with Precondition
// "evidence_limit" when the party has shown MaxEvidence items.
func AddEvidenceIn(ctx context.Context, r Repos, in EvidenceInput) (*Evidence, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	e := &Evidence{
		ID: lance.NewID[EvidenceID]("evd", r), Case: in.Case, Party: in.By.Party, User: in.By.User,
		Text: in.Text, Files: in.Files, CreatedAt: r.Now(),
	}
	if in.Text != "" {
		salt := make([]byte, len(lance.Hash{}))
		r.Entropy().Fill(salt)
		e.Salt = Digest(hex.EncodeToString(salt))
	}
	if err := lock(ctx, r, in.Case); err != nil {
		return nil, err
	}
	known, first, err := lance.Once(ctx, r, in.By, in.Key, "dispute.AddEvidence", in, string(e.ID))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Evidence().Get(ctx, EvidenceID(known))
	}
	b, err := take(ctx, r, in.By, in.Case, 0)
	if err != nil {
		return nil, err
	}
	s, err := b.step(in.By, AddEvidence, r.Now())
	if err != nil {
		return nil, err
	}
	s.after.side(in.By).Evidence++
	digests := make([]Digest, len(in.Files))
	for i, x := range in.Files {
		digests[i] = x.SHA256
	}
	s.event = CaseEvidenceAdded{s.after.changed(), e.ID, e.Party, e.TextDigest(), digests}
	if err := r.Evidence().Insert(ctx, e); err != nil {
		return nil, err
	}
	made := lance.Change{Stream: e.Ref(), Version: 1, Parties: s.after.Parties()}
	if err := lance.Emit(ctx, r, in.By, made, EvidenceAdded{e.ID, e.Case, e.Party, e.Seal()}); err != nil {
		return nil, err
	}
	_, err = s.keep(ctx, r, in.By)
	return e, err
}

// evidenceIn returns one page of a case's evidence to who may see it.
func evidenceIn(ctx context.Context, r Repos, by lance.Actor, id ID, q lance.PageQuery) (lance.Page[Evidence], error) {
	c, err := r.Cases().Get(ctx, id)
	if err == nil && !c.Privy(by) {
		err = Table.NotFound()
	}
	if err != nil {
		return lance.Page[Evidence]{}, err
	}
	f := lance.Filter{Eq: map[string]any{"dispute": string(id)}, Order: "created_at"}
	return lance.List(ctx, r.Evidence(), EvidenceTable, f, q)
}
