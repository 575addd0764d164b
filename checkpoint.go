package lance

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Checkpoint says what the log was at a time. Its Note is signed, so that a
// third party who keeps it can tell later whether the log still begins as it
// did. It is a checkpoint and a signed note as C2SP specifies them
// (c2sp.org/tlog-checkpoint, c2sp.org/signed-note), with the time in the one
// extension line; the tree is that of RFC 6962 over the leaves of all entries.
type Checkpoint struct {
	Size   int64     // how many entries: the Seq of the last
	Root   Hash      // of the Merkle tree over their leaves
	At     time.Time // when it was made. UTC, microseconds
	Origin string    // which log
	Note   string    // the text of all this, and the signatures
	Peaks  []byte    // of the tree, from which the next one goes on; not signed
}

// CheckpointID names a checkpoint in its log: its Size in decimal.
type CheckpointID string

// CheckpointTable is how a Checkpoint is kept.
var CheckpointTable = &Table[Checkpoint]{
	Noun:   "checkpoint",
	ID:     func(c *Checkpoint) string { return strconv.FormatInt(c.Size, 10) },
	Fields: map[string]func(*Checkpoint) any{"size": func(c *Checkpoint) any { return c.Size }},
}

// text returns what is signed.
func (c *Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n" +
		timeLine + Instant(c.At).Format(timeForm) + "\n"
}

const (
	timeLine = "time "
	timeForm = "2006-01-02T15:04:05.000000Z"
	sigLine  = "— "
	maxNote  = 64 << 10
)

// Signer signs the checkpoints of one log.
type Signer struct {
	key     CheckpointKey
	private ed25519.PrivateKey
}

// NewSigner returns a signer. The origin names the log, as no other log is
// named: a URL without its scheme, such as "example.com/books". It fails with
// Invalid "invalid_input" for an origin that is empty, longer than 255 bytes, or
// has white space, control characters or a plus, and for a key that is none.
func NewSigner(origin string, key ed25519.PrivateKey) (*Signer, error) {
	var f Faults
	f.Check("/origin", checkOrigin(origin))
	if len(key) != ed25519.PrivateKeySize {
		f.Add("/key", "checkpoint_key", "this is not a private key of Ed25519")
	}
	if err := f.Err(); err != nil {
		return nil, Op("lance.NewSigner", err)
	}
	public, _ := key.Public().(ed25519.PublicKey)
	return &Signer{CheckpointKey{origin, public}, bytes.Clone(key)}, nil
}

func checkOrigin(s string) error {
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }
	if s == "" || len(s) > 255 || !utf8.ValidString(s) || strings.ContainsFunc(s, odd) {
		return E(Invalid, "checkpoint_origin", "a log is named by 1 to 255 bytes without white space and plus")
	}
	return nil
}

// Key returns the public key with which others check the signatures.
func (s *Signer) Key() CheckpointKey { return s.key }

// Sign returns the checkpoint with the signer's Origin and a signed Note.
func (s *Signer) Sign(c Checkpoint) Checkpoint {
	c.Origin, c.At = s.key.Origin, Instant(c.At)
	text := c.text()
	id := s.key.id()
	c.Note = text + "\n" + sigLine + s.key.Origin + " " +
		base64.StdEncoding.EncodeToString(append(id[:], ed25519.Sign(s.private, []byte(text))...)) + "\n"
	return c
}

// CheckpointKey is whose checkpoints are believed: the name of a log and its
// public key.
type CheckpointKey struct {
	Origin string
	Public ed25519.PublicKey
}

// edwards is the type of signature by which a key is known.
const edwards = 0x01

func (k CheckpointKey) id() (id [4]byte) {
	h := sha256.Sum256(append([]byte(k.Origin+"\n"), k.typed()...))
	copy(id[:], h[:])
	return id
}

func (k CheckpointKey) typed() []byte { return append([]byte{edwards}, k.Public...) }

