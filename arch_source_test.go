package lance_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/token"
	"path"
	"slices"
	"strings"
)

const (
	maxFuncLines = 70
	maxTestLines = 100
	maxFileLines = 500
)

func checkFloats(t *tree) (found []string) {
	for _, f := range t.code() {
		if !within(f.dir, money...) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if strings.Contains(n.Name, "Float") || n.Name == "float32" || n.Name == "float64" {
					found = append(found, t.at(n, "%s", n.Name))
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT || n.Kind == token.IMAG {
					found = append(found, t.at(n, "the literal %s", n.Value))
				}
			}
			return true
		})
	}
	return found
}

// checkPanics lets four things panic: a function named Must… or must…, one of
// tableMakers, an initialiser of a package variable, and who passes on what he
// recovered.
func checkPanics(t *tree) (found []string) {
	for _, f := range t.code() {
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || makesTables(f.dir, fn) {
				continue
			}
			recovered := recoveredNames(fn)
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isIdent(call.Fun, "panic") {
					return true
				}
				if id, ok := call.Args[0].(*ast.Ident); !ok || !slices.Contains(recovered, id.Name) {
					found = append(found, t.at(call, "panic in %s", fn.Name.Name))
				}
				return true
			})
		}
	}
	return found
}

func makesTables(dir string, fn *ast.FuncDecl) bool {
	name := fn.Name.Name
	return strings.HasPrefix(strings.ToLower(name), "must") || fn.Recv == nil && slices.Contains(tableMakers, dir+" "+name)
}

// recoveredNames returns the variables of fn that hold what recover returned.
func recoveredNames(fn *ast.FuncDecl) (names []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 {
			return true
		}
		call, isCall := a.Rhs[0].(*ast.CallExpr)
		id, isName := a.Lhs[0].(*ast.Ident)
		if isCall && isName && isIdent(call.Fun, "recover") {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

// checkGoroutines looks for the go statement and for what hides one: Go of a
// wait group or error group, and AfterFunc.
func checkGoroutines(t *tree) (found []string) {
	for _, f := range t.code() {
		if program(f.dir) {
			continue
		}
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && goroutines[f.dir+" "+fn.Name.Name] != "" {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					found = append(found, t.at(n, "a go statement"))
				case *ast.CallExpr:
					if s, ok := n.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "Go" || s.Sel.Name == "AfterFunc") {
						found = append(found, t.at(n, "a call of %s", s.Sel.Name))
					}
				}
				return true
			})
		}
	}
	return found
}

// checkGolden asks for the word in the name of whatever calls goldentest.Check.
func checkGolden(t *tree) (found []string) {
	for _, f := range t.files {
		local := f.localName(importPath("storage/storagetest/goldentest"))
		if local == "" || within(f.dir, "storage/storagetest/goldentest") {
			continue
		}
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || strings.Contains(strings.ToLower(fn.Name.Name), "golden") {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Check" && isIdent(s.X, local) {
					found = append(found, t.at(s, "%s", fn.Name.Name))
				}
				return true
			})
		}
	}
	return found
}

// checkRegistries looks for functions that write to a variable of their
// package: assign it, assign a part of it, delete from it, or call a method
// that changes a sync.Map. Functions named init may.
func checkRegistries(t *tree) (found []string) {
	vars := map[string][]string{}
	for _, f := range t.code() {
		for _, name := range packageVars(f.syntax) {
			if name != "_" && memos[f.dir+" "+name] == "" {
				vars[f.dir] = append(vars[f.dir], name)
			}
		}
	}
	for _, f := range t.code() {
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Name.Name == "init" {
				continue
			}
			own := declared(fn)
			ast.Inspect(fn, func(n ast.Node) bool {
				for _, target := range written(n) {
					if id := base(target); id != nil && slices.Contains(vars[f.dir], id.Name) && !slices.Contains(own, id.Name) {
						found = append(found, t.at(id, "%s writes to %s", fn.Name.Name, id.Name))
					}
				}
				return true
			})
		}
	}
	return found
}

func packageVars(f *ast.File) (names []string) {
	for _, decl := range f.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
			for _, spec := range d.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					names = append(names, id.Name)
				}
			}
		}
	}
	return names
}

// written returns the expressions that a statement or call writes to.
func written(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.CallExpr:
		if isIdent(n.Fun, "delete") || isIdent(n.Fun, "clear") {
			return n.Args[:1]
		}
		mutators := []string{"Store", "LoadOrStore", "Swap", "CompareAndSwap", "Delete", "Add"}
		if s, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains(mutators, s.Sel.Name) {
			return []ast.Expr{s.X}
		}
	}
	return nil
}

// base returns the identifier that an expression starts from: m of m[k].f.
func base(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// declared returns the names that fn declares anywhere in itself. One of them
// may hide a variable of the package, so a write to it is not looked at.
func declared(fn *ast.FuncDecl) (names []string) {
	note := func(exprs ...ast.Expr) {
		for _, e := range exprs {
			if id, ok := e.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, id := range n.Names {
				note(id)
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				note(id)
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				note(n.Lhs...)
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				note(n.Key, n.Value)
			}
		}
		return true
	})
	return names
}

func checkFolders(t *tree) (found []string) {
	for _, name := range t.folders {
		if !slices.Contains(folders, name) {
			found = append(found, name)
		}
	}
	return found
}

// checkDocs asks for a package comment in doc.go, of programs anywhere.
func checkDocs(t *tree) (found []string) {
	for _, dir := range t.dirs() {
		if !slices.ContainsFunc(t.files, func(f *file) bool {
			return f.dir == dir && !f.test && f.syntax.Doc != nil && (path.Base(f.path) == "doc.go" || f.syntax.Name.Name == "main")
		}) {
			found = append(found, dir)
		}
	}
	return found
}

// checkExamples asks for an Example with its output, of all but …test packages.
func checkExamples(t *tree) (found []string) {
	for _, dir := range t.dirs() {
		if exampleless[dir] == "" && !suite(dir) && !slices.ContainsFunc(t.files, func(f *file) bool {
			return f.dir == dir && f.test && slices.ContainsFunc(doc.Examples(f.syntax), func(e *doc.Example) bool {
				return e.Output != "" || e.EmptyOutput
			})
		}) {
			found = append(found, dir)
		}
	}
	return found
}

func checkSizes(t *tree) (found []string) {
	for _, f := range t.files {
		if ast.IsGenerated(f.syntax) {
			continue
		}
		if f.lines > maxFileLines {
			found = append(found, fmt.Sprintf("%s has %d lines", f.path, f.lines))
		}
		limit := maxFuncLines
		if f.test || suite(f.dir) {
			limit = maxTestLines
		}
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := t.fset.Position(fn.End()).Line - t.fset.Position(fn.Pos()).Line + 1; n > limit {
				found = append(found, t.at(fn, "%s has %d lines", fn.Name.Name, n))
			}
		}
	}
	return found
}
