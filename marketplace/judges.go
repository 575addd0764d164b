package marketplace

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow/dispute"
)

// arbiters are those of the configuration, else those among the users.
func (c *Config) arbiters(users *auth.Service) dispute.Arbiters {
	if c.Arbiters != nil {
		return c.Arbiters
	}
	return judges{users}
}

// judges are the arbiters among the users of auth.
type judges struct{ users *auth.Service }

// MayJudge reports whether the user is active and an arbiter. Each user is a party
// of his own here, which package dispute looks at itself.
func (j judges) MayJudge(ctx context.Context, user lance.UserID, _ []lance.PartyID) (bool, error) {
	u, err := j.users.Get(ctx, lance.System("dispute.assign"), user)
	if lance.KindOf(err) == lance.NotFound {
		return false, nil
	}
	return err == nil && u.State == auth.StateActive && slices.Contains(u.Roles, lance.RoleArbiter), err
}