// String returns the key in the form that the tools of transparency logs take:
// "origin+id+key".
func (k CheckpointKey) String() string {
	id := k.id()
	return k.Origin + "+" + hex.EncodeToString(id[:]) + "+" + base64.StdEncoding.EncodeToString(k.typed())
}

// ParseCheckpointKey reads what String wrote. It fails with Invalid
// "checkpoint_key".
func ParseCheckpointKey(s string) (CheckpointKey, error) {
	bad := E(Invalid, "checkpoint_key", "a key is the name of a log, an identifier and a public key, with a plus between")
	origin, rest, _ := strings.Cut(s, "+")
	_, key, _ := strings.Cut(rest, "+")
	typed, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(typed) != 1+ed25519.PublicKeySize || typed[0] != edwards || checkOrigin(origin) != nil {
		return CheckpointKey{}, bad
	}
	k := CheckpointKey{origin, typed[1:]}
	if k.String() != s {
		return CheckpointKey{}, bad
	}
	return k, nil
}

// Open reads a note that this key has signed; signatures by others are passed
// over. It fails with Invalid "checkpoint_syntax" for what is no checkpoint, and
// with Invalid "checkpoint_signature" for one that is another log's or that this
// key has not signed as it stands.
func (k CheckpointKey) Open(note string) (Checkpoint, error) {
	c, sigs, err := readNote(note)
	if err != nil {
		return c, err
	}
	if signed, ok := k.signed(c, sigs); c.Origin != k.Origin || !signed || !ok {
		return Checkpoint{}, E(Invalid, "checkpoint_signature", "the checkpoint is not signed with this key")
	}
	return c, nil
}

// signature is one line below a note.
type signature struct {
	name string
	id   [4]byte
	sig  []byte
}

// signed reports whether a signature claims to be this key's, and whether all
// that do are.
func (k CheckpointKey) signed(c Checkpoint, sigs []signature) (claimed, valid bool) {
	valid = true
	for _, s := range sigs {
		if s.name != k.Origin || s.id != k.id() {
			continue
		}
		claimed = true
		valid = valid && ed25519.Verify(k.Public, []byte(c.text()), s.sig)
	}
	return claimed, valid
}

// readNote reads a checkpoint and what stands below it, and believes nothing.
func readNote(note string) (Checkpoint, []signature, error) {
	bad := E(Invalid, "checkpoint_syntax", "this is not a signed checkpoint of such a log")
	odd := func(r rune) bool { return r < ' ' && r != '\n' }
	cut := strings.LastIndex(note, "\n\n")
	if len(note) > maxNote || cut < 0 || !utf8.ValidString(note) || strings.ContainsFunc(note, odd) {
		return Checkpoint{}, nil, bad
	}
	c, err := readText(note[:cut+1])
	if err != nil {
		return c, nil, bad
	}
	c.Note = note
	var sigs []signature
	for line := range strings.Lines(note[cut+2:]) {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), sigLine)
		name, code, found := strings.Cut(rest, " ")
		b, err := base64.StdEncoding.DecodeString(code)
		if !ok || !found || err != nil || len(b) < 5 || !strings.HasSuffix(line, "\n") {
			return Checkpoint{}, nil, bad
		}
		sigs = append(sigs, signature{name, [4]byte(b), b[4:]})
	}
	if len(sigs) == 0 {
		return Checkpoint{}, nil, bad
	}
	return c, sigs, nil
}

// readText reads what text wrote, and only that.
func readText(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 {
		return c, Invalid
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return c, Invalid
	}
	c.Origin, c.Root = lines[0], Hash(root)
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return c, err
	}
	if c.At, err = time.Parse(timeForm, strings.TrimPrefix(lines[3], timeLine)); err != nil {
		return c, err
	}
	if checkOrigin(c.Origin) != nil || c.Size < 1 || c.text() != text {
		return Checkpoint{}, Invalid
	}
	return c, nil
}
