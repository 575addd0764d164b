package lance_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sound is a small house that keeps every rule.
var sound = map[string]string{
	"doc.go":                               "// Package lance has the words.\npackage lance",
	"clock.go":                             "package lance\nimport (\"time\"; \"crypto/rand\")\nvar now, fill = time.Now, rand.Read",
	"machine.go":                           "package lance\nfunc NewMachine() { panic(1) }\nfunc mustBe() { panic(1) }\nvar table = func() int { panic(1) }()",
	"rerun.go":                             "package lance\nfunc rerun() { defer func() { if p := recover(); p != nil { panic(p) } }() }",
	"names.go":                             "package lance\nvar names = map[string]int{}\nfunc init() { names[\"a\"] = 1 }\nfunc f(names []int) { names[0] = 1 }",
	"example_test.go":                      "package lance_test\nfunc Example() {\n// Output:\n}",
	"escrow/doc.go":                        "// Package escrow holds.\npackage escrow\nimport _ \"github.com/megilance/lance/escrow/ledger\"",
	"escrow/e_test.go":                     "package escrow_test\nimport (\"testing\"; \"time\"; _ \"github.com/megilance/lance/storage/memstore\")\nvar x = time.Now\nfunc Example() {\n// Output: x\n}",
	"escrow/ledger/doc.go":                 "// Package ledger posts.\npackage ledger\nimport _ \"github.com/megilance/lance\"",
	"escrow/ledger/l_test.go":              "package ledger\nfunc Example() {\n// Output: x\n}",
	"storage/memstore/doc.go":              "// Package memstore remembers.\npackage memstore\nimport _ \"github.com/megilance/lance/escrow\"",
	"storage/memstore/m_test.go":           "package memstore\nfunc Example() {\n// Output: x\n}",
	"storage/storagetest/doc.go":           "// Package storagetest proves.\npackage storagetest\nimport (_ \"testing\"; \"os\")\nvar x = os.Getenv\nfunc f() { go f() }",
	"storage/bunstore/bunescrow/doc.go":    "// Package bunescrow stores.\npackage bunescrow\nimport (_ \"github.com/uptrace/bun\"; _ \"github.com/megilance/lance/escrow\")",
	"storage/bunstore/bunescrow/b_test.go": "package bunescrow\nfunc Example() {\n// Output: x\n}",
	"examples/tour/main.go":                "// Command tour shows.\npackage main\nimport (\"os\"; \"context\")\nfunc main() { go main(); _ = context.Background(); os.Exit(1) }",
	"examples/tour/main_test.go":           "package main\nfunc Example() {\n// Output: x\n}",
}

// lines returns a declaration of a function with n lines.
func longFunc(n int) string { return "func long() {" + strings.Repeat("\n", n-1) + "}" }

