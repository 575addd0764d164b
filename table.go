package lance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// Table declares once how a plain aggregate is kept; every storage adapter
// interprets it. Faults are named after the noun: <noun>_not_found,
// <noun>_exists, <noun>_stale.
type Table[D any] struct {
	Noun    string                  // "contract"
	ID      func(*D) string         // the identifier, immutable
	Version func(*D) *int64         // the version, from 1; nil for what is only inserted
	Fields  map[string]func(*D) any // what a Filter may name: column and getter in one; a getter returns string, int64, bool, time.Time, or nil for none, as which a zero time counts too. "id" is always there
	Unique  [][]string              // sets of fields of which no two rows may hold the same; a nil exempts the row
}

// Rows is a store of plain aggregates. What it returns are copies: changing one
// changes nothing kept.
type Rows[D any, K ~string] interface {
	// Insert adds d and sets its version to 1. It fails with Exists
	// "<noun>_exists" when the identifier or another unique set is taken.
	Insert(ctx context.Context, d *D) error
	// Get returns the aggregate, or NotFound "<noun>_not_found".
	Get(ctx context.Context, id K) (*D, error)
	// Update replaces the aggregate if its version is still the one d carries,
	// and raises that by one. Otherwise it fails with Stale "<noun>_stale" (or
	// NotFound) and leaves d's version as it was. A table without versions
	// cannot be updated: Internal "table_insert_only". Of several a fault may
	// leave some replaced: the caller undoes that.
	Update(ctx context.Context, ds ...*D) error
	// Find returns what the filter selects, in its order.
	Find(ctx context.Context, f Filter) ([]*D, error)
}

// Filter selects and orders rows of a Table. A field the table does not declare
// fails with Internal "table_field".
type Filter struct {
	Eq    map[string]any      // field equals value; nil: the field is none
	In    map[string][]string // field is one of values; an empty list selects nothing
	Order string              // field to order by; "" is "id". Rows whose field is none come first. Ties go by id
	Desc  bool                // both orders descending
	After []any               // keyset: only what comes after (order value, id)
	Limit int                 // at most so many; 0: all
}

// Page is one page of a list.
type Page[D any] struct {
	Items []*D
	Next  string // cursor of the next page; "" when this is the last
}

// PageQuery asks for one page.
type PageQuery struct {
	Limit  int    // 1 to 100; 0 is 20
	Cursor string // Next of the page before; "" for the first
}

// Page sizes.
const (
	DefaultPageSize = 20
	MaxPageSize     = 100
)

// List reads one page of what f selects from rows of table t. The order field
// must have a value in every row. It fails with Invalid "limit_range" or
// "cursor_syntax"; a cursor of a list with another order, or whose place is of
// another type, is refused.
func List[D any, K ~string](ctx context.Context, rows Rows[D, K], t *Table[D], f Filter, q PageQuery) (Page[D], error) {
	return ListBy(ctx, rows.Find, t, f, q)
}

// ListBy is List for what is not kept as Rows: find answers the filter.
func ListBy[D any](ctx context.Context, find func(context.Context, Filter) ([]*D, error), t *Table[D], f Filter, q PageQuery) (Page[D], error) {
	var page Page[D]
	limit, err := q.limit()
	if err != nil {
		return page, err
	}
	if f.Order == "" {
		f.Order = "id"
	}
	if f.After, err = decodeCursor(q.Cursor, f, t.Get(new(D), f.Order)); err != nil {
		return page, err
	}
	f.Limit = limit + 1
	page.Items, err = find(ctx, f)
	if err != nil || len(page.Items) <= limit {
		return page, err
	}
	page.Items = page.Items[:limit]
	last := page.Items[limit-1]
	page.Next, err = encodeCursor(f, t.Get(last, f.Order), t.ID(last))
	return page, err
}

