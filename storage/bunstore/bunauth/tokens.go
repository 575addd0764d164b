package bunauth

import (
	"context"
	"errors"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// Tokens is the store of the hashes of tokens.
func (t Tx) Tokens() auth.TokenStore { return tokens(t) }

type tokens struct{ *bunkit.Q }

var _ auth.TokenStore = tokens{}

type tokenRow struct {
	Hash      []byte    `bun:"hash"`
	Kind      string    `bun:"kind"`
	Session   string    `bun:"session"`
	IssuedAt  time.Time `bun:"issued_at"`
	ExpiresAt time.Time `bun:"expires_at"`
	SpentAt   time.Time `bun:"spent_at"`
}

// Add stores tokens. It fails with Exists "token_exists" or NotFound
// "session_not_found".
func (s tokens) Add(ctx context.Context, ts ...auth.Token) error {
	for _, t := range ts {
		if _, err := Tx(s).Sessions().Get(ctx, t.Session); err != nil {
			return err
		}
		n, err := s.Affect(ctx, "INSERT INTO {lance_tokens} (hash, kind, session, issued_at, expires_at, spent_at) "+
			"VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			t.Hash[:], string(t.Kind), string(t.Session), t.IssuedAt, t.ExpiresAt, t.SpentAt)
		if err != nil {
			return err
		}
		if n == 0 {
			return lance.E(lance.Exists, "token_exists", "there is such a token already")
		}
	}
	return nil
}

// Get returns what is kept of a token, or NotFound "token_not_found".
func (s tokens) Get(ctx context.Context, hash lance.Hash) (*auth.Token, error) {
	var m tokenRow
	err := s.Query(ctx, &m, "SELECT hash, kind, session, issued_at, expires_at, spent_at FROM {lance_tokens} WHERE hash = ?", hash[:])
	if errors.Is(err, lance.NotFound) {
		return nil, lance.E(lance.NotFound, "token_not_found", "there is no such token")
	}
	if err != nil {
		return nil, err
	}
	return &auth.Token{
		Hash: hash, Kind: auth.TokenKind(m.Kind), Session: auth.SessionID(m.Session),
		IssuedAt: lance.Instant(m.IssuedAt), ExpiresAt: lance.Instant(m.ExpiresAt), SpentAt: lance.Instant(m.SpentAt),
	}, nil
}

// Spend sets SpentAt of a token that was not spent yet. It fails with Conflict
// "token_spent" or NotFound "token_not_found".
func (s tokens) Spend(ctx context.Context, hash lance.Hash, at time.Time) error {
	n, err := s.Affect(ctx, "UPDATE {lance_tokens} SET spent_at = ? WHERE hash = ? AND spent_at IS NULL", at, hash[:])
	if err != nil || n > 0 {
		return err
	}
	if _, err := s.Get(ctx, hash); err != nil {
		return err
	}
	return lance.E(lance.Conflict, "token_spent", "the token was used before")
}

// Forget removes the tokens of a session that expire before a time, with the
// zero time all of them, and returns how many these were.
func (s tokens) Forget(ctx context.Context, session auth.SessionID, before time.Time) (int, error) {
	query, args := "DELETE FROM {lance_tokens} WHERE session = ?", []any{string(session)}
	if !before.IsZero() {
		query, args = query+" AND expires_at < ?", append(args, before)
	}
	n, err := s.Affect(ctx, query, args...)
	return int(n), err
}

// Latest returns when each session was last given a token.
func (s tokens) Latest(ctx context.Context, sessions ...auth.SessionID) (map[auth.SessionID]time.Time, error) {
	latest := map[auth.SessionID]time.Time{}
	for _, id := range sessions { // a page's: at most a hundred
		var rows []tokenRow
		err := s.Query(ctx, &rows, "SELECT issued_at FROM {lance_tokens} WHERE session = ? ORDER BY issued_at DESC LIMIT 1", string(id))
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			latest[id] = lance.Instant(m.IssuedAt)
		}
	}
	return latest, nil
}
