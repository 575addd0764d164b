package memkit

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/megilance/lance"
)

// Keys are the idempotency keys already used.
func (tx *Tx) Keys() lance.Keys { return keys{tx} }

type keys struct{ tx *Tx }

// used names a key; in the table by age it begins with when it was used.
type used struct {
	at          time.Time
	scope, name string
}

func (u used) compare(o used) int {
	return cmp.Or(u.at.Compare(o.at), strings.Compare(u.scope, o.scope), strings.Compare(u.name, o.name))
}

func (s keys) all() sorted[used, lance.Key] {
	return sorted[used, lance.Key]{s.tx, s.tx.core.slot("keys"), used.compare}
}

func (s keys) byAge() sorted[used, bool] {
	return sorted[used, bool]{s.tx, s.tx.core.slot("keys.age"), used.compare}
}

// Claim records keys, or returns the first that already stands at a scope and
// name.
func (s keys) Claim(_ context.Context, ks ...lance.Key) (standing *lance.Key, err error) {
	for _, k := range ks {
		if standing, err = s.claim(k); err != nil || standing != nil {
			return standing, err
		}
	}
	return nil, s.tx.writable()
}

func (s keys) claim(k lance.Key) (standing *lance.Key, err error) {
	if err := s.tx.writable(); err != nil {
		return nil, err
	}
	if old, ok := s.all().get(used{scope: k.Scope, name: k.Name}); ok {
		return &old, nil
	}
	k = clone(k)
	if err := s.byAge().put(used{k.At, k.Scope, k.Name}, true); err != nil {
		return nil, err
	}
	return nil, s.all().put(used{scope: k.Scope, name: k.Name}, k)
}

// Answer replaces the result of a key that this transaction has claimed.
func (s keys) Answer(_ context.Context, scope, name, result string) error {
	if err := s.tx.writable(); err != nil {
		return err
	}
	k, ok := s.all().get(used{scope: scope, name: name})
	if !ok {
		return lance.E(lance.NotFound, "key_not_found", "the key was not claimed")
	}
	k.Result = result
	return s.all().put(used{scope: scope, name: name}, k)
}

// Sweep forgets keys older than before, at most limit, and returns how many.
func (s keys) Sweep(_ context.Context, before time.Time, limit int) (int, error) {
	swept := 0
	for u := range s.byAge().from(func(used) bool { return false }) {
		if swept >= limit || !u.at.Before(before) {
			break
		}
		if err := s.byAge().del(u); err != nil {
			return swept, err
		}
		if err := s.all().del(used{scope: u.scope, name: u.name}); err != nil {
			return swept, err
		}
		swept++
	}
	return swept, s.tx.writable()
}
