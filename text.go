package lance

import (
	"unicode/utf8"
)

// TextRule says what a text field may hold.
type TextRule struct {
	Min, Max int  // length in runes; Max 0 is no limit
	Line     bool // one line: no line breaks or tabs
	Markdown bool // rendered as Markdown: code spans may show markup
}

// Check reports the first rule that s breaks.
func (r TextRule) Check(s string) error {
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s):
		return E(Invalid, "text_utf8", "the text is not valid UTF-8")
	case r.Min > 0 && n == 0:
		return E(Invalid, "text_required", "this is needed")
	case n < r.Min:
		return E(Invalid, "text_too_short", "the text is too short")
	case r.Max > 0 && n > r.Max:
		return E(Invalid, "text_too_long", "the text is too long")
	}
	return nil
}

// Rules that many fields share.
var (
	TitleText        = TextRule{Min: 1, Max: 120, Line: true}
	NameText         = TextRule{Min: 1, Max: 100, Line: true}
	NoteText         = TextRule{Max: 2000}
	BodyText         = TextRule{Max: 10000, Markdown: true}
	RequiredBodyText = TextRule{Min: 1, Max: 10000, Markdown: true}
)
