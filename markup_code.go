package lance

import (
	"regexp"
	"strings"
)

// Markdown is read by more than one renderer, and what one takes for code another
// may take for markup: a code span that begins inside a link's destination, a
// fence inside a list that ends early. So what follows does not parse Markdown. It
// recognises code that is code by every reading, and treats all else as text.

var (
	// htmlForLong begins an HTML block that a blank line does not end, after any
	// marks of quotes and lists.
	htmlForLong = regexp.MustCompile(`(?i)^<(?:[!?]|pre|textarea|script|style)`)
	// tagLike is what may begin a tag, a comment or an autolink.
	tagLike = regexp.MustCompile(`<[A-Za-z/!?]`)
	// These hold no backtick, so that code spans behind them begin where they
	// seem to.
	plainTag  = regexp.MustCompile("<[A-Za-z/][^<>\"'`\n]*>")
	plainLink = regexp.MustCompile("\\]\\([^()<>\"'`\\\\\n]*(?:\"[^\"()<>`\\\\\n]*\")?\\)")
	plainRef  = regexp.MustCompile("\\]\\[[^\\[\\]`\n]*\\]")
	// swallowing matches what some renderer reads on as one thing, across the
	// beginning of a code span: a URL, an address, a reference.
	swallowing = regexp.MustCompile("(?i)(?:://|www\\.|mailto:|xmpp:)\\S*`|\\]\\(|\\]\\[|\\[\\^")
	address    = regexp.MustCompile("`\\S*@")
)

// marks are the characters of which a line's marks of quotes, lists, headings and
// definitions are made.
const marks = " \t>-+*0123456789.):#|"

// withoutCode returns Markdown without the content of its code spans and without
// its fenced code. In doubt about a paragraph it leaves all of that paragraph; in
// doubt about what follows, everything.
func withoutCode(s string) string {
	if !strings.Contains(s, "`") && !strings.Contains(s, "~~~") {
		return s
	}
	c := coder{}
	for line := range strings.Lines(s) {
		if !c.line(strings.TrimRight(line, "\r\n")) {
			return s
		}
	}
	if c.fence != "" {
		return s
	}
	c.flush()
	return c.out.String()
}

type coder struct {
	out       strings.Builder
	fence     string   // the fence that is open
	paragraph []string // the lines since the last blank one or fence
	html      bool     // the paragraph may be HTML
}

// line takes the next line and reports whether it is clear what it means.
func (c *coder) line(line string) bool {
	if c.fence != "" {
		return c.fenced(line)
	}
	if strings.Trim(line, " \t") == "" {
		c.flush()
		return true
	}
	if fence := opening(line); fence != "" {
		doubt := c.html
		c.flush()
		c.fence = fence
		return !doubt
	}
	inner := strings.TrimLeft(line, marks)
	if htmlForLong.MatchString(inner) || strings.Contains(line, "~~~") || openEnded(line) {
		return false
	}
	c.html = c.html || tagLike.MatchString(inner[:min(len(inner), 2)])
	c.paragraph = append(c.paragraph, line)
	return true
}

// opening returns the fence that begins at the beginning of the line, where no
// list holds it, or "".
func opening(line string) string {
	for _, char := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, char)
		if n := len(line) - len(rest); n >= 3 && (char == "~" || !strings.Contains(rest, char)) {
			return line[:n]
		}
	}
	return ""
}

// fenced takes a line inside a fence. One that would end it but for its
// indentation leaves a doubt.
func (c *coder) fenced(line string) bool {
	inner := strings.Trim(line, " \t")
	if len(inner) < len(c.fence) || strings.Trim(inner, c.fence[:1]) != "" {
		return true
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	c.fence = ""
	return len(indent) <= 3 && !strings.Contains(indent, "\t")
}

// openEnded reports whether three or more backticks have no partner in the line,
// and so may be a fence inside a list.
func openEnded(line string) bool {
	_, open, _ := spans(line)
	return open >= 3
}

func (c *coder) flush() {
	text := strings.Join(c.paragraph, "\n")
	if !c.html {
		if plain, ok := withoutSpans(c.paragraph, text); ok {
			text = plain
		}
	}
	c.out.WriteString(text + "\n\n")
	c.paragraph, c.html = nil, false
}

// withoutSpans empties the code spans of a paragraph, when each ends on its own
// line and nothing else can claim a backtick.
func withoutSpans(lines []string, text string) (string, bool) {
	if strings.Contains(text, "\\`") || strings.Contains(text, "]:") || address.MatchString(text) {
		return "", false
	}
	plain := make([]string, len(lines))
	for i, line := range lines {
		rest, open, cell := spans(line)
		if open > 0 || cell {
			return "", false
		}
		plain[i] = rest
	}
	text = strings.Join(plain, "\n")
	outside := plainTag.ReplaceAllString(text, " ")
	outside = plainLink.ReplaceAllString(outside, " ")
	outside = plainRef.ReplaceAllString(outside, "]")
	return text, !tagLike.MatchString(outside) && !swallowing.MatchString(outside)
}

// spans empties the code spans of a line. open is how many backticks the first
// run without a partner has, and cell says whether a span holds a bar, which in a
// table would end the cell and the span.
func spans(line string) (rest string, open int, cell bool) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(line, "`")
		out.WriteString(before)
		if !found {
			return out.String(), 0, cell
		}
		after = strings.TrimLeft(after, "`")
		n := len(line) - len(before) - len(after)
		end := closing(after, n)
		if end < 0 {
			return line, n, cell
		}
		cell = cell || strings.Contains(after[:end], "|")
		out.WriteString("``")
		line = after[end+n:]
	}
}

// closing returns where in s a run of exactly n backticks begins, or -1.
func closing(s string, n int) int {
	for i := 0; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if run == n {
			return i
		}
		i += run
	}
	return -1
}