// Only makes a find that returns, of what another finds in a table, what is to be kept,
// and as much of that as its filter asks for: for ListBy.
func Only[D any](find func(context.Context, Filter) ([]*D, error), t *Table[D], keep func(*D) bool) func(context.Context, Filter) ([]*D, error) {
	return func(ctx context.Context, f Filter) (out []*D, err error) {
		for {
			found, err := find(ctx, f)
			if err != nil {
				return nil, err
			}
			for _, d := range found {
				if len(out) < f.Limit && keep(d) {
					out = append(out, d)
				}
			}
			if len(found) < f.Limit || len(out) == f.Limit {
				return out, nil
			}
			last := found[len(found)-1]
			f.After = []any{t.Get(last, f.Order), t.ID(last)}
		}
	}
}

// Get returns the value of one field of d: the identifier for "id", nil for a
// field the table does not declare.
func (t *Table[D]) Get(d *D, field string) any {
	if field == "id" {
		return t.ID(d)
	}
	if get := t.Fields[field]; get != nil {
		return get(d)
	}
	return nil
}

// Has reports whether the table declares the field.
func (t *Table[D]) Has(field string) bool { return field == "id" || t.Fields[field] != nil }

// NotFound is the fault of a row that is absent or not the caller's.
func (t *Table[D]) NotFound() error {
	return E(NotFound, t.Noun+"_not_found", "there is no such "+t.Noun)
}

// Exists is the fault of a row whose identifier or unique set is taken.
func (t *Table[D]) Exists() error {
	return E(Exists, t.Noun+"_exists", "there is such a "+t.Noun+" already")
}

// Stale is the fault of a row that has changed since it was read.
func (t *Table[D]) Stale() error {
	return E(Stale, t.Noun+"_stale", "the "+t.Noun+" has changed since you read it")
}

// limit returns the page size asked for.
func (q PageQuery) limit() (int, error) {
	if q.Limit == 0 {
		return DefaultPageSize, nil
	}
	if q.Limit < 1 || q.Limit > MaxPageSize {
		var f Faults
		f.Add("/limit", "limit_range", "a page has 1 to 100 items")
		return 0, f.Err()
	}
	return q.Limit, nil
}

// cursor is what a page's Next holds: the order it belongs to and the last row.
type cursor struct {
	Order string     `json:"o"`
	Desc  bool       `json:"d,omitempty"`
	Str   *string    `json:"s,omitempty"`
	Int   *int64     `json:"i,omitempty"`
	Time  *time.Time `json:"t,omitempty"`
	ID    string     `json:"id"`
}

func encodeCursor(f Filter, value any, id string) (string, error) {
	c := cursor{Order: f.Order, Desc: f.Desc, ID: id}
	switch v := value.(type) {
	case string:
		c.Str = &v
	case int64:
		c.Int = &v
	case time.Time:
		c.Time = &v
	default:
		return "", E(Internal, "table_field", "a list cannot be ordered by "+f.Order)
	}
	b, err := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// decodeCursor reads the place that a cursor names, which is of the type of like.
func decodeCursor(s string, f Filter, like any) ([]any, error) {
	if s == "" {
		return nil, nil
	}
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	value := c.value()
	if err != nil || c.Order != f.Order || c.Desc != f.Desc || value == nil || c.ID == "" || !c.plain() || reflect.TypeOf(value) != reflect.TypeOf(like) {
		var faults Faults
		faults.Add("/cursor", "cursor_syntax", "this is not a cursor of this list")
		return nil, faults.Err()
	}
	return []any{value, c.ID}, nil
}

// plain reports whether the texts of a cursor could be kept: a cursor comes from
// outside, and databases refuse what cannot.
func (c cursor) plain() bool {
	return (TextRule{Line: true}).Check(c.ID) == nil && (c.Str == nil || !strings.ContainsRune(*c.Str, 0))
}

func (c cursor) value() any {
	switch {
	case c.Str != nil:
		return *c.Str
	case c.Int != nil:
		return *c.Int
	case c.Time != nil:
		return Instant(*c.Time)
	}
	return nil
}
