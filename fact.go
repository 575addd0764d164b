package lance

import (
	"context"
	"time"
)

// FactName names something that a store knows about itself.
type FactName string

// Fact is something small that a store knows about itself and that outlives
// the process: how it was born, where a lever stands.
type Fact struct {
	Name    FactName
	Version int64     // from 1; grows with every change
	Value   string    // at most 1,000 bytes
	At      time.Time // when it was last set, UTC
}

// FactTable declares how facts are kept.
var FactTable = &Table[Fact]{
	Noun:    "fact",
	ID:      func(f *Fact) string { return string(f.Name) },
	Version: func(f *Fact) *int64 { return &f.Version },
}

// SettleFact sets a fact that is not known yet, and returns the value that
// stands: the given one, or what was settled before, which never changes by
// this. Two that settle at once agree.
func SettleFact(ctx context.Context, r Repos, name FactName, value string) (string, error) {
	if err := r.Lock(ctx, Ref{Kind: FactTable.Noun, ID: string(name)}); err != nil {
		return "", err
	}
	known, err := r.Facts().Get(ctx, name)
	if KindOf(err) == NotFound {
		err = r.Facts().Insert(ctx, &Fact{Name: name, Value: value, At: r.Now()})
		return value, err
	}
	if err != nil {
		return "", err
	}
	return known.Value, nil
}

// SetFact sets a fact, whatever it was before.
func SetFact(ctx context.Context, r Repos, name FactName, value string) error {
	if err := r.Lock(ctx, Ref{Kind: FactTable.Noun, ID: string(name)}); err != nil {
		return err
	}
	known, err := r.Facts().Get(ctx, name)
	if KindOf(err) == NotFound {
		return r.Facts().Insert(ctx, &Fact{Name: name, Value: value, At: r.Now()})
	}
	if err != nil {
		return err
	}
	known.Value, known.At = value, r.Now()
	return r.Facts().Update(ctx, known)
}

// FactOf returns the value of a fact, or "" when it is not known.
func FactOf(ctx context.Context, r Repos, name FactName) (string, error) {
	known, err := r.Facts().Get(ctx, name)
	if KindOf(err) == NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return known.Value, nil
}
