package lance_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The architecture test: every rule of the house about who may import whom and
// what source may say, each with its reason. arch_rules_test.go has the table,
// arch_imports_test.go and arch_source_test.go the checks, and
// arch_broken_test.go shows that each rule can fail.

const module = "github.com/megilance/lance"

// rule is one law of the house. check returns a line for each breach.
type rule struct {
	law, why string
	check    func(*tree) []string
}

func TestArchitecture(t *testing.T) {
	t.Parallel()
	house := loadTree(t)
	for _, r := range rules() {
		t.Run(r.law, func(t *testing.T) {
			t.Parallel()
			if found := r.check(house); len(found) > 0 {
				t.Errorf("%s, because %s:\n\t%s", r.law, r.why, strings.Join(found, "\n\t"))
			}
		})
	}
}

// tree is what the rules look at: all Go source of the module, the imports
// that reach beyond it, and the folders at the top.
type tree struct {
	fset    *token.FileSet
	files   []*file
	imports map[string][]string // by import path, tests left out
	folders []string
}

// file is one source file; dir is "." for the root.
type file struct {
	path, dir string
	test      bool // named …_test.go
	lines     int
	syntax    *ast.File
}

// newTree parses source by path and adds the imports of foreign packages.
func newTree(source map[string][]byte, foreign map[string][]string, folders []string) (*tree, error) {
	t := &tree{fset: token.NewFileSet(), imports: maps.Clone(foreign), folders: folders}
	if t.imports == nil {
		t.imports = map[string][]string{}
	}
	own := map[string]map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(source)) {
		syntax, err := parser.ParseFile(t.fset, name, source[name], parser.ParseComments)
		if err != nil {
			return nil, err
		}
		f := &file{
			path: name, dir: path.Dir(name), syntax: syntax,
			test: strings.HasSuffix(name, "_test.go"), lines: bytes.Count(source[name], []byte("\n")),
		}
		t.files = append(t.files, f)
		if f.test {
			continue
		}
		if own[f.dir] == nil {
			own[f.dir] = map[string]bool{}
		}
		for _, target := range f.imported() {
			own[f.dir][target] = true
		}
	}
	for dir, targets := range own {
		t.imports[importPath(dir)] = slices.Sorted(maps.Keys(targets))
	}
	return t, nil
}

// loadTree reads the module that this test belongs to.
func loadTree(t *testing.T) *tree {
	t.Helper()
	source := map[string][]byte{}
	require.NoError(t, fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		source[name], err = os.ReadFile(filepath.FromSlash(name))
		return err
	}))
	house, err := newTree(source, foreignImports(t), topFolders(t))
	require.NoError(t, err)
	return house
}

// foreignImports returns the imports of every package that ours depend on. What
// does not build is for the compiler to report, hence -e.
func foreignImports(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	foreign := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if _, ours := relative(words[0]); !ours {
			foreign[words[0]] = words[1:]
		}
	}
	return foreign
}

// topFolders returns the folders at the top, without those that tools hide
// behind a dot.
func topFolders(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var folders []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			folders = append(folders, e.Name())
		}
	}
	return folders
}

// importPath returns the import path of a folder of ours.
func importPath(dir string) string {
	if dir == "." {
		return module
	}
	return module + "/" + dir
}

// relative returns the folder of an import path, and whether it is ours.
func relative(importPath string) (dir string, ours bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// top returns the folder at the top that dir lies in; the root is ".".
func top(dir string) string {
	name, _, _ := strings.Cut(dir, "/")
	return name
}

// within reports whether dir is, or lies in, one of the folders.
func within(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		return dir == f || strings.HasPrefix(dir, f+"/")
	})
}

// suite reports whether dir is a …test package: test code that others import.
func suite(dir string) bool {
	return slices.ContainsFunc(strings.Split(dir, "/"), func(s string) bool { return strings.HasSuffix(s, "test") })
}

// program reports whether dir is a program's own ground, where the process, its
// clock and its goroutines belong to us.
func program(dir string) bool { return within(dir, "refserver", "examples") }

// imported returns the import paths of f.
func (f *file) imported() []string {
	var paths []string
	for _, spec := range f.syntax.Imports {
		p, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
		paths = append(paths, p)
	}
	return paths
}

// code returns the files that are neither tests nor …test packages.
func (t *tree) code() []*file {
	return slices.DeleteFunc(slices.Clone(t.files), func(f *file) bool { return f.test || suite(f.dir) })
}

// dirs returns the folders that hold a package, sorted.
func (t *tree) dirs() []string {
	found := map[string]bool{}
	for _, f := range t.files {
		if !f.test {
			found[f.dir] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// at returns "file:line: what" for a breach.
func (t *tree) at(n ast.Node, format string, args ...any) string {
	p := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d: %s", p.Filename, p.Line, fmt.Sprintf(format, args...))
}
