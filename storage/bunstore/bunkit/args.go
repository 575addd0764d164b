package bunkit

import (
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/uptrace/bun/schema"

	"github.com/megilance/lance"
)

// bind makes a statement of ours one for the driver: {lance_…} becomes the
// qualified table, each ? outside of quotes the driver's placeholder for the
// next argument. An argument that is itself a piece of SQL (bun.List, bun.Ident,
// bun.Safe) is written out. A native driver takes lists as they are.
func (c *core) bind(query string, args []any, native bool) (string, []any, error) {
	if isControl(query) {
		return "", nil, lance.E(lance.Internal, "tx_control", "a transaction is begun and ended by its store alone")
	}
	b := make([]byte, 0, len(query)+64)
	out := make([]any, 0, len(args))
	for i := 0; i < len(query); i++ {
		switch ch := query[i]; ch {
		case '\'', '"':
			end := strings.IndexByte(query[i+1:], ch)
			if end < 0 {
				return "", nil, errQuery
			}
			b = append(b, query[i:i+end+2]...)
			i += end + 1
		case '{':
			end := strings.IndexByte(query[i:], '}')
			if end < 0 {
				return "", nil, errQuery
			}
			b = append(b, c.house.qualify(query[i+1:i+end])...)
			i += end
		case '?':
			if len(args) == 0 {
				return "", nil, errQuery
			}
			var err error
			if b, out, err = c.place(b, out, args[0], native); err != nil {
				return "", nil, err
			}
			args = args[1:]
		default:
			b = append(b, ch)
		}
	}
	if len(args) > 0 {
		return "", nil, errQuery
	}
	return string(b), out, nil
}

// isControl reports whether a statement would begin or end a transaction behind
// its owner's back.
func isControl(query string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	switch strings.ToUpper(strings.TrimSuffix(word, ";")) {
	case "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE":
		return true
	}
	return false
}

var errQuery = lance.E(lance.Internal, "query_syntax", "a statement and its arguments do not fit")

func (c *core) place(b []byte, out []any, arg any, native bool) ([]byte, []any, error) {
	if piece, ok := arg.(schema.QueryAppender); ok {
		b, err := piece.AppendQuery(c.db.QueryGen(), b)
		return b, out, err
	}
	v, err := c.argument(arg, native)
	if err != nil {
		return nil, nil, err
	}
	out = append(out, v)
	if !c.pg {
		return append(b, '?'), out, nil
	}
	return strconv.AppendInt(append(b, '$'), int64(len(out)), 10), out, nil
}

// argument is the value of an argument; that of a list, where the driver takes
// one, as the database reads it without parsing.
func (c *core) argument(arg any, native bool) (any, error) {
	if !native {
		return c.value(arg)
	}
	switch list := arg.(type) {
	case []string, []int64:
		return list, nil
	case []any:
		out := make(pgtype.FlatArray[any], len(list))
		for i, x := range list {
			var err error
			if out[i], err = c.value(x); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return c.value(arg)
}

// value makes an argument what every driver takes. A list becomes an array on
// PostgreSQL and JSON on SQLite: see Q.Among.
func (c *core) value(arg any) (any, error) {
	switch x := arg.(type) {
	case nil, string, int64, bool, []byte:
		return c.plain(x), nil
	case time.Time:
		return c.time(x), nil
	case json.RawMessage:
		return string(x), nil
	case driver.Valuer:
		return x, nil
	}
	v := reflect.ValueOf(arg)
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		return nil, nil //nolint:nilnil // NULL
	case v.Kind() == reflect.Pointer:
		return c.value(v.Elem().Interface())
	case v.Kind() == reflect.String:
		return v.String(), nil
	case v.CanInt():
		return v.Int(), nil
	case v.CanUint():
		return int64(v.Uint()), nil //nolint:gosec // counts, never above an int64
	case v.Kind() == reflect.Bool:
		return c.plain(v.Bool()), nil
	case isBytes(v):
		return bytesOf(v), nil
	case v.Kind() == reflect.Slice && c.pg:
		return c.array(v)
	}
	return asJSON(arg)
}

// plain is for values that drivers take as they are; SQLite has no booleans.
func (c *core) plain(x any) any {
	switch x := x.(type) {
	case bool:
		if c.pg {
			return x
		}
		if x {
			return int64(1)
		}
		return int64(0)
	case []byte:
		if x == nil {
			return nil
		}
	}
	return x
}

func (c *core) time(t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case c.pg:
		return lance.Instant(t)
	}
	return lance.Instant(t).Format(sqliteTime)
}

func isBytes(v reflect.Value) bool {
	k := v.Kind()
	return (k == reflect.Slice || k == reflect.Array) && v.Type().Elem().Kind() == reflect.Uint8
}

func bytesOf(v reflect.Value) any {
	if v.Kind() == reflect.Slice {
		if v.IsNil() {
			return nil
		}
		return v.Bytes()
	}
	b := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(b), v)
	return b
}

func asJSON(x any) (any, error) {
	b, err := json.Marshal(x)
	if err != nil {
		return nil, lance.E(lance.Internal, "query_value", "a value cannot be kept").Cause(err)
	}
	return string(b), nil
}

// array writes a list as a PostgreSQL array, which every driver sends as text.
func (c *core) array(v reflect.Value) (any, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		x, err := c.value(v.Index(i).Interface())
		if err != nil {
			return nil, err
		}
		b.WriteString(element(x))
	}
	b.WriteByte('}')
	return b.String(), nil
}

var inArray = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func element(x any) string {
	switch x := x.(type) {
	case nil:
		return "NULL"
	case int64:
		return strconv.FormatInt(x, 10)
	case bool:
		return strconv.FormatBool(x)
	case []byte:
		return `"\\x` + hex.EncodeToString(x) + `"`
	case time.Time:
		return `"` + x.Format(sqliteTime) + `"`
	case string:
		return `"` + inArray.Replace(x) + `"`
	}
	return "NULL"
}
