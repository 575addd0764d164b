package lance_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// each calls fn with every import of ours by ours, tests left out.
func (t *tree) each(fn func(f *file, from, to string)) {
	for _, f := range t.files {
		if f.test {
			continue
		}
		for _, target := range f.imported() {
			if to, ours := relative(target); ours {
				fn(f, f.dir, to)
			}
		}
	}
}

func checkArrows(t *tree) (found []string) {
	t.each(func(f *file, from, to string) {
		if a, b := top(from), top(to); a != b && !slices.Contains(arrows[a], b) {
			found = append(found, fmt.Sprintf("%s imports %s", f.path, to))
		}
	})
	return found
}

func checkRooms(t *tree) (found []string) {
	for _, dir := range t.dirs() {
		if floor := top(dir); floor != "." && !program(dir) && strings.Contains(dir, "/") && roomOf(dir) == floor {
			found = append(found, fmt.Sprintf("%s is in no room: say in rooms what it may import", dir))
		}
	}
	t.each(func(f *file, from, to string) {
		a, b := roomOf(from), roomOf(to)
		if top(from) == top(to) && a != b && !slices.Contains(rooms[a], b) {
			found = append(found, fmt.Sprintf("%s imports %s", f.path, to))
		}
	})
	return found
}

// roomOf returns the declared room with the longest prefix of dir, else the
// floor that dir lies on.
func roomOf(dir string) string {
	for room := dir; room != "."; room = path.Dir(room) {
		if _, declared := rooms[room]; declared {
			return room
		}
	}
	return top(dir)
}

// onlyIn returns a check that packages below the import paths are imported by
// folders for which where holds, and by tests.
func onlyIn(where func(dir string) bool, paths ...string) func(*tree) []string {
	return onlyInFiles(func(f *file) bool { return f.test || where(f.dir) }, paths...)
}

// nowhereAtAll returns a check that not even tests import the paths.
func nowhereAtAll(paths ...string) func(*tree) []string {
	return onlyInFiles(func(*file) bool { return false }, paths...)
}

func onlyInFiles(where func(*file) bool, paths ...string) func(*tree) []string {
	return func(t *tree) (found []string) {
		for _, f := range t.files {
			for _, target := range f.imported() {
				if within(target, paths...) && !where(f) {
					found = append(found, fmt.Sprintf("%s imports %s", f.path, target))
				}
			}
		}
		return found
	}
}

// inDirs returns a predicate for being in one of the folders.
func inDirs(dirs ...string) func(dir string) bool {
	return func(dir string) bool { return within(dir, dirs...) }
}

// defaultsOfRoot holds for the file where the default Clock and Entropy live,
// and for test code.
func defaultsOfRoot(f *file) bool {
	name := path.Base(f.path)
	return f.test || suite(f.dir) || f.dir == "." && (strings.Contains(name, "clock") || strings.Contains(name, "entropy"))
}

// checkReach follows every import of the domains to its end.
func checkReach(t *tree) (found []string) {
	banned := append([]string{"net/http", "testing", "github.com/stretchr/testify"}, drivers...)
	for _, dir := range t.dirs() {
		if within(top(dir), "storage", "refserver", "examples") || suite(dir) || within(dir, networked...) {
			continue
		}
		for target, way := range t.reach(importPath(dir)) {
			if within(target, banned...) {
				found = append(found, way)
			}
		}
	}
	slices.Sort(found)
	return found
}

// reach returns every package that start depends on, with the way there. Each
// way is a shortest one.
func (t *tree) reach(start string) map[string]string {
	ways := map[string]string{start: start}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		for _, target := range t.imports[queue[0]] {
			if _, seen := ways[target]; !seen {
				ways[target] = ways[queue[0]] + " -> " + target
				queue = append(queue, target)
			}
		}
	}
	return ways
}

// checkEscrowAlone is not content with absence: once there is a bunstore, there
// must be a bunescrow to look at.
func checkEscrowAlone(t *tree) (found []string) {
	const adapter = "storage/bunstore/bunescrow"
	dirs := t.dirs()
	if slices.ContainsFunc(dirs, inDirs("storage/bunstore")) && !slices.Contains(dirs, adapter) {
		return []string{"storage/bunstore is there without " + adapter}
	}
	for _, dir := range dirs {
		if !within(dir, "escrow", adapter) {
			continue
		}
		for target, way := range t.reach(importPath(dir)) {
			if to, ours := relative(target); ours && within(top(to), "auth", "payments", "marketplace") {
				found = append(found, way)
			}
		}
	}
	slices.Sort(found)
	return found
}

// refers returns a check that the named things of an imported package are
// mentioned only in files for which where holds.
func refers(where func(*file) bool, pkg string, names ...string) func(*tree) []string {
	return func(t *tree) (found []string) {
		for _, f := range t.files {
			local := f.localName(pkg)
			if where(f) || local == "" {
				continue
			}
			ast.Inspect(f.syntax, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, s.Sel.Name) && isIdent(s.X, local) {
					found = append(found, t.at(s, "%s.%s", pkg, s.Sel.Name))
				}
				return true
			})
		}
		return found
	}
}

// localName returns the name under which f imports pkg, or "".
func (f *file) localName(pkg string) string {
	for i, target := range f.imported() {
		if target != pkg {
			continue
		}
		if name := f.syntax.Imports[i].Name; name != nil {
			return name.Name
		}
		return path.Base(pkg)
	}
	return ""
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// programs holds for programs and test code.
func programs(f *file) bool { return f.test || suite(f.dir) || program(f.dir) }

// clockless holds where the real time may be read.
func clockless(f *file) bool { return programs(f) || defaultsOfRoot(f) }
