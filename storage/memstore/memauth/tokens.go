package memauth

import (
	"context"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// tokens keeps tokens by their hash, and the hashes of each session.
type tokens struct{ tx Tx }

var _ auth.TokenStore = tokens{}

func (s tokens) byHash() *memkit.Map[string, auth.Token] {
	return memkit.Table[string, auth.Token](s.tx.Tx, "auth.tokens")
}

// bySession is keyed by session and hash.
func (s tokens) bySession() *memkit.Map[string, bool] {
	return memkit.Table[string, bool](s.tx.Tx, "auth.session_tokens")
}

// Add stores tokens. It fails with Exists "token_exists" or NotFound
// "session_not_found".
func (s tokens) Add(ctx context.Context, ts ...auth.Token) error {
	for _, t := range ts {
		if _, err := s.tx.Sessions().Get(ctx, t.Session); err != nil {
			return err
		}
		if s.byHash().Has(t.Hash.String()) {
			return lance.E(lance.Exists, "token_exists", "there is such a token already")
		}
		if err := s.byHash().Put(t.Hash.String(), t); err != nil {
			return err
		}
		if err := s.bySession().Put(string(t.Session)+"/"+t.Hash.String(), true); err != nil {
			return err
		}
	}
	return nil
}

// Get returns what is kept of a token, or NotFound "token_not_found".
func (s tokens) Get(_ context.Context, hash lance.Hash) (*auth.Token, error) {
	t, ok := s.byHash().Get(hash.String())
	if !ok {
		return nil, lance.E(lance.NotFound, "token_not_found", "there is no such token")
	}
	return &t, nil
}

// Spend sets SpentAt of a token that was not spent yet. It fails with Conflict
// "token_spent" or NotFound "token_not_found".
func (s tokens) Spend(ctx context.Context, hash lance.Hash, at time.Time) error {
	t, err := s.Get(ctx, hash)
	if err != nil {
		return err
	}
	if !t.SpentAt.IsZero() {
		return lance.E(lance.Conflict, "token_spent", "the token was used before")
	}
	t.SpentAt = at
	return s.byHash().Put(hash.String(), *t)
}

// Forget removes the tokens of a session that expire before a time, with the
// zero time all of them, and returns how many these were.
func (s tokens) Forget(_ context.Context, session auth.SessionID, before time.Time) (int, error) {
	n := 0
	for hash, t := range s.of(session) {
		if !before.IsZero() && !t.ExpiresAt.Before(before) {
			continue
		}
		if err := s.byHash().Delete(hash); err != nil {
			return n, err
		}
		if err := s.bySession().Delete(string(session) + "/" + hash); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// of returns the tokens of a session by their hash.
func (s tokens) of(session auth.SessionID) map[string]auth.Token {
	found := map[string]auth.Token{}
	for key := range s.bySession().From(string(session) + "/") {
		hash, mine := strings.CutPrefix(key, string(session)+"/")
		if !mine {
			break
		}
		found[hash], _ = s.byHash().Get(hash)
	}
	return found
}

// Latest returns when each session was last given a token.
func (s tokens) Latest(_ context.Context, sessions ...auth.SessionID) (map[auth.SessionID]time.Time, error) {
	latest := map[auth.SessionID]time.Time{}
	for _, id := range sessions {
		for _, t := range s.of(id) {
			if t.IssuedAt.After(latest[id]) {
				latest[id] = t.IssuedAt
			}
		}
	}
	return latest, nil
}
