package lance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/storagetest/goldentest"
)

// event is one type of event as the source declares it.
type event struct {
	name, schema, dir, doc string
	body                   types.Type
}

// plainWords are the members of bodies that may be plain strings: short codes and
// references, never names, addresses, texts or tokens.
var plainWords = []string{"code", "kind", "provider", "state", "subject"}

// TestGoldenEvents keeps docs/events.md and the JSON schema of every event's body,
// and lets no body hold anything but identifiers, states, amounts, times, numbers
// and codes.
func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	house := loadTree(t)
	events := declaredEvents(t, house)
	require.Greater(t, len(events), 20)
	var page strings.Builder
	page.WriteString(`# Events

Every change of state appends an event in its transaction. Events are sealed into one log with a dense sequence; order is kept per stream. A body holds identifiers, states, amounts and times, never names, addresses, texts, codes that open something, or tokens. The schema of each body is beside this page.

This page is written from the source by ` + "`make golden`" + `.

| Event | Schema | Package | Says |
| --- | --- | --- | --- |
`)
	for _, ev := range events {
		fmt.Fprintf(&page, "| [`%s`](events/%s.json) | %s | %s | %s |\n", ev.name, ev.name, ev.schema, ev.dir, ev.doc)
		body := schemaOf(t, ev.name, ev.body)
		body["$schema"], body["title"], body["description"] = "https://json-schema.org/draft/2020-12/schema", ev.name, ev.doc
		out, err := json.MarshalIndent(body, "", "  ")
		require.NoError(t, err)
		goldentest.Check(t, "docs/events/"+ev.name+".json", append(out, '\n'))
	}
	goldentest.Check(t, "docs/events.md", []byte(page.String()))
	noOrphans(t, events)
}

// noOrphans fails for a schema whose event is gone.
func noOrphans(t *testing.T, events []event) {
	t.Helper()
	files, err := os.ReadDir("docs/events")
	require.NoError(t, err)
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".json")
		require.True(t, slices.ContainsFunc(events, func(e event) bool { return e.name == name }), "%s is the schema of no event", f.Name())
	}
}

// declaredEvents type-checks every domain and returns the types that have
// EventType, by name.
func declaredEvents(t *testing.T, house *tree) []event {
	t.Helper()
	imp := exported(t, house.fset)
	var out []event
	for _, dir := range eventful(house) {
		var files []*ast.File
		for _, f := range house.files {
			if f.dir == dir && !f.test {
				files = append(files, f.syntax)
			}
		}
		conf := types.Config{Importer: imp}
		pkg, err := conf.Check(importPath(dir), house.fset, files, nil)
		require.NoError(t, err)
		for _, f := range files {
			out = append(out, eventsOf(pkg, dir, f)...)
		}
	}
	slices.SortFunc(out, func(a, b event) int { return strings.Compare(a.name, b.name) })
	return out
}

// eventful returns the folders that declare events.
func eventful(house *tree) (dirs []string) {
	for _, f := range house.files {
		if f.test || suite(f.dir) || program(f.dir) || slices.Contains(dirs, f.dir) {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "EventType" && fn.Body != nil {
				dirs = append(dirs, f.dir)
				break
			}
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// exported imports packages from what the go command has built.
func exported(t *testing.T, fset *token.FileSet) types.Importer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./escrow/...", "./auth/...", "./payments/...", "./marketplace/...")
	list, err := cmd.Output()
	require.NoError(t, err)
	files := map[string]string{}
	for line := range strings.Lines(string(list)) {
		if words := strings.Fields(line); len(words) == 2 {
			files[words[0]] = words[1]
		}
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		b, err := os.ReadFile(files[path])
		return io.NopCloser(bytes.NewReader(b)), err
	})
}

// eventsOf returns the events whose EventType a file declares.
func eventsOf(pkg *types.Package, dir string, f *ast.File) (out []event) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || fn.Name.Name != "EventType" {
			continue
		}
		ret, ok := fn.Body.List[0].(*ast.ReturnStmt)
		if !ok || len(ret.Results) != 2 {
			continue
		}
		typ := lastName(fn.Recv.List[0].Type)
		version, _ := ret.Results[1].(*ast.BasicLit)
		out = append(out, event{name: text(ret.Results[0]), schema: version.Value, dir: dir, doc: docOf(f, typ), body: pkg.Scope().Lookup(typ).Type()})
	}
	return out
}

// docOf returns the comment of a type on one line.
func docOf(f *ast.File, typ string) string {
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range gen.Specs {
			if spec, ok := s.(*ast.TypeSpec); ok && spec.Name.Name == typ {
				doc := gen.Doc.Text() + spec.Doc.Text()
				return strings.ReplaceAll(strings.TrimSpace(strings.ReplaceAll(doc, "\n", " ")), "|", `\|`)
			}
		}
	}
	return ""
}

// schemaOf returns the JSON schema of a struct.
func schemaOf(t *testing.T, event string, typ types.Type) map[string]any {
	t.Helper()
	properties, required := map[string]any{}, []string{}
	st, ok := typ.Underlying().(*types.Struct)
	require.True(t, ok, "the body of %s is not a struct", event)
	addMembers(t, event, st, properties, &required)
	slices.Sort(required)
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func addMembers(t *testing.T, event string, st *types.Struct, properties map[string]any, required *[]string) {
	t.Helper()
	for i := range st.NumFields() {
		f := st.Field(i)
		tag, opts, _ := strings.Cut(reflect.StructTag(st.Tag(i)).Get("json"), ",")
		if f.Embedded() && tag == "" {
			inner, ok := f.Type().Underlying().(*types.Struct)
			require.True(t, ok)
			addMembers(t, event, inner, properties, required)
			continue
		}
		require.NotEmpty(t, tag, "%s: %s has no name in JSON", event, f.Name())
		properties[tag] = member(t, event, tag, f.Type())
		if !strings.Contains(opts, "omit") {
			*required = append(*required, tag)
		}
	}
}

// member returns the schema of one member, and refuses what a body must not hold.
func member(t *testing.T, event, name string, typ types.Type) any {
	t.Helper()
	switch typ.String() {
	case module + ".Money":
		return map[string]any{"type": "object", "properties": map[string]any{
			"amount": map[string]any{"type": "string"}, "currency": map[string]any{"type": "string"},
		}, "required": []string{"amount", "currency"}}
	case "time.Time":
		return map[string]any{"type": "string", "format": "date-time"}
	}
	switch u := typ.Underlying().(type) {
	case *types.Basic:
		_, named := typ.(*types.Named)
		switch {
		case u.Info()&types.IsInteger != 0:
			return map[string]any{"type": "integer"}
		case u.Info()&types.IsBoolean != 0:
			return map[string]any{"type": "boolean"}
		case u.Kind() == types.String && (named || slices.Contains(plainWords, name)):
			return map[string]any{"type": "string"}
		}
	case *types.Slice:
		return map[string]any{"type": "array", "items": member(t, event, name, u.Elem())}
	}
	t.Fatalf("%s: %s is a %s; a body holds identifiers, states, amounts and times", event, name, typ)
	return nil
}
