package lance

import (
	"html"
	"regexp"
	"slices"
	"strings"
)

const (
	// maxTagWork bounds, in bytes, how far a text's tags are followed in all, for
	// each is followed to its end even where one begins inside another.
	maxTagWork = 1 << 20
	// maxScheme is more than what a scheme takes in Markdown, in bytes, however it
	// is written.
	maxScheme = 1024
)

// active are the elements that run something, load something that runs, or change
// how the rest of the page is read.
var active = map[string]bool{
	"script": true, "style": true, "link": true, "meta": true, "base": true, "form": true,
	"iframe": true, "frame": true, "frameset": true, "noframes": true, "portal": true,
	"object": true, "embed": true, "applet": true, "noembed": true, "fencedframe": true,
	"svg": true, "math": true, "xml": true, "template": true, "noscript": true,
	"title": true, "textarea": true, "xmp": true, "plaintext": true,
}

// worded are the attributes that hold words.
var worded = map[string]bool{"title": true, "alt": true, "placeholder": true, "aria-label": true}

// schemes are what running matches links by.
var schemes = []string{"javascript:", "vbscript:", "livescript:", "data:"}

var (
	// quoteMarks are the marks of a block quote, which a renderer takes away from
	// between the lines of a tag.
	quoteMarks = regexp.MustCompile(`(?m)^[ \t]*(?:>[ \t]*)+`)
	// digitReference begins a character reference by number. Go's html package
	// reads over one of a single digit without a semicolon, which browsers do not.
	digitReference = regexp.MustCompile(`&#(\d)`)
	// running matches an unhidden link that runs something, or data other than a
	// picture in pixels.
	running = regexp.MustCompile(`^(?:java|vb|live)script:|^data:(?:[;,]|[a-z]+/[a-z])`)
	picture = regexp.MustCompile(`^data:image/(?:png|gif|jpe?g|webp|avif)[;,]`)
	// runningStyle matches an unhidden style that old browsers run, or that hides
	// what it is.
	runningStyle = regexp.MustCompile(`script:|expression\(|-moz-binding|behaviou?r:|@import|/\*`)
)

// dangerous reports whether s holds markup that could run when it reaches a page
// unescaped. Every "<" is taken for the possible beginning of a tag, also inside
// comments and attributes, so that it does not matter how a browser came there.
func dangerous(s string, markdown bool) bool {
	if !strings.ContainsAny(s, "<:&") {
		return false // no tag, no scheme, nothing that stands for either
	}
	if markdown {
		s = withoutCode(s)
	}
	s = quoteMarks.ReplaceAllString(s, "")
	return loneLink(s) || linksRun(s) || tagsRun(s)
}

// loneLink reports whether the whole text is a link that runs something: a page
// may make a link of it. In a sentence, JavaScript: is a word.
func loneLink(s string) bool {
	s = strings.TrimSpace(s)
	return !strings.ContainsAny(s, " \t\n") && runs(s)
}

// linksRun looks at the destinations of Markdown links and reference definitions.
func linksRun(s string) bool {
	for _, mark := range []string{"](", "]:"} {
		for rest := s; ; {
			_, after, found := strings.Cut(rest, mark)
			if !found {
				break
			}
			if beginsToRun(strings.TrimLeft(after[:min(len(after), maxScheme)], " \t\r\n<")) {
				return true
			}
			rest = after
		}
	}
	return false
}

// beginsToRun is runs for a link whose end is not known. It reads no more than it
// takes to see that this is no scheme that runs.
func beginsToRun(s string) bool {
	for n := 32; n < len(s); n *= 2 {
		head := s[:n]
		if i := strings.LastIndexByte(head, '&'); i >= 0 && !strings.Contains(head[i:], ";") {
			head = head[:i] // this character reference may be longer
		}
		head = bare(head)
		if !slices.ContainsFunc(schemes, func(scheme string) bool {
			return strings.HasPrefix(scheme, head) || strings.HasPrefix(head, scheme)
		}) {
			return false
		}
	}
	return runs(s)
}

