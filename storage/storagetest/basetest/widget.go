package basetest

import (
	"time"

	"github.com/megilance/lance"
)

// WidgetID names a widget.
type WidgetID string

// Widget is the suite's own aggregate: one field of each sort that domains keep.
// An adapter keeps it in a table of its tests, lance_widgets on SQL.
type Widget struct {
	ID      WidgetID
	Version int64
	Owner   lance.PartyID
	Name    string      // any text: every script, 4-byte runes, upper and lower case
	Slot    string      // unique for its owner; "" is none, which is kept as NULL
	Rank    int64       // any
	Done    bool        //
	At      time.Time   // UTC, microseconds
	DueAt   time.Time   // UTC, microseconds; the zero time is none, which is kept as NULL
	Price   lance.Money // minor units and currency; the zero Money is kept as 0 and ""
	Tags    []string    // in order; nil and empty are the same
	Digest  lance.Hash  // 32 bytes
}

// Widgets is how a Widget is kept.
var Widgets = &lance.Table[Widget]{
	Noun:    "widget",
	ID:      func(w *Widget) string { return string(w.ID) },
	Version: func(w *Widget) *int64 { return &w.Version },
	Fields: map[string]func(*Widget) any{
		"owner":  func(w *Widget) any { return string(w.Owner) },
		"name":   func(w *Widget) any { return w.Name },
		"slot":   func(w *Widget) any { return orNone(w.Slot, w.Slot == "") },
		"rank":   func(w *Widget) any { return w.Rank },
		"done":   func(w *Widget) any { return w.Done },
		"at":     func(w *Widget) any { return w.At },
		"due_at": func(w *Widget) any { return orNone(w.DueAt, w.DueAt.IsZero()) },
	},
	Unique: [][]string{{"owner", "slot"}},
}

func orNone(v any, none bool) any {
	if none {
		return nil
	}
	return v
}

// NoteID names a note.
type NoteID string

// Note is the suite's own record that is only ever inserted, in lance_notes on
// SQL.
type Note struct {
	ID   NoteID
	Text string
}

// Notes is how a Note is kept: without a version.
var Notes = &lance.Table[Note]{
	Noun:   "note",
	ID:     func(n *Note) string { return string(n.ID) },
	Fields: map[string]func(*Note) any{"text": func(n *Note) any { return n.Text }},
}
