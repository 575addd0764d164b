package lance

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TextRule says what a text may hold. Text is kept as it was written: a rule
// accepts or refuses, and never rewrites.
type TextRule struct {
	Min, Max int  // length in runes; Min 1 means required, Max 0 is no limit
	Line     bool // one line: no line breaks or tabs
	Markdown bool // Markdown (CommonMark): code spans and code blocks may show markup
}

// Rules that many fields share.
var (
	TitleText        = TextRule{Min: 1, Max: 120, Line: true}
	NameText         = TextRule{Min: 1, Max: 100, Line: true}
	NoteText         = TextRule{Max: 2000}
	BodyText         = TextRule{Max: 10000, Markdown: true}
	RequiredBodyText = TextRule{Min: 1, Max: 10000, Markdown: true}
)

// Check reports the first rule that s breaks, as Invalid with one of these codes:
//
//   - "text_utf8": it is not valid UTF-8;
//   - "text_required": it is empty, or only white space, and must not be;
//   - "text_too_short", "text_too_long": in runes;
//   - "text_control": it has control characters (Unicode category Cc, but line
//     feeds, carriage returns and tabs where several lines are allowed), or
//     characters that reorder what is shown (the explicit directional marks of
//     Unicode Annex 9, of which CVE-2021-42574 made use);
//   - "text_markup": it has markup that a browser would run: an active element, an
//     event-handler attribute or a link to a script, outside a Markdown code span
//     or code block.
func (r TextRule) Check(s string) error {
	if !utf8.ValidString(s) {
		return E(Invalid, "text_utf8", "the text is not valid UTF-8")
	}
	n := utf8.RuneCountInString(s)
	switch {
	case r.Min > 0 && strings.TrimSpace(s) == "":
		return E(Invalid, "text_required", "this is needed")
	case n < r.Min:
		return E(Invalid, "text_too_short", "the text is too short")
	case r.Max > 0 && n > r.Max:
		return E(Invalid, "text_too_long", "the text is too long")
	case strings.ContainsFunc(s, r.forbids):
		return E(Invalid, "text_control", "the text has characters that cannot be shown")
	case r.Markdown && markdownRuns(s), !r.Markdown && htmlRuns([]byte(s)):
		return E(Invalid, "text_markup", "the text has markup that a browser would run; show code in a code span")
	}
	return nil
}

// forbids reports whether a character has no place in the text.
func (r TextRule) forbids(c rune) bool {
	if c == '\n' || c == '\r' || c == '\t' {
		return r.Line
	}
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' ||
		(c >= '\u202a' && c <= '\u202e') || (c >= '\u2066' && c <= '\u2069')
}

// maxURL bounds a link.
const maxURL = 2048

// CheckURL reports whether s is an absolute http or https link of at most 2,048
// bytes with a host and without credentials. Otherwise it fails with Invalid
// "url_syntax" or "url_scheme".
func CheckURL(s string) error {
	if err := (TextRule{Min: 1, Max: maxURL, Line: true}).Check(s); err != nil || len(s) > maxURL || strings.ContainsAny(s, " \"<>\\`") {
		return E(Invalid, "url_syntax", "this is not a link")
	}
	u, err := url.Parse(s)
	if err != nil {
		return E(Invalid, "url_syntax", "this is not a link")
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return E(Invalid, "url_scheme", "a link begins with http:// or https://")
	}
	if u.Hostname() == "" || u.User != nil {
		return E(Invalid, "url_syntax", "a link has a host and no password")
	}
	return nil
}
