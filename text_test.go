package lance_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	xhtml "golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
)

func TestDangerousMarkupIsRefused(t *testing.T) {
	t.Parallel()
	for _, s := range runningMarkdown {
		require.Equal(t, "text_markup", lance.CodeOf(lance.BodyText.Check(s)), "%q", s)
	}
	for _, s := range runningHTML {
		require.Equal(t, "text_markup", lance.CodeOf(lance.NoteText.Check(s)), "%q as plain text", s)
		require.Equal(t, "text_markup", lance.CodeOf(lance.BodyText.Check(s)), "%q as Markdown", s)
	}
}

func TestHarmlessTextIsKept(t *testing.T) {
	t.Parallel()
	for _, s := range harmlessMarkdown {
		require.NoError(t, lance.BodyText.Check(s), "%q", s)
		if !strings.ContainsAny(s, "`~") {
			require.NoError(t, lance.NoteText.Check(s), "%q as plain text", s)
		}
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
		{"invisible", "\u200b\u200b\u200b", "text_required", line},
		{"override of direction", "ab\u202ec", "text_control", line},
		{"override of direction in a note", "ab\u202dc", "text_control", lance.NoteText},
		{"isolate in a note", "a\u2067ب\u2069c", "", lance.NoteText},
		{"line separator", "ab\u2028c", "text_control", line},
		{"lone carriage return", "ab\rc", "text_control", lance.NoteText},
		{"carriage return in a line", "a\r\nc", "text_control", line},
		{"delete", "ab\u007fc", "text_control", lance.NoteText},
		{"four-byte runes too many", "🎉🎉🎉🎉🎉🎉", "text_too_long", line},
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

func TestTextOfAnyRuleIsBounded(t *testing.T) {
	t.Parallel()
	unbounded := lance.TextRule{Markdown: true}
	require.NoError(t, unbounded.Check(strings.Repeat("é", 100_000)))
	require.Equal(t, "text_too_long", lance.CodeOf(unbounded.Check(strings.Repeat("é", 100_001))))
	require.Equal(t, "text_too_long", lance.CodeOf(unbounded.Check(strings.Repeat("\xff", 10_000_000))))
	// Tags inside tags inside tags are not followed for ever.
	require.Equal(t, "text_markup", lance.CodeOf(unbounded.Check(strings.Repeat("<a '", 25_000))))
	require.NoError(t, unbounded.Check(strings.Repeat("<b>x</b> ", 11_000)))
}

func TestPlainTextHasNoCode(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"`<script>`", "```\n<script>\n```"} {
		require.NoError(t, lance.NoteText.Check(strings.ReplaceAll(s, "script", "b")))
		require.Equal(t, "text_markup", lance.CodeOf(lance.NoteText.Check(s)))
		require.NoError(t, lance.BodyText.Check(s))
	}
}

func TestTextFaultBecomesAField(t *testing.T) {
	t.Parallel()
	var f lance.Faults
	f.Check("/title", lance.TitleText.Check(""))
	f.Check("/bio", lance.BodyText.Check("<script>"))
	var fault *lance.Error
	require.ErrorAs(t, f.Err(), &fault)
	require.Len(t, fault.Fields, 2)
	require.Equal(t, []string{"/title", "text_required", "/bio", "text_markup"},
		[]string{fault.Fields[0].Pointer, fault.Fields[0].Code, fault.Fields[1].Pointer, fault.Fields[1].Code})
}

func addCorpora(f *testing.F) {
	for _, s := range slices.Concat(runningMarkdown, runningHTML, harmlessMarkdown) {
		f.Add(s)
	}
}

// fragments are what Markdown that is meant to mislead is made of.
var fragments = []string{
	"<img src=x onerror=y>", "<script>", "onerror=y>", "<img ", "<a title=\"", "<a title='", "\">", "'>", ">", "<div>", "<div", "</b>", "<pre>", "<!--", "-->", "<?", "<b>",
	"<https://a.b/", "https://a.b/", "www.a.b", "x@a.b", "[x](javascript:y)", "[x]", "[^x]", "[x`y]", "](", "](/u", "][", "]:", "]", "[", "(", ")", "!", "\"",
	"`", "`", "`", "``", "```", "````", "~~~", "~~", "\\", "|", "|---|", "\n", "\n", "\n\n", "\r\n", "\n> ", "> ", "\n- ", "- ", "1. ", "\n  ", "\n    ", "  ", "\t", " ", ": ", "# ", "---", "===", "*", "_",
	"word", "&#96;", "javascript:", "&Tab;", "&colon;",
}

// shown looks like code, and may be none where it stands.
var shown = []string{
	"", "`<img src=x onerror=y>`", "` <img src=x onerror=y> `", "``<img src=x onerror=y>``", "`\"><img src=x onerror=y>`",
	"\n```\n<img src=x onerror=y>\n```\n", "\n```\n<img src=x onerror=y>\n```", "\n~~~\n<img src=x onerror=y>\n~~~\n", "\n~~~~\n<img src=x onerror=y>\n~~~~\n",
}

func unsafeRenderers() []goldmark.Markdown {
	unsafe := goldmark.WithRendererOptions(html.WithUnsafe())
	return []goldmark.Markdown{
		goldmark.New(unsafe),
		goldmark.New(unsafe, goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList, extension.Typographer)),
	}
}

