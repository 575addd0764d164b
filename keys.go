package lance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"
)

// Key records that a caller's idempotency key was used: for what, with which
// content, and what came of it.
type Key struct {
	Scope   string    // whose key it is: the actor's party, or a provider
	Name    string    // the caller's key, 1 to 255 bytes
	Op      string    // the operation, such as "contract.Accept"
	Content Hash      // of the input
	Result  string    // the identifier of what was made or changed, or a whole answer
	At      time.Time // when
}

// Keys keeps the idempotency keys already used.
type Keys interface {
	// Claim records keys, or returns the key that already stands at the scope and
	// name of one of them; some of the others are recorded then. While another
	// transaction that claims the same key is under way it waits for that one's
	// end.
	Claim(ctx context.Context, ks ...Key) (standing *Key, err error)
	// Answer replaces the Result of a key that this transaction has claimed, once
	// it is known what came of it. It fails with NotFound "key_not_found" for a
	// key that is not there.
	Answer(ctx context.Context, scope, name, result string) error
	// Sweep forgets keys older than before, at most limit, and returns how many.
	Sweep(ctx context.Context, before time.Time, limit int) (int, error)
}

// Once makes an operation idempotent under a caller's key. With an empty key it
// reports first. Otherwise the key is claimed for the operation with this input
// and this result, in the transaction of r:
//
//   - the key is new: first is true, and the caller does the work;
//   - the key was used for the same operation and input: first is false, result
//     is what came of it, and the caller answers with that;
//   - it was used for anything else: Conflict "key_reused".
//
// Keys are remembered for Jobs.KeepKeys; after that one is new again.
//
// A key that is too long fails with Invalid "key_syntax". Call it before other
// writes and locks. The input is compared by its JSON.
func Once(ctx context.Context, r Repos, by Actor, key, op string, input any, newResult string) (result string, first bool, err error) {
	if key == "" {
		return newResult, true, nil
	}
	k, err := KeyOf(r, by, key, op, input, newResult)
	if err != nil {
		return "", false, err
	}
	standing, err := r.Keys().Claim(ctx, k)
	if err != nil || standing == nil {
		return newResult, true, err
	}
	if standing.Op != op || !bytes.Equal(standing.Content[:], k.Content[:]) {
		return "", false, E(Conflict, "key_reused", "this idempotency key was used for another request")
	}
	return standing.Result, false, nil
}

// KeyOf returns the key under which Once remembers an operation. It fails with
// Invalid "/key" for one that is no text of at most 255 bytes.
func KeyOf(w World, by Actor, key, op string, input any, result string) (Key, error) {
	if len(key) > 255 || (TextRule{Line: true, Max: 255}).Check(key) != nil {
		var f Faults
		f.Add("/key", "key_syntax", "an idempotency key is at most 255 bytes of text")
		return Key{}, f.Err()
	}
	content, err := json.Marshal(input)
	if err != nil {
		return Key{}, E(Internal, "key_content", "the input cannot be compared").Cause(err)
	}
	scope := string(by.Party)
	if by.IsSystem() {
		scope = by.Label()
	}
	return Key{Scope: scope, Name: key, Op: op, Content: sha256.Sum256(content), Result: result, At: w.Now()}, nil
}