// runs reports whether a link runs something once a browser has read it.
func runs(link string) bool {
	link = bare(link)
	return running.MatchString(link) && !picture.MatchString(link)
}

// bare is a link unhidden and without the quotes that some browsers read over.
func bare(link string) string { return strings.TrimLeft(unhide(link), "\"'`") }

// unhide removes what browsers and renderers read over: the case of letters,
// character references, spaces and control characters anywhere, backslashes.
func unhide(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '\\' || r == 0x7F || r == 0xA0 {
			return -1
		}
		return r
	}, strings.ToLower(html.UnescapeString(digitReference.ReplaceAllString(s, "&#0$1"))))
}

func tagsRun(s string) bool {
	work := 0
	for rest := s; ; {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return false
		}
		t := tag{rest: after}
		if t.runs() {
			return true
		}
		if work += len(after) - len(t.rest); work > maxTagWork {
			return true
		}
		rest = after
	}
}

// tag reads one tag as browsers do: the HTML standard, tokenization. Its rest is
// what follows.
type tag struct{ rest string }

const spaces = " \t\r\n\f"

func (t *tag) runs() bool {
	if beginsToRun(t.rest[:min(len(t.rest), maxScheme)]) {
		return true // an autolink
	}
	t.rest = strings.TrimPrefix(t.rest, "/")
	if t.rest == "" || !letter(t.rest[0]) {
		return false
	}
	name := t.until(spaces + "/>")
	if active[element(name)] {
		return true
	}
	for {
		name, value, ok := t.attribute()
		if !ok {
			return false
		}
		if attributeRuns(name, value) {
			return true
		}
	}
}

// element returns the name up to what no element's name holds, in lower case and
// without a prefix.
func element(name string) string {
	name = strings.ToLower(name)
	if end := strings.IndexFunc(name, func(r rune) bool {
		return ('a' > r || r > 'z') && ('0' > r || r > '9') && !strings.ContainsRune(":_-.", r)
	}); end >= 0 {
		name = name[:end]
	}
	return name[strings.LastIndexByte(name, ':')+1:]
}

// attribute reads the next one; there is none at the end of the tag or the text.
// Without a value, value is nil.
func (t *tag) attribute() (name string, value *string, ok bool) {
	t.rest = strings.TrimLeft(t.rest, spaces+"/")
	if t.rest == "" || t.rest[0] == '>' {
		return "", nil, false
	}
	first := t.rest[:1] // even an equals sign
	t.rest = t.rest[1:]
	name = first + t.until(spaces+"/>=")
	t.rest = strings.TrimLeft(t.rest, spaces)
	if !strings.HasPrefix(t.rest, "=") {
		return name, nil, true
	}
	t.rest = strings.TrimLeft(t.rest[1:], spaces)
	v := t.value()
	return name, &v, true
}

func (t *tag) value() string {
	if t.rest == "" || t.rest[0] != '"' && t.rest[0] != '\'' {
		return t.until(spaces + ">")
	}
	quote := t.rest[:1]
	t.rest = t.rest[1:]
	v := t.until(quote)
	t.rest = strings.TrimPrefix(t.rest, quote)
	return v
}

// until cuts off what stands before any of the characters.
func (t *tag) until(chars string) string {
	end := strings.IndexAny(t.rest, chars)
	if end < 0 {
		end = len(t.rest)
	}
	head := t.rest[:end]
	t.rest = t.rest[end:]
	return head
}

// attributeRuns reports whether it is an event handler, a link that runs
// something, or such a style. A name that goes on with other characters than
// letters was one handler's in some browser.
func attributeRuns(name string, value *string) bool {
	name = strings.ToLower(strings.Trim(name, `"'`+"`"))
	if len(name) > 2 && strings.HasPrefix(name, "on") && letter(name[2]) &&
		(value != nil || strings.ContainsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' })) {
		return true
	}
	if value == nil || worded[name] {
		return false
	}
	return runs(*value) || name == "style" && (strings.Contains(*value, `\`) || runningStyle.MatchString(unhide(*value)))
}

func letter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
