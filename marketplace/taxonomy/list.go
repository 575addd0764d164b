package taxonomy

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"unicode"

	"github.com/megilance/lance"
)

// Bounds of what people write about skills.
const (
	MaxList = 50   // words of one list
	MaxWord = 60   // characters of one word
	maxRaw  = 8192 // bytes of a list that comes as one text
)

// List is a list of skills as people write them, by name, slug or identifier. In
// JSON it is an array of strings, or one string with commas or an array in it.
type List []string

// ParseList reads a list that comes as one text: a JSON array of strings, or
// words between commas, each quoted or not. What it returns is normal as
// Normal says. Faults: Invalid "list_syntax", "list_too_long", "word_too_long",
// "text_utf8".
func ParseList(text string) (List, error) {
	if len(text) > maxRaw {
		return nil, lance.E(lance.Invalid, "list_too_long", "the list is too long")
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var words []string
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if err := json.Unmarshal([]byte(text), &words); err != nil {
			return nil, errList(err)
		}
		return List(words).Normal()
	}
	r := csv.NewReader(strings.NewReader(text))
	r.LazyQuotes, r.TrimLeadingSpace, r.FieldsPerRecord = true, true, -1
	records, err := r.ReadAll()
	if err != nil {
		return nil, errList(err)
	}
	for _, record := range records {
		words = append(words, record...)
	}
	return List(words).Normal()
}

func errList(err error) error {
	return lance.E(lance.Invalid, "list_syntax", "a list is an array of texts, or words between commas").Cause(err)
}

// Normal returns the list without what says nothing: spaces around words are
// dropped, those within become one, empty words and repetitions (in any
// spelling of one slug) go. The order stays. Faults: Invalid "list_too_long"
// for more than 50 words, "word_too_long" for one of more than 60 characters,
// or what lance.TextRule says of a word.
func (l List) Normal() (List, error) {
	var f lance.Faults
	seen := map[string]bool{}
	out := List{}
	for _, word := range l {
		word = strings.Join(strings.Fields(word), " ")
		slug := Slug(word)
		switch {
		case word == "" || seen[slug]:
			continue
		case len(out) == MaxList:
			return nil, lance.E(lance.Invalid, "list_too_long", "a list has at most 50 words")
		case len([]rune(word)) > MaxWord:
			return nil, lance.E(lance.Invalid, "word_too_long", "a word has at most 60 characters")
		}
		f.Check("", lance.TextRule{Line: true}.Check(word))
		seen[slug] = true
		out = append(out, word)
	}
	return out, f.Err()
}

// UnmarshalJSON reads an array of strings, or one string as ParseList does. It
// fails as that does.
func (l *List) UnmarshalJSON(b []byte) (err error) {
	if string(b) == "null" {
		*l = nil
		return nil
	}
	var text string
	if json.Unmarshal(b, &text) == nil {
		*l, err = ParseList(text)
		return err
	}
	var words []string
	if err := json.Unmarshal(b, &words); err != nil {
		return errList(err)
	}
	*l, err = List(words).Normal()
	return err
}

// spelled are signs that names of skills are told apart by.
var spelled = strings.NewReplacer("+", "-plus-", "#", "-sharp-", "&", "-and-")

// Slug returns the form of a name that stands in an address: letters and digits
// in lower case, joined by single hyphens; "C++" is "c-plus-plus", "C#" is
// "c-sharp", ".NET" is "dot-net". It is empty when there is no letter or digit.
func Slug(name string) string {
	name = strings.TrimSpace(name)
	if rest, dotted := strings.CutPrefix(name, "."); dotted {
		name = "dot " + rest
	}
	words := strings.FieldsFunc(spelled.Replace(strings.ToLower(name)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	return strings.Join(words, "-")
}
