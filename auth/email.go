package auth

import (
	"strings"

	"github.com/megilance/lance"
)

// The lengths that RFC 5321 gives an address, in bytes.
const (
	maxEmail = 254
	maxLocal = 64
)

// CheckEmail reports whether s is written like an e-mail address: plain ASCII, a
// local part of 1 to 64 bytes, an @, and a domain name with a dot; 254 bytes in
// all. Otherwise it fails with Invalid "email_syntax". Only a mail that arrives
// shows that there is such an address.
func CheckEmail(s string) error {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > maxLocal || len(s) > maxEmail || !isLocal(s[:at]) || !isDomain(s[at+1:]) {
		return lance.E(lance.Invalid, "email_syntax", "this is not an e-mail address")
	}
	return nil
}

// isLocal reports whether s is words of printable ASCII joined by single dots.
func isLocal(s string) bool {
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool {
			return r <= ' ' || r > '~' || strings.ContainsRune(`"(),:;<>@[\]`, r)
		}) {
			return false
		}
	}
	return true
}

func isDomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !isAlnum(r) }) {
			return false
		}
	}
	return strings.Contains(s, ".")
}

func isAlnum(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// EmailKey returns the form in which two spellings of one address are equal: in
// lower case.
func EmailKey(email string) string { return strings.ToLower(email) }

// MaskEmail returns an address with all but the first character of its local
// part hidden: "j***@domain.com".
func MaskEmail(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 1 {
		return "***"
	}
	return email[:1] + "***" + email[at:]
}