// What the rule accepts is rendered, by CommonMark and with every extension, with
// raw HTML let through.
func TestAcceptedMarkdownDoesNotRun(t *testing.T) {
	t.Parallel()
	renderers := unsafeRenderers()
	rapid.Check(t, func(t *rapid.T) {
		around := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 5).Draw(t, "fragments"), "")
		})
		s := around.Draw(t, "before") + rapid.SampledFrom(shown).Draw(t, "shown") + around.Draw(t, "after")
		if lance.BodyText.Check(s) == nil {
			requireRendersInert(t, renderers, s)
		}
	})
}

func FuzzAcceptedMarkdownDoesNotRun(f *testing.F) {
	addCorpora(f)
	renderers := unsafeRenderers()
	f.Fuzz(func(t *testing.T, s string) {
		if lance.BodyText.Check(s) == nil {
			requireRendersInert(t, renderers, s)
		}
	})
}

func requireRendersInert(t require.TestingT, renderers []goldmark.Markdown, s string) {
	for _, md := range renderers {
		var out bytes.Buffer
		require.NoError(t, md.Convert([]byte(s), &out))
		requireInert(t, out.String(), s)
	}
}

// FuzzAcceptedPlainTextDoesNotRun puts what the rule accepts into a page as if
// somebody had forgotten to escape it.
func FuzzAcceptedPlainTextDoesNotRun(f *testing.F) {
	addCorpora(f)
	f.Fuzz(func(t *testing.T, s string) {
		if lance.NoteText.Check(s) == nil {
			requireInert(t, "<p>"+s+"</p>", s)
		}
	})
}

// requireInert looks at a page as a browser's tokenizer does.
func requireInert(t require.TestingT, page, source string) {
	z := xhtml.NewTokenizer(strings.NewReader(page))
	for z.Next() != xhtml.ErrorToken {
		tok := z.Token()
		if tok.Type != xhtml.StartTagToken && tok.Type != xhtml.SelfClosingTagToken {
			continue
		}
		require.NotContains(t, []string{"script", "iframe", "frame", "object", "embed", "svg", "math", "style", "base", "meta", "link", "form", "template", "noscript"}, tok.Data, "%q", source)
		for _, a := range tok.Attr {
			runs := len(a.Key) > 2 && a.Key[:2] == "on" && a.Key[2] >= 'a' && a.Key[2] <= 'z' && a.Val != ""
			require.False(t, runs, "%q has %s", source, a.Key)
			v := strings.ToLower(strings.Map(func(r rune) rune {
				if r <= ' ' {
					return -1
				}
				return r
			}, a.Val))
			if a.Key != "title" && a.Key != "alt" && a.Key != "placeholder" && a.Key != "aria-label" {
				for _, scheme := range []string{"javascript:", "vbscript:", "data:text/html"} {
					require.False(t, strings.HasPrefix(v, scheme), "%q has %s", source, a.Key)
				}
			}
		}
	}
}

func ExampleTextRule() {
	bio := lance.TextRule{Max: 200, Markdown: true}
	fmt.Println(bio.Check("Fix our `<script>` tag loader for AT&T"))
	fmt.Println(lance.CodeOf(bio.Check("Hello <script>alert(1)</script>")))
	// Output:
	// <nil>
	// text_markup
}
