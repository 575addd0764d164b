package trust

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
)

// MaxParties is about how many parties can be asked at a time: a page of a list.
const MaxParties = lance.MaxPageSize

// Service answers each question in a view of its own. It has no state.
type Service struct {
	db lance.Runner[payments.Repos]
}

// NewService returns a service on a store that has the repositories of payments.
func NewService[R payments.Repos](db lance.Runner[R]) *Service {
	return &Service{lance.Narrow(db, func(r R) payments.Repos { return r })}
}

// PaymentVerified tells of each party whether its payment is verified: whether a
// provider has charged at least one of its top-ups of which no chargeback was lost. It
// is for everybody, and asks one question of the store, for a whole page of a list, too.
// A party that nobody knows is not verified. It fails with Invalid "/parties"
// ("too_many") for more than MaxParties.
func (s *Service) PaymentVerified(ctx context.Context, parties ...lance.PartyID) (map[lance.PartyID]bool, error) {
	return lance.Read(ctx, s.db, "trust.PaymentVerified", func(ctx context.Context, r payments.Repos) (map[lance.PartyID]bool, error) {
		return PaymentVerifiedIn(ctx, r, parties...)
	})
}

// PaymentVerifiedIn is PaymentVerified in the transaction of r.
func PaymentVerifiedIn(ctx context.Context, r payments.Repos, parties ...lance.PartyID) (map[lance.PartyID]bool, error) {
	parties = slices.Clone(parties)
	slices.Sort(parties)
	parties = slices.Compact(parties)
	out := make(map[lance.PartyID]bool, len(parties))
	if len(parties) > MaxParties {
		var f lance.Faults
		f.Add("/parties", "too_many", "a page of parties is asked about at a time")
		return out, f.Err()
	}
	if len(parties) == 0 {
		return out, nil
	}
	verified, err := r.Payers().Verified(ctx, parties...)
	for _, p := range verified {
		out[p] = true
	}
	return out, err
}
