package lance_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/renderer/html"
	xhtml "golang.org/x/net/html"

	"github.com/megilance/lance"
)

// lines reads a corpus: one text a line, with \n for a line break, # for a comment.
func lines(t testing.TB, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && !strings.HasPrefix(line, "# ") {
			out = append(out, strings.ReplaceAll(line, `\n`, "\n"))
		}
	}
	require.NotEmpty(t, out)
	return out
}

func TestDangerousMarkupIsRefused(t *testing.T) {
	t.Parallel()
	for _, s := range lines(t, "testdata/markup_dangerous.txt") {
		for _, r := range []lance.TextRule{lance.BodyText, lance.RequiredBodyText} {
			require.Equal(t, "text_markup", lance.CodeOf(r.Check(s)), "%q", s)
		}
	}
	for _, s := range lines(t, "testdata/markup_dangerous_html.txt") {
		require.Equal(t, "text_markup", lance.CodeOf(lance.NoteText.Check(s)), "%q as plain text", s)
		require.Equal(t, "text_markup", lance.CodeOf(lance.BodyText.Check(s)), "%q as Markdown", s)
	}
}

func TestHarmlessTextIsKept(t *testing.T) {
	t.Parallel()
	for _, s := range lines(t, "testdata/markup_harmless.txt") {
		require.NoError(t, lance.BodyText.Check(s), "%q", s)
	}
}

func TestTextRules(t *testing.T) {
	t.Parallel()
	line := lance.TextRule{Min: 3, Max: 5, Line: true}
	for _, c := range []struct {
		name, in, code string
		rule           lance.TextRule
	}{
		{"empty", "", "text_required", line},
		{"blank", " \t ", "text_required", line},
		{"short", "ab", "text_too_short", line},
		{"long", "abcdef", "text_too_long", line},
		{"counts runes, not bytes", "éééé", "", line},
		{"four-byte runes", "🎉🎉🎉", "", line},
		{"not UTF-8", "ab\xffc", "text_utf8", line},
		{"surrogate half", "ab\xed\xa0\x80", "text_utf8", line},
		{"line break in a line", "ab\nc", "text_control", line},
		{"tab in a line", "ab\tc", "text_control", line},
		{"NUL", "ab\x00c", "text_control", line},
		{"escape", "ab\x1bc", "text_control", line},
		{"C1 control", "ab\u0085c", "text_control", line},
		{"reordering", "ab\u202ec", "text_control", line},
		{"isolate", "ab\u2066c", "text_control", line},
		{"Arabic is fine", "مرحبا", "", line},
		{"line breaks in a note", "a\r\n\tb", "", lance.NoteText},
		{"NUL in a note", "a\x00", "text_control", lance.NoteText},
		{"optional", "", "", lance.NoteText},
	} {
		require.Equal(t, c.code, lance.CodeOf(c.rule.Check(c.in)), c.name)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"https://example.com", "http://example.com:8080/a?b=c#d", "https://müller.example/ä"} {
		require.NoError(t, lance.CheckURL(s), s)
	}
	for s, code := range map[string]string{
		"":                                       "url_syntax",
		"example.com":                            "url_scheme",
		"//example.com":                          "url_scheme",
		"ftp://example.com":                      "url_scheme",
		"javascript:alert(1)":                    "url_scheme",
		"JaVaScRiPt://example.com/%0aalert":      "url_scheme",
		"data:text/html,x":                       "url_scheme",
		"https://":                               "url_syntax",
		"https:///path":                          "url_syntax",
		"https://user:pw@example.com":            "url_syntax",
		"https://exa mple.com":                   "url_syntax",
		"https://example.com/\"onload=x":         "url_syntax",
		"https://example.com/\n":                 "url_syntax",
		"https://a/" + strings.Repeat("x", 2048): "url_syntax",
	} {
		require.Equal(t, code, lance.CodeOf(lance.CheckURL(s)), s)
	}
}

// FuzzAcceptedMarkdownDoesNotRun renders what the rule accepts with raw HTML let
// through and looks at it as a browser's tokenizer does.
func FuzzAcceptedMarkdownDoesNotRun(f *testing.F) {
	for _, file := range []string{"dangerous", "dangerous_html", "harmless"} {
		for _, s := range lines(f, "testdata/markup_"+file+".txt") {
			f.Add(s)
		}
	}
	md := goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe()))
	f.Fuzz(func(t *testing.T, s string) {
		if lance.BodyText.Check(s) != nil {
			return
		}
		var out bytes.Buffer
		require.NoError(t, md.Convert([]byte(s), &out))
		z := xhtml.NewTokenizer(&out)
		for z.Next() != xhtml.ErrorToken {
			tok := z.Token()
			if tok.Type != xhtml.StartTagToken && tok.Type != xhtml.SelfClosingTagToken {
				continue
			}
			require.NotContains(t, []string{"script", "iframe", "object", "embed", "svg", "style", "base", "meta"}, tok.Data, "%q", s)
			for _, a := range tok.Attr {
				runs := len(a.Key) > 2 && a.Key[:2] == "on" && a.Key[2] >= 'a' && a.Key[2] <= 'z' && a.Val != ""
				require.False(t, runs, "%q has %s", s, a.Key)
				v := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
				if a.Key == "href" || a.Key == "src" {
					require.False(t, strings.HasPrefix(v, "javascript:"), "%q", s)
				}
			}
		}
	})
}

func ExampleTextRule() {
	bio := lance.TextRule{Max: 200, Markdown: true}
	fmt.Println(bio.Check("Fix our `<script>` tag loader for AT&T"))
	fmt.Println(lance.CodeOf(bio.Check("Hello <script>alert(1)</script>")))
	// Output:
	// <nil>
	// text_markup
}