// breaches has, for each law, the smallest change to the sound house that
// breaks it, and a part of what the law must then say.
var breaches = []struct {
	law, name, path, source, says string
}{
	{"arrows between floors point one way", "a domain imports storage", "escrow/x.go", `package escrow; import _ "github.com/megilance/lance/storage/memstore"`, "escrow/x.go imports storage/memstore"},
	{"arrows between floors point one way", "the root imports a domain", "x.go", `package lance; import _ "github.com/megilance/lance/escrow"`, "x.go imports escrow"},
	{"arrows between floors point one way", "auth imports escrow", "auth/x.go", `package auth; import _ "github.com/megilance/lance/escrow"`, "auth/x.go imports escrow"},
	{"arrows inside a floor follow the declared order", "ledger imports escrow", "escrow/ledger/x.go", `package ledger; import _ "github.com/megilance/lance/escrow"`, "imports escrow"},
	{"arrows inside a floor follow the declared order", "project imports contract", "marketplace/project/x.go", `package project; import _ "github.com/megilance/lance/marketplace/contract"`, "imports marketplace/contract"},
	{"arrows inside a floor follow the declared order", "an aggregate nobody placed", "marketplace/novelty/x.go", `package novelty`, "marketplace/novelty is in no room"},
	{"arrows inside a floor follow the declared order", "one adapter imports the other", "storage/memstore/x.go", `package memstore; import _ "github.com/megilance/lance/storage/bunstore/bunescrow"`, "imports storage/bunstore/bunescrow"},
	{"bun only in storage/bunstore", "memstore uses bun", "storage/memstore/x.go", `package memstore; import _ "github.com/uptrace/bun/dialect/pgdialect"`, "imports github.com/uptrace/bun"},
	{"drivers only beside bun, in pgtest and in programs", "memstore uses pgx", "storage/memstore/x.go", `package memstore; import _ "github.com/jackc/pgx/v5"`, "pgx"},
	{"drivers only beside bun, in pgtest and in programs", "storagetest uses sqlite", "storage/storagetest/x.go", `package storagetest; import _ "modernc.org/sqlite"`, "sqlite"},
	{"net/http only at the edges", "escrow serves", "escrow/x.go", `package escrow; import _ "net/http"`, "net/http"},
	{"testing and its helpers only in tests and …test packages", "escrow imports testing", "escrow/x.go", `package escrow; import _ "testing"`, "testing"},
	{"testing and its helpers only in tests and …test packages", "escrow imports testify", "escrow/x.go", `package escrow; import _ "github.com/stretchr/testify/require"`, "testify"},
	{"crypto/rand only as the default Entropy", "escrow rolls its own", "escrow/x.go", `package escrow; import _ "crypto/rand"`, "crypto/rand"},
	{"math/rand nowhere", "even a test", "escrow/x_test.go", `package escrow; import _ "math/rand/v2"`, "math/rand"},
	{"unsafe and cgo nowhere", "escrow is unsafe", "escrow/x.go", `package escrow; import _ "unsafe"`, "unsafe"},
	{"domains reach no driver, no net/http and no test helper, even through others", "through a library", "escrow/x.go", `package escrow; import _ "example.org/innocent"`, "example.org/innocent -> net/http"},
	{"escrow with bunescrow links nothing of auth, payments or marketplace", "bunescrow imports auth", "storage/bunstore/bunescrow/x.go", `package bunescrow; import _ "github.com/megilance/lance/auth"`, "lance/auth"},
	{"escrow with bunescrow links nothing of auth, payments or marketplace", "bunescrow is missing", "storage/bunstore/bunescrow", "", "without storage/bunstore/bunescrow"},
	{"no floating point where money is", "a variable", "escrow/x.go", "package escrow\nvar fee float64", "escrow/x.go:2: float64"},
	{"no floating point where money is", "a literal", "escrow/x.go", "package escrow\nconst fee = 0.1", "0.1"},
	{"no floating point where money is", "a conversion", "escrow/x.go", "package escrow\nvar x = decimal.NewFromFloat(3)", "NewFromFloat"},
	{"the time comes from a Clock", "escrow looks at the wall", "escrow/x.go", "package escrow\nimport wall \"time\"\nvar x = wall.Now()", "time.Now"},
	{"the context comes from the caller", "escrow makes one", "escrow/x.go", "package escrow\nimport \"context\"\nvar x = context.Background()", "context.Background"},
	{"a library takes options, not the environment", "escrow looks around", "escrow/x.go", "package escrow\nimport \"os\"\nvar x = os.Getenv(`X`)", "os.Getenv"},
	{"a library returns errors and never ends the process", "escrow exits", "escrow/x.go", "package escrow\nimport \"os\"\nfunc x() { os.Exit(1) }", "os.Exit"},
	{"a library does not log", "escrow logs", "escrow/x.go", "package escrow\nimport \"log\"\nfunc x() { log.Fatal(1) }", "log.Fatal"},
	{"no panic outside the construction of tables", "a request panics", "escrow/x.go", "package escrow\nfunc Release() { panic(`no`) }", "panic in Release"},
	{"no panic outside the construction of tables", "a method named like a table maker", "x.go", "package lance\nfunc (T) NewMachine() { panic(`no`) }", "panic in NewMachine"},
	{"no goroutine that the caller did not ask for", "a go statement", "escrow/x.go", "package escrow\nfunc x() { go x() }", "a go statement"},
	{"no goroutine that the caller did not ask for", "a wait group's", "escrow/x.go", "package escrow\nfunc x() { wg.Go(x) }", "a call of Go"},
	{"a golden test says so in its name", "it does not", "escrow/x_test.go", "package escrow\nimport \"github.com/megilance/lance/storage/storagetest/goldentest\"\nfunc TestChart() { goldentest.Check() }", "escrow/x_test.go:3: TestChart"},
	{"no mutable registry at package level", "a map is filled", "escrow/x.go", "package escrow\nvar all = map[string]int{}\nfunc Register(k string) { all[k] = 1 }", "Register writes to all"},
	{"no mutable registry at package level", "in another file", "names2.go", "package lance\nfunc Forget() { clear(names) }", "Forget writes to names"},
	{"no folder at the top beyond the plan", "pkg", "pkg/", "", "pkg"},
	{"every package explains itself in doc.go", "escrow/policy is silent", "escrow/policy/x.go", "package policy", "escrow/policy"},
	{"every package explains itself in doc.go", "a comment elsewhere", "escrow/policy/x.go", "// Package policy rules.\npackage policy", "escrow/policy"},
	{"every package has an Example that runs", "none", "escrow/policy/x.go", "package policy", "escrow/policy"},
	{"every package has an Example that runs", "one without output", "escrow/ledger/l_test.go", "package ledger\nfunc Example() {}", "escrow/ledger"},
	{"a function fits on a screen, a file in a head", "71 lines", "escrow/x.go", "package escrow\n" + longFunc(71), "long has 71 lines"},
	{"a function fits on a screen, a file in a head", "101 lines of test", "escrow/x_test.go", "package escrow\n" + longFunc(101), "long has 101 lines"},
	{"a function fits on a screen, a file in a head", "501 lines", "escrow/x.go", "package escrow" + strings.Repeat("\n", 501), "has 501 lines"},
}

