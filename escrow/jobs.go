package escrow

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// Jobs is what goes on by itself in escrow and the ledger below it: submitted
// work is released when its inspection is over, and released money becomes
// available when its clearance is.
func Jobs() lance.Jobs[Repos] {
	own := lance.Jobs[Repos]{Timers: map[string]lance.Fire[Repos]{KindAutoRelease: autoRelease, KindClear: becomeAvailable}}
	return own.Join(ledger.Jobs[Repos]())
}

// autoRelease approves for a payer who let the inspection pass. A timer that was
// overtaken does nothing.
func autoRelease(ctx context.Context, r Repos, t lance.Timer) error {
	a, err := r.Agreements().Get(ctx, ID(t.Owner.ID))
	if err != nil || a.State != Submitted || a.ReleaseAt.After(r.Now()) {
		return err
	}
	_, err = ApproveIn(ctx, r, ApproveInput{By: lance.System("auto_release"), Agreement: a.ID})
	return err
}

// becomeAvailable moves on what has been in clearance long enough.
func becomeAvailable(ctx context.Context, r Repos, t lance.Timer) error {
	a, err := r.Agreements().Get(ctx, ID(t.Owner.ID))
	if err != nil || len(a.Clearing) == 0 || a.Clearing[0].At.After(r.Now()) {
		return err
	}
	s := clearing(*a, r.Now())
	_, err = s.keep(ctx, r, lance.System("clearance"))
	return err
}
