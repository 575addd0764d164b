package lance_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

// code is one line of docs/errors.md.
type code struct{ name, kind, dir, msg string }

var (
	snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	kinds = func() map[string]string {
		out := map[string]string{}
		for k := lance.Internal; k <= lance.Unavailable; k++ {
			words := strings.Split(k.String(), "_")
			for i, w := range words {
				words[i] = strings.ToUpper(w[:1]) + w[1:]
			}
			out[strings.Join(words, "")] = k.String()
		}
		return out
	}()
)

// TestGoldenErrorCodes keeps docs/errors.md: every code that a source names, with
// its kind, where it comes from and what it says.
func TestGoldenErrorCodes(t *testing.T) {
	t.Parallel()
	codes := codesOf(loadTree(t))
	require.Greater(t, len(codes), 50)
	goldentest.Check(t, "docs/errors.md", []byte(codesPage(codes)))
}

// codesOf returns the codes of all packages that are no programs, in order.
func codesOf(house *tree) []code {
	var codes []code
	nouns := stringConsts(house)
	for _, f := range house.files {
		if f.test || suite(f.dir) || program(f.dir) || f.dir == "marketplace/sim" { // it plays the faults of others
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				codes = append(codes, codesOfCall(f.dir, n, nouns)...)
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && id.Name == "Noun" {
					codes = append(codes, codesOfTable(f.dir, resolve(f.dir, n.Value, nouns))...)
				}
			}
			return true
		})
	}
	slices.SortFunc(codes, func(a, b code) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.kind, b.kind), strings.Compare(a.dir, b.dir), strings.Compare(a.msg, b.msg))
	})
	return slices.CompactFunc(codes, func(a, b code) bool { return a.name == b.name && a.kind == b.kind && a.dir == b.dir })
}

// text returns the value of a string literal, else "".
func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// stringConsts returns the string constants of every package by "dir Name".
func stringConsts(house *tree) map[string]string {
	out := map[string]string{}
	for _, f := range house.files {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == len(spec.Names) {
				for i, name := range spec.Names {
					out[f.dir+" "+name.Name] = text(spec.Values[i])
				}
			}
			return true
		})
	}
	return out
}

// resolve returns the value of a string literal or a constant of the package.
func resolve(dir string, e ast.Expr, consts map[string]string) string {
	if id, ok := e.(*ast.Ident); ok {
		return consts[dir+" "+id.Name]
	}
	return text(e)
}

// codesOfCall finds E(Kind, "code", "message"), anything like Add("/pointer",
// "code", "a message"), and the two codes that a lifecycle makes of its noun.
func codesOfCall(dir string, call *ast.CallExpr, nouns map[string]string) []code {
	if len(call.Args) < 2 {
		return nil
	}
	name := lastName(call.Fun)
	if name == "NewMachine" {
		noun := resolve(dir, call.Args[0], nouns)
		return []code{
			{noun + "_state", "precondition", dir, "the state does not have the action"},
			{noun + "_relation", "forbidden", dir, "the action is not the caller's to do"},
		}
	}
	if len(call.Args) != 3 || !snake.MatchString(text(call.Args[1])) {
		return nil
	}
	if kind, ok := kinds[lastName(call.Args[0])]; ok && name == "E" {
		return []code{{text(call.Args[1]), kind, dir, text(call.Args[2])}}
	}
	if msg := text(call.Args[2]); strings.Contains(msg, " ") && name != "E" {
		return []code{{text(call.Args[1]), "invalid (field)", dir, msg}}
	}
	return nil
}

func codesOfTable(dir, noun string) []code {
	if noun == "" {
		return nil
	}
	return []code{
		{noun + "_not_found", "not_found", dir, "absent, or not the caller's"},
		{noun + "_exists", "exists", dir, "something unique is taken"},
		{noun + "_stale", "stale", dir, "changed since it was read"},
	}
}

// lastName returns the identifier that an expression ends in.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return lastName(e.X)
	}
	return ""
}

func codesPage(codes []code) string {
	var b strings.Builder
	b.WriteString(`# Error codes

Every fault is a ` + "`*lance.Error`" + ` with a kind, a code and a message. Kinds and codes are stable API; messages are for people and may change. ` + "`errors.Is(err, lance.NotFound)`" + ` asks for a kind, ` + "`lance.CodeOf(err)`" + ` for the code. An invalid input has the code ` + "`invalid_input`" + ` and lists each part that is wrong as a field: a JSON pointer, a code and a message.

This page is written from the source by ` + "`make golden`" + `.

| Code | Kind | Package | Says |
| --- | --- | --- | --- |
`)
	for _, c := range codes {
		dir := c.dir
		if dir == "." {
			dir = "lance"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.name, c.kind, dir, strings.ReplaceAll(c.msg, "|", `\|`))
	}
	return b.String()
}
