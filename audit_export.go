package lance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"
)

// Export writes all that Verify looks at, as it is in one view: one JSON object
// a line, in the order of Record, and at the end a line that counts them. It
// holds identifiers, states, amounts and times, and of events the exact bodies.
// It fails as the store or the writer does.
func Export[R Repos](ctx context.Context, db Runner[R], scope Scope[R], to io.Writer) error {
	checkers := map[string]Checker{}
	for _, c := range scope.checkers() {
		checkers[c.Kind()] = c
	}
	a := auditor{checkers: checkers}
	w := bufio.NewWriter(to)
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	n := 0
	err := db.View(ctx, func(ctx context.Context, r R) error {
		n = 0
		return scope.read(ctx, r, func(rec Record) error {
			n++
			return lines.Encode(a.line(rec))
		})
	})
	if err == nil {
		err = lines.Encode(exportLine{Kind: kindEnd, Value: json.RawMessage(strconv.Itoa(n))})
	}
	if err == nil {
		err = w.Flush()
	}
	return Op("lance.Export", err)
}

// VerifyExport does with an export what Verify does with a store: nothing but
// the file is needed, the checkers of its trails and, for signatures, the key.
// A line that cannot be read is a Finding too. It fails as the reader does, or
// for an option that makes no sense.
func VerifyExport(from io.Reader, opts *VerifyOptions, checkers ...Checker) (Audit, error) {
	a, err := newAuditor(opts, checkers)
	if err == nil {
		err = a.export(from)
	}
	if err == nil {
		err = a.end()
	}
	return a.result("lance.VerifyExport", err)
}

// maxLine bounds one line of an export, in bytes.
const maxLine = 64 << 20

func (a *auditor) export(from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	n, ended := 0, false
	for ; lines.Scan(); n++ {
		broken := &Finding{FoundExportBroken, "line", strconv.Itoa(n + 1), 0, "the line cannot be read"}
		var line exportLine
		if err := strictly(lines.Bytes(), &line); err != nil || ended {
			return broken
		}
		if line.Kind == kindEnd {
			if ended = string(line.Value) == strconv.Itoa(n); !ended {
				return broken
			}
			continue
		}
		rec, err := a.record(line)
		if err != nil {
			return broken
		}
		if err := a.take(rec); err != nil {
			return err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return &Finding{FoundExportBroken, "line", strconv.Itoa(n + 1), 0, "the line is too long"}
	case err == nil && !ended:
		return &Finding{FoundExportBroken, "line", strconv.Itoa(n + 1), 0, "the export ends here, and was longer"}
	default:
		return err
	}
}

func strictly(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Invalid
	}
	return nil
}

const kindEnd = "end"

// exportLine is one line of an export.
type exportLine struct {
	Kind       string          `json:"kind"`
	Entry      *exportEntry    `json:"entry,omitempty"`
	Value      json.RawMessage `json:"value,omitempty"`
	Unreadable bool            `json:"unreadable,omitempty"`
}

type exportEntry struct {
	Seq        int64      `json:"seq"`
	ID         string     `json:"id"`
	Kind       string     `json:"kind"`
	StreamKind string     `json:"stream_kind"`
	StreamID   string     `json:"stream_id"`
	Version    int64      `json:"version"`
	N          int        `json:"n"`
	Leaf       exportHash `json:"leaf"`
}

// exportHash is a Hash in hexadecimal.
type exportHash Hash

// MarshalText writes the hash in hexadecimal. It never fails.
func (h exportHash) MarshalText() ([]byte, error) { return []byte(Hash(h).String()), nil }

// UnmarshalText reads what MarshalText wrote; it fails with Invalid.
func (h *exportHash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return Invalid
	}
	_, err := hex.Decode(h[:], b)
	return err
}

type exportEvent struct {
	ID         EventID   `json:"id"`
	StreamKind string    `json:"stream_kind"`
	StreamID   string    `json:"stream_id"`
	Version    int64     `json:"version"`
	N          int       `json:"n"`
	Type       string    `json:"type"`
	Schema     int       `json:"schema"`
	At         time.Time `json:"at"`
	By         string    `json:"by"`
	Parties    []PartyID `json:"parties"`
	Body       []byte    `json:"body"` // in base64: exact
}

