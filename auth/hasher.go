package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/megilance/lance"
)

// Argon is how much work one password hash takes.
type Argon struct {
	MemoryKiB uint32 // memory in kibibytes
	Passes    uint32 // times over the memory
	Lanes     uint8  // parts that could run side by side
}

// OWASP is the work that the OWASP Password Storage Cheat Sheet asks of
// Argon2id: 19 MiB, two passes, one lane.
func OWASP() Argon { return Argon{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1} }

// The lengths of what is stored and, for hashes brought from elsewhere, the
// largest work that one check may ask for.
const (
	saltLen        = 16
	hashLen        = 32
	maxMemoryKiB   = 256 * 1024
	maxPasses      = 16
	maxLanes       = 16
	maxBcrypt      = 72 // bytes that bcrypt looks at
	maxBcryptCost  = 15
	maxStoredBytes = 64
)

// Hasher hashes and checks passwords with Argon2id. It works on a bounded number
// at a time, since each takes its memory; the others wait. It is safe for
// concurrent use.
type Hasher struct {
	work  Argon
	turns chan struct{}
}

// NewHasher makes a Hasher that works on at most parallel passwords at a time; 0
// is one per processor.
func NewHasher(work Argon, parallel int) *Hasher {
	if parallel < 1 {
		parallel = runtime.GOMAXPROCS(0)
	}
	return &Hasher{work: work, turns: make(chan struct{}, parallel)}
}

// turn waits until fewer than the bound are at work, then does f. It fails with
// the context's cause when that ends first.
func (h *Hasher) turn(ctx context.Context, f func()) error {
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	f()
	return nil
}

// Hash returns the hash of a password in PHC form. The salt is 16 random bytes.
// It fails only when ctx ends while it waits.
func (h *Hasher) Hash(ctx context.Context, password Secret, salt []byte) (string, error) {
	var sum []byte
	err := h.turn(ctx, func() {
		sum = argon2.IDKey([]byte(password), salt, h.work.Passes, h.work.MemoryKiB, h.work.Lanes, hashLen)
	})
	return phc{h.work, salt, sum}.String(), err
}

// Check reports whether the password is the one of a stored hash, and whether
// that hash should be made anew because it took less work than this Hasher
// gives. An empty stored hash takes the same work and is never right. A bcrypt
// hash looks at the first 72 bytes of a password, as it did where it was made;
// one of a longer password is not made anew, since the rest was not proven. It
// fails with Internal "hash_syntax" for a hash it cannot read, or as ctx ends
// while it waits.
func (h *Hasher) Check(ctx context.Context, stored string, password Secret) (right, renew bool, err error) {
	if isBcrypt(stored) {
		return h.checkBcrypt(ctx, stored, password)
	}
	p := phc{h.work, make([]byte, saltLen), nil}
	if stored != "" {
		if p, err = parsePHC(stored); err != nil {
			return false, false, err
		}
	}
	err = h.turn(ctx, func() {
		sum := argon2.IDKey([]byte(password), p.salt, p.work.Passes, p.work.MemoryKiB, p.work.Lanes, uint32(max(len(p.sum), hashLen))) //nolint:gosec // bounded by parsePHC
		right = len(p.sum) > 0 && subtle.ConstantTimeCompare(sum[:max(len(p.sum), hashLen)], p.sum) == 1
	})
	return right && err == nil, p.work.below(h.work), err
}

func (a Argon) below(b Argon) bool {
	return a.MemoryKiB < b.MemoryKiB || a.Passes < b.Passes
}

func isBcrypt(stored string) bool {
	return strings.HasPrefix(stored, "$2a$") || strings.HasPrefix(stored, "$2b$") || strings.HasPrefix(stored, "$2y$")
}

func (h *Hasher) checkBcrypt(ctx context.Context, stored string, password Secret) (right, renew bool, err error) {
	err = h.turn(ctx, func() {
		right = bcrypt.CompareHashAndPassword([]byte(stored), []byte(password)[:min(len(password), maxBcrypt)]) == nil
	})
	return right && err == nil, len(password) <= maxBcrypt, err
}

// CheckHash reports whether Check can read a hash and will do its work for it;
// otherwise it fails with Invalid "hash_syntax".
func CheckHash(stored string) error {
	bad := lance.E(lance.Invalid, "hash_syntax", "this is not a password hash in PHC form of Argon2id, nor one of bcrypt")
	if isBcrypt(stored) {
		cost, err := bcrypt.Cost([]byte(stored))
		if err != nil || cost > maxBcryptCost || len(stored) != 60 {
			return bad
		}
		return nil
	}
	if _, err := parsePHC(stored); err != nil {
		return bad
	}
	return nil
}

// phc is a hash in the form of the Password Hashing Competition.
type phc struct {
	work      Argon
	salt, sum []byte
}

// String returns "$argon2id$v=19$m=…,t=…,p=…$salt$hash".
func (p phc) String() string {
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.work.MemoryKiB, p.work.Passes, p.work.Lanes, enc(p.salt), enc(p.sum))
}

func parsePHC(s string) (phc, error) {
	var p phc
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errHash(nil)
	}
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.work.MemoryKiB, &p.work.Passes, &p.work.Lanes)
	if err == nil {
		p.salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	}
	if err == nil {
		p.sum, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err == nil && !p.sane() {
		err = errors.New("its parameters are out of bounds")
	}
	if err != nil {
		return p, errHash(err)
	}
	return p, nil
}

func (p phc) sane() bool {
	within := func(n, least, most int) bool { return n >= least && n <= most }
	return within(int(p.work.Lanes), 1, maxLanes) && within(int(p.work.Passes), 1, maxPasses) &&
		within(int(p.work.MemoryKiB), 8*int(p.work.Lanes), maxMemoryKiB) &&
		within(len(p.salt), 8, maxStoredBytes) && within(len(p.sum), hashLen, maxStoredBytes)
}

func errHash(err error) error {
	return lance.E(lance.Internal, "hash_syntax", "a stored password hash cannot be read").Cause(err)
}
