package escrow

import (
	"context"
	"errors"
	"hash/maphash"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

const (
	maxBatch = 128 // callers who share a transaction
	lanes    = 2   // batches at the same time: while the database works for one, the other is worked out
)

// doing is one caller's action on its way.
type doing struct {
	in   command
	do   Action
	step *step // what it comes to; nil: to be done by itself
	lone bool  // to be done by itself, as was found out in a first try
	out  *Agreement
	err  error
	done bool // out or err is its end; else nothing was done
}

// share does an action in a transaction that callers who wait share. Only what
// succeeds shares: an action that fails, and one whose key was used before, is
// done by itself, so that the others do not notice.
func (s *Service) share(ctx context.Context, op string, do Action, in command) (*Agreement, error) {
	d := &doing{in: in, do: do}
	err := s.line.Do(ctx, d, s.doings, in.touches()...)
	if err == nil && !d.done {
		return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Agreement, error) { return run(ctx, r, in, do) })
	}
	if err == nil {
		err = d.err
	}
	if err != nil {
		return nil, lance.Op(op, err)
	}
	return d.out, nil
}

var seed = maphash.MakeSeed()

// touches returns what an action waits for another to be done with, hashed: its
// agreement and its key.
func (in *command) touches() []uint64 {
	out := []uint64{maphash.Comparable(seed, in.Agreement)}
	if in.Key != "" {
		out = append(out, maphash.Comparable(seed, [2]string{string(in.By.Party), in.Key}))
	}
	return out
}

// errLone undoes a batch in which one was found that has to be done by itself.
var errLone = errors.New("not all of these can share a transaction")

// tries is how often the actions of a batch are done together: with all, and
// without those found out then.
const tries = 2

// doings does the actions of a batch in one transaction. Where that fails each is
// left to its caller; but not where the commit may have succeeded.
func (s *Service) doings(ctx context.Context, take func(int) []*lance.Turn[*doing]) {
	var batch []*lance.Turn[*doing]
	err := errLone
	for try := 0; try < tries && errors.Is(err, errLone); try++ {
		err = s.db.InTx(ctx, func(ctx context.Context, r Repos) error {
			if batch == nil {
				batch = take(maxBatch)
			}
			if d := batch[0].Command; len(batch) == 1 && batch[0].Begin() {
				d.out, d.err = run(ctx, r, d.in, d.do)
				return d.err
			}
			return doAll(ctx, r, batch)
		})
	}
	for _, t := range batch {
		d := t.Command
		switch {
		case len(batch) == 1, lance.CodeOf(err) == "commit_unknown":
			d.err, d.done = err, true
		case err == nil && d.step != nil:
			d.out, d.done = &d.step.after, true
		}
	}
}

// doAll does the actions of a batch that can be done: it locks and reads all
// their agreements, works each out, claims their keys, posts what they come to,
// and stores it: in the order in which run does it, lest two wait for each other.
func doAll(ctx context.Context, r Repos, batch []*lance.Turn[*doing]) error {
	kept, err := planAll(ctx, r, batch)
	if err != nil {
		return err
	}
	if err := claimAll(ctx, r, kept); err != nil {
		return err
	}
	if err := postAll(ctx, r, kept); err != nil {
		return err
	}
	return storeAll(ctx, r, kept)
}

// postAll posts what the actions come to.
func postAll(ctx context.Context, r Repos, kept []*doing) error {
	sets := make([][]ledger.Transfer, len(kept))
	for i, d := range kept {
		sets[i] = d.step.transfers
	}
	books, err := ledger.Open(ctx, r, sets...)
	if err != nil {
		return err
	}
	for _, d := range kept {
		if _, refused := books.Post(d.step.transfers...); refused != nil {
			d.lone, err = true, errLone
		}
	}
	if err != nil {
		return err
	}
	return books.Write(ctx)
}

// planAll works out what each action of a batch comes to. The second action on an
// agreement, and what cannot be done, is left to be done by itself.
func planAll(ctx context.Context, r Repos, batch []*lance.Turn[*doing]) (kept []*doing, err error) {
	refs, ids := make([]lance.Ref, len(batch)), make([]string, len(batch))
	for i, t := range batch {
		t.Command.step = nil
		refs[i], ids[i] = Ref(t.Command.in.Agreement), string(t.Command.in.Agreement)
	}
	if err := r.Lock(ctx, refs...); err != nil {
		return nil, err
	}
	found, err := r.Agreements().Find(ctx, lance.Filter{In: map[string][]string{"id": ids}})
	if err != nil {
		return nil, err
	}
	free := make(map[ID]*Agreement, len(found))
	for _, a := range found {
		free[a.ID] = a
	}
	for _, t := range batch {
		d := t.Command
		a := free[d.in.Agreement]
		if a == nil || d.lone || (d.in.Version != 0 && d.in.Version != a.Version) {
			continue
		}
		if step, err := a.attempt(d.in, d.do, r.Now()); err == nil && t.Begin() {
			d.step, kept = step, append(kept, d)
			delete(free, a.ID)
		}
	}
	return kept, nil
}

// storeAll stores what was posted.
func storeAll(ctx context.Context, r Repos, kept []*doing) error {
	agreements := make([]*Agreement, len(kept))
	for i, d := range kept {
		agreements[i] = &d.step.after
		if err := d.step.age(ctx, r); err != nil {
			return err
		}
	}
	if err := r.Agreements().Update(ctx, agreements...); err != nil {
		return err
	}
	var clocks []lance.Timer
	var events []lance.Event
	for _, d := range kept {
		told, err := lance.EventsOf(r, d.in.By, d.step.after.change(), d.step.event)
		if err != nil {
			return err
		}
		clocks, events = append(clocks, d.step.after.clocks()...), append(events, told...)
	}
	if err := r.Timers().Set(ctx, clocks...); err != nil {
		return err
	}
	return r.Log().Append(ctx, events...)
}

// claimAll claims the keys of a batch.
func claimAll(ctx context.Context, r Repos, kept []*doing) error {
	var keys []lance.Key
	for _, d := range kept {
		if d.in.Key == "" {
			continue
		}
		k, err := lance.KeyOf(r, d.in.By, d.in.Key, keyOp(d.do), d.in, string(d.in.Agreement))
		if err != nil {
			return err
		}
		keys = append(keys, k)
	}
	standing, err := r.Keys().Claim(ctx, keys...)
	if err != nil || standing == nil {
		return err
	}
	for _, d := range kept {
		d.lone = d.lone || d.in.Key == standing.Name
	}
	return errLone
}

func (in *FundInput) command() command {
	return command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Amount: in.Amount}
}

func (in *ApproveInput) command() command {
	return command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version}
}

func (in *ReleaseInput) command() command {
	return command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Amount: in.Amount}
}

func (in *RefundInput) command() command {
	return command{By: in.By, Key: in.Key, Agreement: in.Agreement, Version: in.Version, Amount: in.Amount}
}
