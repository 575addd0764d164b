package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/megilance/lance"
	"github.com/megilance/lance/refserver/problem"
)

// MaxDepth bounds how deep a body may be nested.
const MaxDepth = 32

// jsonFormat reads and writes JSON. It reads strictly: two members of one name,
// text that is not UTF-8 and bottomless nesting are refused before anything else
// looks at the body.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		tree, first := v.(*any) // the first reading, by which the schema is checked
		if !first {
			return json.Unmarshal(data, v)
		}
		if err := strict(data); err != nil {
			return problem.Carry(err)
		}
		if err := json.Unmarshal(data, v); err != nil {
			return err
		}
		var f lance.Faults
		if values(&f, "", *tree); f.Err() != nil {
			return problem.Carry(problem.Of(context.Background(), f.Err()))
		}
		return nil
	},
}

// values notes what a schema does not know: how many decimals an amount of a
// currency has, and that no text has a zero character, which not every store
// could keep or even look for.
func values(f *lance.Faults, at string, v any) {
	switch v := v.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			f.Add(at, "text_control", "text has no zero character")
		}
	case []any:
		for i, item := range v {
			values(f, at+"/"+strconv.Itoa(i), item)
		}
	case map[string]any:
		_, amount := v["amount"].(string)
		_, currency := v["currency"].(string)
		if raw, err := json.Marshal(v); err == nil && amount && currency && len(v) == 2 {
			f.Check(at, new(lance.Money).UnmarshalJSON(raw))
			return
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			values(f, at+"/"+problem.Escape(name), v[name])
		}
	}
}

// strict checks what encoding/json is lax about.
func strict(data []byte) *problem.Problem {
	if !utf8.Valid(data) {
		return problem.New(http.StatusBadRequest, "text_utf8", "the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := value(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem.New(http.StatusBadRequest, "body_syntax", "something follows the JSON")
	}
	return nil
}

// value reads one value.
func value(d *json.Decoder, depth int) *problem.Problem {
	if depth > MaxDepth {
		return problem.New(http.StatusBadRequest, "body_depth", "the body is nested too deep")
	}
	t, err := d.Token()
	if err != nil {
		return syntax()
	}
	delim, opens := t.(json.Delim)
	if !opens {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				return syntax()
			}
			if seen[name.(string)] { //nolint:forcetypeassert // the decoder gives a member's name as a string
				return problem.New(http.StatusBadRequest, "body_duplicate", "a member of an object is given twice")
			}
			seen[name.(string)] = true //nolint:forcetypeassert // as above
		}
		if err := value(d, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return syntax()
	}
	return nil
}

func syntax() *problem.Problem {
	return problem.New(http.StatusBadRequest, "body_syntax", "the body cannot be read as JSON")
}
