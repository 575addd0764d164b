package escrow

import (
	"context"
	"slices"
	"strings"

	"github.com/megilance/lance"
)

// Sides are the parties of an agreement, and who has acted on it: what has to be
// known to tell who may decide about it.
type Sides struct {
	Payer   lance.PartyID
	Payee   lance.PartyID
	Sharers []lance.PartyID // who shares what the payee is paid
	Acted   []lance.UserID  // who has acted on the agreement, or for a party about it: none of them judges
}

// engineLabel begins the label of whatever happens by itself: lance.Actor.Label.
const engineLabel = "system:"

// SidesIn returns the sides of an agreement in the transaction of r; who has acted
// on it the log knows.
func SidesIn(ctx context.Context, r Repos, a *Agreement) (Sides, error) {
	s := a.sides()
	events, err := r.Log().Stream(ctx, a.Ref())
	for _, ev := range events {
		if !strings.HasPrefix(ev.By, engineLabel) {
			s.Act(lance.Actor{User: lance.UserID(ev.By)})
		}
	}
	return s, err
}

// Parties returns whom the agreement concerns: payer, payee and who shares with him.
func (s Sides) Parties() []lance.PartyID {
	return append([]lance.PartyID{s.Payer, s.Payee}, s.Sharers...)
}

// Stake reports whether a party pays or is paid.
func (s Sides) Stake(p lance.PartyID) bool { return slices.Contains(s.Parties(), p) }

// Impartial reports whether a user is neither a party nor has acted for one.
func (s Sides) Impartial(u lance.UserID) bool {
	return !s.Stake(lance.PartyID(u)) && !slices.Contains(s.Acted, u)
}

// Act remembers who acts for a party, and who behind him.
func (s *Sides) Act(by lance.Actor) {
	for _, u := range []lance.UserID{by.User, by.Behind} {
		if u != "" && !slices.Contains(s.Acted, u) {
			s.Acted = append(slices.Clone(s.Acted), u)
		}
	}
}
