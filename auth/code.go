package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/megilance/lance"
)

// What bounds the guessing of codes: of the hundred million there are, a
// challenge forgives four.
const (
	codeDigits = 100_000_000
	maxMissed  = 5           // wrong codes that lock a challenge
	maxCode    = 64          // bytes of a code that are looked at
	codePause  = time.Minute // between two challenges of one kind
	minCodeKey = 32          // bytes
)

// Codes makes the codes of challenges from a secret key, so that none is stored.
type Codes struct{ key []byte }

// NewCodes returns the codes that belong to a key of at least 32 random bytes; a
// shorter one fails with Invalid "code_key_short". All processes that share a
// store share the key; a new key makes open challenges useless.
func NewCodes(key []byte) (*Codes, error) {
	if len(key) < minCodeKey {
		return nil, lance.E(lance.Invalid, "code_key_short", "the key of codes has at least 32 bytes")
	}
	return &Codes{key: append([]byte(nil), key...)}, nil
}

// Of returns the code of a challenge: eight digits.
func (c *Codes) Of(id ChallengeID) Secret {
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte("lance/auth/code/1\x00" + string(id)))
	n := binary.BigEndian.Uint64(mac.Sum(nil)) % codeDigits
	return Secret(fmt.Sprintf("%08d", n))
}

// right reports whether a code that somebody typed is the challenge's; spaces
// and hyphens in it do not count.
func (c *Codes) right(id ChallengeID, typed Secret) bool {
	if len(typed) > maxCode {
		return false
	}
	plain := strings.NewReplacer(" ", "", "-", "").Replace(string(typed))
	return subtle.ConstantTimeCompare([]byte(plain), []byte(c.Of(id))) == 1
}
