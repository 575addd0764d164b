package media

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxName is the length of the longest name in bytes; its ending, from the last
// dot, has at most maxEnding.
const (
	MaxName   = 120
	maxEnding = 20
)

// Name makes a file's name of any text: the part behind the last separator, in
// the composed form of Unicode (NFC), of at most 120 bytes of UTF-8, its ending
// kept. Control characters, overrides of direction and other invisible ones are
// left out; what separates paths in some script, and what Windows takes
// in no name, becomes "_"; dots and spaces at either end go, so that no name is
// hidden or a folder; names of devices get a "_" in front. Where nothing remains
// the name is "file". A name that it has made stays as it is.
func Name(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = norm.NFC.String(strings.Map(plain, strings.ToValidUTF8(s, "")))
	s = fit(strings.Trim(s, ". "), MaxName)
	if device(s) {
		s = fit("_"+s, MaxName)
	}
	if s == "" {
		return "file"
	}
	return s
}

// plain returns what stands for a character in a name; -1 leaves it out.
func plain(c rune) rune {
	switch {
	case strings.ContainsRune(`<>:"|?*`, c), strings.ContainsRune("\u2044\u2215\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c\uff1a", c):
		return '_'
	case unicode.IsSpace(c):
		return ' '
	case !unicode.IsGraphic(c), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c), unicode.Is(unicode.Variation_Selector, c):
		return -1
	}
	return c
}

// fit shortens a name to a length in bytes, before its ending, and leaves no dot
// or space at either end.
func fit(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	stem, ending := split(s)
	return strings.Trim(cut(stem, limit-len(ending))+ending, ". ")
}

// split parts a name before its ending, which is empty where there is none or it
// is too long for one.
func split(s string) (stem, ending string) {
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= maxEnding {
		return s[:i], s[i:]
	}
	return s, ""
}

// cut shortens s to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRight(s[:n], ". ")
}

// device reports whether Windows reads the name, with any ending, as a device.
func device(s string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(s), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		n, ok := strings.CutPrefix(stem, port)
		if ok && utf8.RuneCountInString(n) == 1 && strings.Contains("0123456789¹²³", n) { //nolint:gocritic // it asks whether n is one of these
			return true
		}
	}
	return false
}

// Free returns the name, or the first of "name (2).txt", "name (3).txt", … that
// is not taken. Names that differ only in case are the same.
func Free(name string, taken []string) string {
	used := map[string]bool{}
	for _, t := range taken {
		used[fold(t)] = true
	}
	stem, ending := split(name)
	for n := 2; used[fold(name)]; n++ {
		mark := " (" + strconv.Itoa(n) + ")"
		name = cut(stem, MaxName-len(mark)-len(ending)) + mark + ending
	}
	return name
}

func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }
