package ledger

import (
	"context"
	"hash/maphash"

	"github.com/megilance/lance"
)

const (
	maxBatch  = 256 // callers who share a transaction
	lanes     = 2   // batches at the same time: while the database works for one, the other is worked out
	maxShared = 32  // transfers in a set that shares one; a larger set is long work
)

// posting is one caller's set on its way.
type posting struct {
	set  []Transfer
	out  []Transfer
	err  error
	done bool // out or err is its end; else it was not posted
}

// Post posts a set for the host's own code as the function of that name does in a
// transaction of its own, and fails as that and InTx do. Callers who come while
// the commit of others is under way share the next one: each set is still posted
// whole or not at all, whatever becomes of the others, and who gives up before
// his set is posted leaves nothing.
func (s *Service) Post(ctx context.Context, ts ...Transfer) ([]Transfer, error) {
	p := &posting{set: asked(ts)}
	err := check(p.set)
	if err == nil && len(ts) <= maxShared {
		err = s.line.Do(ctx, p, s.postings, touches(p.set)...)
	}
	if err == nil && !p.done {
		p.err = s.db.InTx(ctx, func(ctx context.Context, r Repos) (err error) {
			p.out, err = Post(ctx, r, ts...)
			return err
		})
	}
	if err == nil {
		err = p.err
	}
	if err != nil {
		return nil, lance.Op("ledger.Post", err)
	}
	return p.out, nil
}

var seed = maphash.MakeSeed()

// touches returns the accounts that a set locks, hashed.
func touches(ts []Transfer) []uint64 {
	out := make([]uint64, 0, 2*len(ts))
	for i := range ts {
		for _, a := range []Account{ts[i].Debit, ts[i].Credit} {
			if a.Kind.Floor() {
				out = append(out, maphash.Comparable(seed, a))
			}
		}
	}
	return out
}

// postings posts the sets of a batch in one transaction. Where that fails, each is
// left to its caller; but not where the commit may have succeeded.
func (s *Service) postings(ctx context.Context, take func(int) []*lance.Turn[*posting]) {
	var batch []*lance.Turn[*posting]
	err := s.db.InTx(ctx, func(ctx context.Context, r Repos) error {
		if batch == nil {
			batch = take(maxBatch)
		}
		return postAll(ctx, r, batch)
	})
	unknown := lance.CodeOf(err) == "commit_unknown"
	for _, t := range batch {
		p := t.Command
		if p.done = err == nil || unknown; unknown {
			p.err = err
		}
	}
}

func postAll(ctx context.Context, r Repos, batch []*lance.Turn[*posting]) error {
	sets := make([][]Transfer, len(batch))
	for i, t := range batch {
		sets[i] = t.Command.set
	}
	b, err := Open(ctx, r, sets...)
	if err != nil {
		return err
	}
	for _, t := range batch {
		if p := t.Command; t.Begin() {
			p.out, p.err = b.Post(p.set...)
		}
	}
	return b.Write(ctx)
}