// house returns the sound house after one change: a file added or replaced, a
// folder taken away when there is no source, or added when its name ends in /.
func house(t *testing.T, changed, source string) *tree {
	t.Helper()
	files, top := map[string][]byte{}, []string{"escrow", "storage", "docs"}
	for name, s := range sound {
		files[name] = []byte(s)
	}
	name, added := strings.CutSuffix(changed, "/")
	switch {
	case added:
		top = append(top, name)
	case source != "":
		files[changed] = []byte(source)
	case changed != "":
		maps.DeleteFunc(files, func(path string, _ []byte) bool { return strings.HasPrefix(path, changed+"/") })
		files["storage/bunstore/doc.go"] = []byte("package bunstore")
	}
	built, err := newTree(files, map[string][]string{"example.org/innocent": {"net/http"}}, top)
	require.NoError(t, err)
	return built
}

func TestEveryRuleOfTheArchitectureCanFail(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, b := range breaches {
		shown[b.law] = true
	}
	for _, r := range rules() {
		require.True(t, shown[r.law], "no breach shows that this rule can fail: %s", r.law)
		require.NotEmpty(t, r.why, r.law)
		require.Empty(t, r.check(house(t, "", "")), "the sound house breaks: %s", r.law)
		delete(shown, r.law)
	}
	require.Empty(t, shown, "breaches of laws that do not exist")

	for _, b := range breaches {
		t.Run(b.law+"/"+b.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range rules() {
				if r.law == b.law {
					require.Contains(t, strings.Join(r.check(house(t, b.path, b.source)), "\n"), b.says)
				}
			}
		})
	}
}
