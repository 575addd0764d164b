package ledger

import (
	"context"
	"time"

	"github.com/megilance/lance"
)

// timerExpire is the clock of a pending transfer that expires.
const timerExpire = "ledger.expire"

// Jobs is the work of the ledger that goes on by itself: pending transfers whose
// time is over are voided, and each minute the coverage is looked at.
func Jobs[R Repos]() lance.Jobs[R] {
	return lance.Jobs[R]{
		Timers: map[string]lance.Fire[R]{
			timerExpire: func(ctx context.Context, r R, t lance.Timer) error { return expire(ctx, r, TransferID(t.Owner.ID)) },
		},
		Chores: []lance.Chore[R]{{Name: "ledger.coverage", Every: time.Minute, Do: func(ctx context.Context, r R) (bool, error) {
			_, err := WatchCoverage(ctx, r)
			return false, err
		}}},
	}
}

// expire voids a pending transfer if it still is open.
func expire(ctx context.Context, r Repos, id TransferID) error {
	found, err := TransfersOf(ctx, r, id)
	if err != nil || found[0].SettledBy != "" {
		return err
	}
	_, err = Post(ctx, r, Transfer{
		ID: TransferIDFor(id.Ref(), "expire", 0), Code: CodeExpire, Subject: found[0].Subject, Resolves: id, Void: true,
	})
	return err
}

// clocks sets the clocks of pending transfers that expire and stops those of the
// ones that were resolved.
func (b *books) clocks(ctx context.Context, r Repos, added []Transfer) error {
	var set []lance.Timer
	for i := range added {
		t := &added[i]
		switch {
		case t.Pending && t.SettledBy == "" && !t.ExpiresAt.IsZero():
			set = append(set, lance.Timer{Owner: t.ID.Ref(), Kind: timerExpire, DueAt: lance.Instant(t.ExpiresAt)})
		case t.Resolves != "" && !b.known[t.Resolves].ExpiresAt.IsZero():
			if err := r.Timers().Cancel(ctx, t.Resolves.Ref(), timerExpire); err != nil {
				return err
			}
		}
	}
	if len(set) == 0 {
		return nil
	}
	return r.Timers().Set(ctx, set...)
}
