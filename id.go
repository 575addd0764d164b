package lance

import (
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// World is where identifiers and times come from: every Repos is one.
type World interface {
	// Now returns the transaction's time: UTC, microseconds, the same
	// throughout one transaction.
	Now() time.Time
	// Entropy returns the source of randomness.
	Entropy() Entropy
}

// crockford is Douglas Crockford's base32 alphabet in lower case.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// idLen is the length of sixteen bytes in base32.
const idLen = 26

// NewID makes an identifier such as "ctr_01jq…": the prefix and a UUIDv7
// (RFC 9562, with the twelve bits after the millisecond holding its fraction)
// in lower-case Crockford base32. Identifiers of one kind sort by the time they
// were made; w's clock and entropy alone determine them.
func NewID[T ~string](prefix string, w World) T {
	u := NewUUID(w)
	return T(prefix + "_" + crockford.EncodeToString(u[:]))
}

// NewUUID makes the sixteen bytes of a UUIDv7 from w's clock and entropy.
func NewUUID(w World) [16]byte {
	var u [16]byte
	w.Entropy().Fill(u[8:])
	micros := uint64(w.Now().UnixMicro())
	ms, frac := micros/1000, micros%1000*4096/1000
	binary.BigEndian.PutUint64(u[:8], ms<<16|7<<12|frac)
	u[8] = u[8]&0x3f | 0x80
	return u
}

// DeriveID makes an identifier from the first sixteen bytes of a hash, so that
// what was hashed determines it. Such identifiers do not sort by time.
func DeriveID[T ~string](prefix string, h Hash) T {
	return T(prefix + "_" + crockford.EncodeToString(h[:16]))
}

// DeriveIDBeside is DeriveID for a part of something that has an identifier: when
// owner is one that NewID or DeriveIDBeside made, the identifier begins with the
// same millisecond, so that what is made at about the same time stands together in
// an index, and 74 bits of the hash follow (UUIDv8, RFC 9562). Else it is what
// DeriveID makes.
func DeriveIDBeside[T ~string](prefix, owner string, h Hash) T {
	_, rest, _ := strings.Cut(owner, "_")
	of, err := crockford.DecodeString(rest)
	if err != nil || len(of) != 16 || of[6]>>4 != 7 && of[6]>>4 != 8 || of[8]>>6 != 2 {
		return DeriveID[T](prefix, h)
	}
	copy(h[:6], of)
	h[6] = h[6]&0x0f | 8<<4
	h[8] = h[8]&0x3f | 2<<6
	return DeriveID[T](prefix, h)
}

// ParseID checks that s is an identifier with the prefix, as NewID makes them.
// Otherwise it fails with Invalid "id_syntax".
func ParseID[T ~string](prefix, s string) (T, error) {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	if ok && len(rest) == idLen {
		// Written again it must be the same: the decoder forgives line breaks and
		// loose bits at the end.
		if b, err := crockford.DecodeString(rest); err == nil && crockford.EncodeToString(b) == rest {
			return T(s), nil
		}
	}
	return "", E(Invalid, "id_syntax", "this is not an identifier of the kind that is meant here")
}
