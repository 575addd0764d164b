package taxonomy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/memstore/memmarketplace"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "category_lifecycle.mermaid", []byte(taxonomy.CategoryLifecycle.Mermaid()))
	goldentest.Check(t, "skill_lifecycle.mermaid", []byte(taxonomy.SkillLifecycle.Mermaid()))
}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	for _, m := range []*lance.Machine[taxonomy.State, taxonomy.Action]{taxonomy.CategoryLifecycle, taxonomy.SkillLifecycle} {
		lifecycletest.Walk(t, m, `
			active edit active admin
			active retire retired admin
			retired restore active admin`)
	}
}

func TestSlugs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Go": "go", "C++": "c-plus-plus", "C#": "c-sharp", "C": "c", ".NET": "dot-net", "Node.js": "node-js", "R&D": "r-and-d",
		"Two   (words)": "two-words", "UI/UX": "ui-ux", "日本語": "日本語", "Übersetzung": "übersetzung", "اردو": "اردو", "***": "", "": "",
		"<script>": "script", "--x--": "x",
	} {
		require.Equal(t, want, taxonomy.Slug(name), name)
		require.Equal(t, want, taxonomy.Slug(want), "a slug is the slug of itself")
	}
}

func FuzzSlugIsStable(f *testing.F) {
	for _, s := range []string{"C++", ".net", "a.b", "Ünï", "İ", "\xff", "#", "a+#&b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		slug := taxonomy.Slug(name)
		if again := taxonomy.Slug(slug); again != slug {
			t.Fatalf("%q became %q and then %q", name, slug, again)
		}
		if strings.ContainsAny(slug, " /?#%<>\"'") {
			t.Fatalf("%q is no part of an address", slug)
		}
	})
}

func TestListsOfAnyWritingBecomeOne(t *testing.T) {
	t.Parallel()
	want := taxonomy.List{"Go", "Machine learning", "C++"}
	for _, text := range []string{
		"Go,Machine learning,C++", " Go ,  Machine   learning ,C++,", `["Go","Machine learning","C++"]`, `"Go", "Machine learning", C++`,
		"Go\nMachine learning\nC++", `[" Go ","","go","Machine  learning","C++","c++"]`, "Go,go,GO,Machine learning,C++",
	} {
		got, err := taxonomy.ParseList(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		var read taxonomy.List
		require.NoError(t, json.Unmarshal(quoted, &read))
		require.Equal(t, want, read)
	}
	var read taxonomy.List
	require.NoError(t, json.Unmarshal([]byte(`["Go","Machine learning","C++"]`), &read))
	require.Equal(t, want, read)
	for _, empty := range []string{`""`, `"  "`, `null`, `[]`, `["",","]`} {
		read = nil
		require.NoError(t, json.Unmarshal([]byte(empty), &read), empty)
		require.Empty(t, slices.DeleteFunc(read, func(s string) bool { return s == "," }), empty)
	}
}

func TestListsThatAreRefused(t *testing.T) {
	t.Parallel()
	many := make([]string, taxonomy.MaxList+1)
	for i := range many {
		many[i] = fmt.Sprintf("w%d", i)
	}
	for text, code := range map[string]string{
		strings.Join(many, ","):       "list_too_long",
		strings.Repeat("a", 9000):     "list_too_long",
		strings.Repeat("a", 61):       "word_too_long",
		`["a"`:                        "list_syntax",
		`[1,2]`:                       "list_syntax",
		`[["a"]]`:                     "list_syntax",
		"a,<script>alert(1)</script>": "text_markup",
		"a\x00b":                      "text_control",
		"a,\xff":                      "text_utf8",
	} {
		_, err := taxonomy.ParseList(text)
		require.ErrorIs(t, err, lance.Invalid, "%.20q", text)
		require.Contains(t, err.Error(), code)
		require.NotContains(t, err.Error(), "script>alert", "a fault repeats nothing")
	}
	var read taxonomy.List
	for _, bad := range []string{`{"a":1}`, `7`, `["a",7]`, `[null,{}]`} {
		require.Error(t, json.Unmarshal([]byte(bad), &read), bad)
	}
}

// An administrator makes a skill; people find it however they write it.
func Example() {
	ctx := context.Background()
	skills := taxonomy.NewService(memmarketplace.New(nil), nil)
	admin := lance.Person("1", lance.RoleAdmin)
	for _, name := range []string{"C++", "Go", "Machine learning"} {
		_, err := skills.CreateSkill(ctx, admin, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: name}})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	words, err := taxonomy.ParseList("go, MACHINE LEARNING, c++, Go")
	fmt.Println(len(words), err)
	ids, err := skills.Resolve(ctx, words)
	fmt.Println(len(ids), err)
	found, err := skills.Suggest(ctx, "mach", 5)
	fmt.Println(found[0].Name, found[0].Slug, err)
	// Output:
	// 3 <nil>
	// 3 <nil>
	// Machine learning machine-learning <nil>
}
