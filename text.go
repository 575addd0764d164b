package lance

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TextRule says what a text may hold. Text is kept as it was written: a rule
// accepts or refuses, and never rewrites. On output, plain text is escaped and
// Markdown rendered and sanitised; the rule is the first of two locks, not the
// only one.
type TextRule struct {
	Min, Max int  // length in runes; Min 1 means required, Max 0 is 100,000, and no text is longer
	Line     bool // one line, shown amid other text: no line breaks or tabs
	Markdown bool // Markdown (CommonMark): code spans and fenced code may show markup
}

// maxText is the length in runes of the longest text.
const maxText = 100_000

// Rules that many fields share.
var (
	TitleText        = TextRule{Min: 1, Max: 120, Line: true}       // what a thing is called
	NameText         = TextRule{Min: 1, Max: 100, Line: true}       // what someone is called
	NoteText         = TextRule{Max: 2000}                          // a plain remark or reason
	RequiredNoteText = TextRule{Min: 1, Max: 2000}                  // one that must be given
	BodyText         = TextRule{Max: 10000, Markdown: true}         // a description or a letter
	RequiredBodyText = TextRule{Min: 1, Max: 10000, Markdown: true} // one that must be given
)

// Check reports the first rule that s breaks, as Invalid without fields (so that
// Faults.Check makes a field of it) and with one of these codes:
//
//   - "text_utf8": it is not valid UTF-8;
//   - "text_required": nothing in it can be seen, and Min is not 0;
//   - "text_too_short", "text_too_long": in runes;
//   - "text_control": it has a control character (Unicode category Cc, but tabs,
//     line feeds, and carriage returns before them where several lines are
//     allowed) or an override of direction (U+202D, U+202E), which makes text read
//     as what it is not (CVE-2021-42574). The embeddings and isolates of Unicode
//     Annex 9, which people who write from right to left use, and the separators
//     U+2028 and U+2029 are refused in a Line, where they reach what stands beside;
//   - "text_markup": it has markup that a browser would run: an element that runs
//     or embeds something or changes how the rest of the page is read, an
//     event-handler attribute, or a link to a script. Markdown may show all of it
//     as code that is code beyond doubt: in a span that ends on the line on which
//     it begins, or in a fence that stands at the beginning of its line.
func (r TextRule) Check(s string) error {
	limit := maxText
	if r.Max > 0 {
		limit = min(r.Max, maxText)
	}
	if len(s) > limit*utf8.UTFMax {
		return E(Invalid, "text_too_long", "the text is too long")
	}
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s):
		return E(Invalid, "text_utf8", "the text is not valid UTF-8")
	case r.Min > 0 && !strings.ContainsFunc(s, visible):
		return E(Invalid, "text_required", "this is needed")
	case n < r.Min:
		return E(Invalid, "text_too_short", "the text is too short")
	case n > limit:
		return E(Invalid, "text_too_long", "the text is too long")
	case r.controls(s):
		return E(Invalid, "text_control", "the text has characters that cannot be shown")
	case dangerous(s, r.Markdown):
		return E(Invalid, "text_markup", "the text has markup that a browser would run; in Markdown, show code in a code span")
	}
	return nil
}

func visible(c rune) bool { return unicode.IsGraphic(c) && !unicode.IsSpace(c) }

// controls reports whether s has a character that has no place in the text.
func (r TextRule) controls(s string) bool {
	if !r.Line {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	return strings.ContainsFunc(s, func(c rune) bool {
		switch {
		case c == '\n' || c == '\t':
			return r.Line
		case c == '\u202d' || c == '\u202e':
			return true
		case c >= '\u2028' && c <= '\u202c' || c >= '\u2066' && c <= '\u2069':
			return r.Line
		}
		return unicode.IsControl(c)
	})
}

// maxURL bounds a link.
const maxURL = 2048

// CheckURL reports whether s is an absolute http or https link of at most 2,048
// bytes, with a host, without credentials (which make one host look like another)
// and without spaces, double quotes, backticks, angle brackets and backslashes.
// Otherwise it fails with Invalid "url_syntax" or "url_scheme", without fields.
func CheckURL(s string) error {
	if s == "" || len(s) > maxURL || !utf8.ValidString(s) {
		return E(Invalid, "url_syntax", "this is not a link")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return E(Invalid, "url_syntax", "this is not a link")
	case u.Scheme != "http" && u.Scheme != "https":
		return E(Invalid, "url_scheme", "a link begins with http:// or https://")
	case u.Hostname() == "" || u.User != nil:
		return E(Invalid, "url_syntax", "a link has a host and no password")
	case strings.ContainsFunc(s, func(c rune) bool { return !visible(c) || strings.ContainsRune("\"<>\\`", c) }):
		return E(Invalid, "url_syntax", "the link has a character that must be percent-encoded")
	}
	return nil
}
