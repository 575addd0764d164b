package lance_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheEscrowPageNamesAll holds docs/escrow.md to what it promises: every
// clock, every reason why one stands, every failure of escrow,
// its disputes, and claims on the guarantee.
func TestTheEscrowPageNamesAll(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/escrow.md")
	require.NoError(t, err)
	house := loadTree(t)
	var missing []string
	seen := 0
	ask := func(what, word string) {
		seen++
		if !strings.Contains(string(page), "`"+word+"`") {
			missing = append(missing, what+" "+word)
		}
	}
	told := []string{"escrow", "escrow/dispute", "payments/guarantee"}
	for name, word := range stringConsts(house) {
		dir, name, _ := strings.Cut(name, " ")
		if slices.Contains(told, dir) && (strings.HasPrefix(name, "Kind") || strings.HasPrefix(name, "Why")) {
			ask("clock", word)
		}
	}
	for _, c := range codesOf(house) {
		rare := strings.HasSuffix(c.name, "_exists") || c.kind == "invalid (field)" || c.kind == "internal"
		if slices.Contains(told, c.dir) && !rare {
			ask("failure", c.name)
		}
	}
	require.Empty(t, missing)
	require.Greater(t, seen, 25)
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	unsaid  = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// TestTheLinksOfThePagesLead follows every link of README.md and docs/ to a file
// of the module, and into it.
func TestTheLinksOfThePagesLead(t *testing.T) {
	t.Parallel()
	var pages, broken []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		pages = append(pages, found...)
	}
	require.Greater(t, len(pages), 10)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(m[1], ":") && !leads(page, m[1]) {
				broken = append(broken, page+": "+m[1])
			}
		}
	}
	require.Empty(t, broken)
}

// leads reports whether a link of a page has a file, and a heading in it if it
// names one.
func leads(page, to string) bool {
	file, place, _ := strings.Cut(to, "#")
	if file = path.Join(path.Dir(page), file); strings.HasPrefix(to, "#") {
		file = page
	}
	if place == "" {
		_, err := os.Stat(file)
		return err == nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	for _, m := range heading.FindAllStringSubmatch(string(text), -1) {
		said := unsaid.ReplaceAllString(strings.ToLower(m[1]), "")
		if strings.ReplaceAll(said, " ", "-") == place {
			return true
		}
	}
	return false
}
