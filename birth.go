package lance

import "context"

// Birth says what a store was made for. It never changes.
type Birth string

// The births of a store.
const (
	BornTest Birth = "test" // nothing in it is real: it takes the sandbox and the levers, and refuses live keys
	BornLive Birth = "live" // real people and real money: it refuses the sandbox and every lever
)

// factBirth is the fact that holds a store's birth.
const factBirth FactName = "store.birth"

// BearIn settles in the transaction of r what a store is made for, at its first
// use, and at every later one sees that it is used for that. It fails with
// Precondition "store_birth" when it was born as something else, and with
// Invalid "birth_unknown".
func BearIn(ctx context.Context, r Repos, as Birth) error {
	if as != BornTest && as != BornLive {
		return E(Invalid, "birth_unknown", "a store is born test or live")
	}
	stands, err := SettleFact(ctx, r, factBirth, string(as))
	if err != nil {
		return err
	}
	if Birth(stands) != as {
		return E(Precondition, "store_birth", "the store was born "+stands+" and never becomes anything else")
	}
	return nil
}

// BirthIn returns what a store was born as, or "" before its first use.
func BirthIn(ctx context.Context, r Repos) (Birth, error) {
	value, err := FactOf(ctx, r, factBirth)
	return Birth(value), err
}
