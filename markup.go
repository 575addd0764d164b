package lance

import (
	"bytes"
	"html"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// active are the elements that run, load or submit something by being there, or
// change how the rest of the page is read.
var active = []string{
	"applet", "base", "embed", "form", "frame", "frameset", "iframe", "link", "math", "meta",
	"noscript", "object", "portal", "script", "style", "svg", "template", "textarea", "title", "xml",
}

// linked are the attributes whose value a browser may follow.
var linked = []string{
	"action", "background", "data", "formaction", "href", "poster", "src", "srcset", "xlink:href",
}

// markdownRuns reports whether Markdown holds markup that would run. Code spans
// and code blocks, as the parser finds them, count as nothing.
func markdownRuns(s string) bool {
	src := []byte(s)
	visible := bytes.Clone(src)
	doc := goldmark.DefaultParser().Parse(text.NewReader(src))
	found := false
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					blank(visible, t.Segment)
				}
			}
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			for _, seg := range n.Lines().Sliced(0, n.Lines().Len()) {
				blank(visible, seg)
			}
		case *ast.Link:
			found = found || scripted(string(n.Destination))
		case *ast.Image:
			found = found || scripted(string(n.Destination))
		case *ast.AutoLink:
			found = found || scripted(string(n.URL(src)))
		}
		return ast.WalkContinue, nil
	})
	return found || htmlRuns(visible)
}

func blank(b []byte, seg text.Segment) {
	for i := seg.Start; i < seg.Stop; i++ {
		b[i] = ' '
	}
}

// htmlRuns reports whether a tag in b, closed or not, is of an active element or
// has an attribute that runs something.
func htmlRuns(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return false
		}
		b = b[i+1:]
		name, rest := tagName(bytes.TrimPrefix(b, []byte("/")))
		if name == "" {
			continue
		}
		if slices.Contains(active, local(name)) || attributesRun(rest) {
			return true
		}
	}
}

// local returns an element's name without a namespace prefix.
func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// tagName reads an element's name, which begins with a letter.
func tagName(b []byte) (name string, rest []byte) {
	if len(b) == 0 || !isLetter(b[0]) {
		return "", nil
	}
	end := bytes.IndexAny(b, " \t\r\n\f/>")
	if end < 0 {
		end = len(b)
	}
	return strings.ToLower(string(b[:end])), b[end:]
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// attributesRun reads the attributes of a tag as browsers do (HTML, section
// "Tokenization") and reports whether one runs something.
func attributesRun(b []byte) bool {
	for {
		b = bytes.TrimLeft(b, " \t\r\n\f/")
		if len(b) == 0 || b[0] == '>' {
			return false
		}
		end := bytes.IndexAny(b[1:], " \t\r\n\f/>=")
		if end < 0 {
			return false // no value, so nothing runs
		}
		name := strings.ToLower(string(b[:end+1]))
		b = bytes.TrimLeft(b[end+1:], " \t\r\n\f")
		if len(b) == 0 || b[0] != '=' {
			continue
		}
		var value string
		value, b = attributeValue(bytes.TrimLeft(b[1:], " \t\r\n\f"))
		if handler(name) || name == "srcdoc" || (slices.Contains(linked, name) && scripted(value)) {
			return true
		}
	}
}

// handler reports whether an attribute's name is that of an event handler.
func handler(name string) bool {
	name = strings.Trim(name, `"'`)
	return len(name) > 2 && strings.HasPrefix(name, "on") && isLetter(name[2])
}

func attributeValue(b []byte) (value string, rest []byte) {
	if len(b) > 0 && (b[0] == '"' || b[0] == '\'') {
		quoted, after, _ := bytes.Cut(b[1:], b[:1])
		return string(quoted), after
	}
	end := bytes.IndexAny(b, " \t\r\n\f>")
	if end < 0 {
		end = len(b)
	}
	return string(b[:end]), b[end:]
}

// scripted reports whether a link runs a script. Browsers resolve entities and
// skip white space and control characters in the scheme; Markdown drops
// backslashes before punctuation.
func scripted(link string) bool {
	link = html.UnescapeString(html.UnescapeString(link))
	link = strings.ToLower(strings.Map(func(c rune) rune {
		if c == '\\' || unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
			return -1
		}
		return c
	}, link))
	if rest, ok := strings.CutPrefix(link, "data:"); ok {
		return !strings.HasPrefix(rest, "image/") || strings.HasPrefix(rest, "image/svg")
	}
	for _, scheme := range []string{"javascript:", "vbscript:", "livescript:", "mocha:"} {
		if strings.HasPrefix(link, scheme) {
			return true
		}
	}
	return strings.Contains(link, "javascript:") && strings.Contains(link, ",") // a srcset
}
