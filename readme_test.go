package lance_test

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// block is a piece of Go in a page. A whole program starts with its package
// clause, under ```go; anything less says so: ```go fragment.
type block struct {
	page     string
	line     int
	source   string
	fragment bool
}

// fence finds a fenced block of Go and what its first line says of it.
var fence = regexp.MustCompile("(?ms)^```go([^\n]*)\n(.*?)^```$")

// TestTheCodeOfThePagesCompiles builds every program that README.md and docs/
// show, against this module, and parses every fragment.
func TestTheCodeOfThePagesCompiles(t *testing.T) {
	t.Parallel()
	var blocks []block
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		pages, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, page := range pages {
			text, err := os.ReadFile(page)
			require.NoError(t, err)
			blocks = append(blocks, blocksOf(page, string(text))...)
		}
	}
	require.Empty(t, faultsOf(t, blocks))
}

func TestBadCodeInAPageIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"a program":             {"```go\npackage main\n\nfunc main() {}\n```\n", ""},
		"of ours":               {"```go\npackage x\n\nimport \"github.com/megilance/lance\"\n\nvar _ lance.Kind = lance.NotFound\n```\n", ""},
		"a call":                {"```go fragment\nx, err := f()\n```\n", ""},
		"a declaration":         {"```go fragment\nfunc f() (int, error)\n```\n", ""},
		"another language":      {"```sh\ngo run .\n```\n", ""},
		"does not compile":      {"```go\npackage main\n\nfunc main() { nothing() }\n```\n", "undefined: nothing"},
		"uses what is not ours": {"text\n```go\npackage x\n\nimport \"github.com/megilance/lance\"\n\nvar _ = lance.Nothing\n```\n", "page.md:7"},
		"a fragment unmarked":   {"```go\nx := 1\n```\n", "page.md:1: a block that is no whole program"},
		"a fragment malformed":  {"\n\n```go fragment\nx := := 1\n```\n", "page.md:3"},
		"an unknown mark":       {"```go nocheck\nx := 1\n```\n", "page.md:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := faultsOf(t, blocksOf("page.md", c.text))
			if c.want == "" {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, c.want)
		})
	}
}

func blocksOf(page, text string) []block {
	var blocks []block
	for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
		blocks = append(blocks, block{
			page: page, line: 1 + strings.Count(text[:m[0]], "\n"),
			source: text[m[4]:m[5]], fragment: strings.TrimSpace(text[m[2]:m[3]]) == "fragment",
		})
	}
	return blocks
}

// faultsOf returns what is wrong with the blocks, "" for nothing.
func faultsOf(t *testing.T, blocks []block) string {
	t.Helper()
	var faults []string
	var programs []block
	for _, b := range blocks {
		switch {
		case b.fragment:
			if err := parseFragment(b.source); err != nil {
				faults = append(faults, fmt.Sprintf("%s:%d: %v", b.page, b.line, err))
			}
		case strings.HasPrefix(b.source, "package ") || strings.HasPrefix(b.source, "//"):
			programs = append(programs, b)
		default:
			faults = append(faults, fmt.Sprintf("%s:%d: a block that is no whole program is marked ```go fragment", b.page, b.line))
		}
	}
	if said := compile(t, programs); said != "" {
		faults = append(faults, said)
	}
	return strings.Join(faults, "\n")
}

// parseFragment accepts declarations or statements.
func parseFragment(source string) error {
	if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+source, 0); err == nil {
		return nil
	}
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+source+"}", 0)
	return err
}

// compile builds the programs, without linking them, as if each were a package
// of this module, and
// returns what the compiler says.
func compile(t *testing.T, programs []block) string {
	t.Helper()
	if len(programs) == 0 {
		return ""
	}
	root, err := os.Getwd()
	require.NoError(t, err)
	dir := t.TempDir()
	replace := map[string]string{}
	for i, b := range programs {
		name := filepath.Join(dir, fmt.Sprintf("%d.go", i))
		require.NoError(t, os.WriteFile(name, fmt.Appendf(nil, "//line %s:%d\n%s", b.page, b.line+1, b.source), 0o600))
		replace[filepath.Join(root, "pages", fmt.Sprintf("p%d", i), "main.go")] = name
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, overlay, 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-overlay="+list, "./pages/...").CombinedOutput()
	if err != nil {
		return string(out)
	}
	return ""
}
