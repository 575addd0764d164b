package memkit

import (
	"cmp"
	"reflect"
	"strings"
	"time"

	"github.com/megilance/lance"
)

// value is what a field of a table holds, in a form that can be compared. Its
// kinds are in the order in which they sort: none comes first.
type value struct {
	kind valueKind
	n    int64 // of int64, bool (0, 1) and time.Time (microseconds)
	s    string
}

type valueKind uint8

const (
	none valueKind = iota
	ofBool
	ofInt
	ofTime
	ofString
)

func (v value) compare(o value) int {
	return cmp.Or(cmp.Compare(v.kind, o.kind), cmp.Compare(v.n, o.n), strings.Compare(v.s, o.s))
}

// valueOf reads a value of a field. A zero time is none. A named type, such as a
// state, counts as what it is made of; any other fails with Internal
// "table_field".
func valueOf(field string, x any) (value, error) {
	switch x := x.(type) {
	case nil:
		return value{}, nil
	case string:
		return value{kind: ofString, s: x}, nil
	case time.Time:
		if x.IsZero() {
			return value{}, nil
		}
		return value{kind: ofTime, n: x.UnixMicro()}, nil
	}
	switch v := reflect.ValueOf(x); {
	case v.Kind() == reflect.String:
		return value{kind: ofString, s: v.String()}, nil
	case v.CanInt():
		return value{kind: ofInt, n: v.Int()}, nil
	case v.Kind() == reflect.Bool && v.Bool():
		return value{kind: ofBool, n: 1}, nil
	case v.Kind() == reflect.Bool:
		return value{kind: ofBool}, nil
	}
	return value{}, lance.E(lance.Internal, "table_field", "a field cannot hold this: "+field)
}

// place is where a row stands in the index of one field.
type place struct {
	value
	id string
}

func (p place) compare(o place) int {
	return cmp.Or(p.value.compare(o.value), strings.Compare(p.id, o.id))
}