type exportSeal struct {
	First int64      `json:"first"`
	Last  int64      `json:"last"`
	Root  exportHash `json:"root"`
	Head  exportHash `json:"head"`
	At    time.Time  `json:"at"`
}

type exportCheckpoint struct {
	Size   int64      `json:"size"`
	Root   exportHash `json:"root"`
	At     time.Time  `json:"at"`
	Origin string     `json:"origin"`
	Note   string     `json:"note"`
}

// line returns what stands for a record in an export.
func (a *auditor) line(rec Record) any {
	out := struct {
		Kind       string       `json:"kind"`
		Entry      *exportEntry `json:"entry,omitempty"`
		Value      any          `json:"value,omitempty"`
		Unreadable bool         `json:"unreadable,omitempty"`
	}{Kind: rec.Kind}
	if e := rec.Entry; e != nil {
		out.Entry = &exportEntry{e.Seq, e.ID, e.Kind, e.Stream.Kind, e.Stream.ID, e.Version, e.N, exportHash(e.Leaf)}
	}
	switch v := rec.Value.(type) {
	case nil:
	case Unreadable:
		out.Unreadable = true
	case Event:
		out.Value = exportEvent{v.ID, v.Stream.Kind, v.Stream.ID, v.Version, v.N, v.Type, v.Schema, v.At, v.By, v.Parties, v.Body}
	case Seal:
		out.Value = exportSeal{v.First, v.Last, exportHash(v.Root), exportHash(v.Head), v.At}
	case Checkpoint:
		out.Value = exportCheckpoint{v.Size, exportHash(v.Root), v.At, v.Origin, v.Note}
	case Standing, []string:
		out.Value = v
	default:
		if c := a.checkerOf(rec.Kind); c != nil {
			out.Value = c.Encode(v)
		}
	}
	return out
}

// checkerOf returns who knows the values of records of that kind.
func (a *auditor) checkerOf(kind string) Checker {
	if c := a.checkers[kind]; c != nil {
		return c
	}
	return a.owner(kind)
}

// record returns the record that a line stands for.
func (a *auditor) record(line exportLine) (Record, error) {
	rec := Record{Kind: line.Kind}
	if e := line.Entry; e != nil {
		rec.Entry = &Entry{e.Seq, e.ID, e.Kind, Ref{e.StreamKind, e.StreamID}, e.Version, e.N, Hash(e.Leaf)}
	}
	var err error
	switch {
	case line.Unreadable:
		rec.Value = Unreadable{}
	case line.Value == nil:
	default:
		rec.Value, err = a.value(line.Kind, line.Value)
	}
	if rec.Entry == nil && rec.Value == nil {
		err = errors.Join(err, Invalid)
	}
	return rec, err
}

func (a *auditor) value(kind string, b json.RawMessage) (any, error) {
	switch kind {
	case kindEvent:
		var v exportEvent
		err := strictly(b, &v)
		return Event{
			ID: v.ID, Stream: Ref{v.StreamKind, v.StreamID}, Version: v.Version, N: v.N, Type: v.Type, Schema: v.Schema,
			At: v.At, By: v.By, Parties: v.Parties, Body: v.Body,
		}, err
	case "seal":
		var v exportSeal
		err := strictly(b, &v)
		return Seal{v.First, v.Last, Hash(v.Root), Hash(v.Head), v.At}, err
	case "checkpoint":
		var v exportCheckpoint
		err := strictly(b, &v)
		return Checkpoint{Size: v.Size, Root: Hash(v.Root), At: v.At, Origin: v.Origin, Note: v.Note}, err
	case "aggregate":
		var v Standing
		err := strictly(b, &v)
		return v, err
	case "aggregates":
		v := []string{}
		err := strictly(b, &v)
		return v, err
	}
	if c := a.checkerOf(kind); c != nil {
		return c.Decode(kind, b)
	}
	return nil, Invalid
}
