package auth

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nbutton23/zxcvbn-go"
	"github.com/nbutton23/zxcvbn-go/match"
	"github.com/nbutton23/zxcvbn-go/matching"

	"github.com/megilance/lance"
)

// Bounds of a password. Nothing is ever cut off: what is longer is refused.
const (
	MinPassword = 8   // characters
	MaxPassword = 256 // bytes
)

// PasswordPolicy says which passwords are good enough. Registering, changing,
// resetting and creating use the same one; the zero value asks for 8 characters
// and at most 256 bytes.
type PasswordPolicy struct {
	MinLength int // characters; less than 8 is 8
	MinScore  int // of Strength, 0 to 4
}

// Check fails with Invalid "password_too_short", "password_too_long",
// "password_weak" or "text_utf8". Personal words, such as the address and the
// name, make a password weaker that contains them.
func (p PasswordPolicy) Check(password Secret, personal ...string) error {
	switch {
	case !utf8.ValidString(string(password)):
		return lance.E(lance.Invalid, "text_utf8", "the password is not valid UTF-8")
	case len(password) > MaxPassword:
		return lance.E(lance.Invalid, "password_too_long", "a password has at most 256 bytes")
	case utf8.RuneCountInString(string(password)) < max(p.MinLength, MinPassword):
		return lance.E(lance.Invalid, "password_too_short", "the password is too short")
	case p.MinScore > 0 && StrengthOf(password, personal...).Score < p.MinScore:
		return lance.E(lance.Invalid, "password_weak", "the password is too easy to guess")
	}
	return nil
}

// Weakness says what makes a password easy to guess.
type Weakness string

// The weaknesses of a password.
const (
	WeakShort    Weakness = "short"    // shorter than any policy allows
	WeakCommon   Weakness = "common"   // among the most used passwords
	WeakWord     Weakness = "word"     // a word of a language
	WeakName     Weakness = "name"     // a person's name
	WeakPersonal Weakness = "personal" // the user's own name or address
	WeakKeyboard Weakness = "keyboard" // neighbouring keys
	WeakRepeat   Weakness = "repeat"   // the same again and again
	WeakSequence Weakness = "sequence" // abc, 123
	WeakDate     Weakness = "date"     // a date
)

// Strength is how hard a password is to guess.
type Strength struct {
	Score   int        `json:"score"`   // 0 (at once) to 4 (not with today's means)
	Reasons []Weakness `json:"reasons"` // what it is made of, sorted; empty when nothing is known in it
}

// maxScored is how many bytes of a password are looked at: what comes after
// makes it no weaker, and the time grows faster than the length.
const maxScored = 72

// plain undoes the usual ways to write letters as other signs.
var plain = strings.NewReplacer("4", "a", "@", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t", "+", "t")

var dates = regexp.MustCompile(`\b\d{1,2}[-./_ ]\d{1,2}[-./_ ](\d{4}|\d{2})\b|(19|20)\d\d[-./_ ]?[01]\d[-./_ ]?[0-3]\d`)

// StrengthOf returns how hard a password is to guess. It looks at its first 72
// bytes and, of the personal words, at the first eight. Letters that are written
// as other signs count as letters.
func StrengthOf(password Secret, personal ...string) Strength {
	head := strings.ToValidUTF8(string(password[:min(len(password), maxScored)]), "")
	words := personalWords(personal)
	score, reasons := look(head, words)
	if spelled := plain.Replace(head); spelled != head {
		less, more := look(spelled, words)
		score, reasons = min(score, less), append(reasons, more...)
	}
	s := Strength{Score: score, Reasons: append([]Weakness{}, reasons...)}
	if dates.MatchString(head) {
		s.Reasons = append(s.Reasons, WeakDate)
	}
	if utf8.RuneCountInString(string(password)) < MinPassword {
		s.Reasons = append(s.Reasons, WeakShort)
	}
	slices.Sort(s.Reasons)
	s.Reasons = slices.Compact(s.Reasons)
	return s
}

// look scores one spelling of a password and says what it is made of. The
// library's own way to undo spellings is left out: it tries every mixture, which
// took ten seconds for 72 signs.
func look(text string, words []string) (score int, reasons []Weakness) {
	if text == "" {
		return 0, nil
	}
	found := zxcvbn.PasswordStrength(text, words, matching.FilterL33tMatcher)
	for _, m := range found.MatchSequence {
		if w, ok := weakness(m); ok {
			reasons = append(reasons, w)
		}
	}
	return min(max(found.Score, 0), 4), reasons
}

func weakness(m match.Match) (Weakness, bool) {
	switch strings.ToLower(m.DictionaryName) {
	case "passwords":
		return WeakCommon, true
	case "user_inputs":
		return WeakPersonal, true
	case "malenames", "femalenames", "surname":
		return WeakName, true
	case "english":
		return WeakWord, true
	}
	w, ok := map[string]Weakness{"spatial": WeakKeyboard, "repeat": WeakRepeat, "sequence": WeakSequence}[m.Pattern]
	return w, ok
}

// personalWords returns the words of at least three letters that personal texts
// are made of, in lower case.
func personalWords(personal []string) []string {
	words := []string{}
	for _, p := range personal[:min(len(personal), 8)] {
		p = strings.ToLower(p[:min(len(p), maxEmail)])
		words = append(words, p)
		words = append(words, strings.FieldsFunc(p, func(r rune) bool { return strings.ContainsRune(" @.-_+", r) })...)
	}
	return slices.DeleteFunc(words, func(w string) bool { return len(w) < 3 || len(w) > maxScored })
}
