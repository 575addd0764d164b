package lance

import (
	"context"
	"time"
)

// checkpointMost bounds how many entries one checkpoint adds to the one before.
const checkpointMost = 10_000

// CheckpointChore makes a checkpoint each minute, when there is something new.
func CheckpointChore[R Repos](s *Signer) Chore[R] {
	return Chore[R]{Name: "lance.checkpoint", Every: time.Minute, Do: func(ctx context.Context, r R) (bool, error) {
		c, err := MakeCheckpoint(ctx, r, s)
		if err != nil || c == nil {
			return false, err
		}
		left, err := r.Log().Seals(ctx, c.Size, 1)
		return len(left) > 0, err
	}}
}

// MakeCheckpoint signs what was sealed since the last checkpoint, about 10,000
// entries at most, and keeps that, in the transaction of r; it returns nil when
// nothing was. Before it signs it recomputes the roots and the chain of what it
// adds. It fails with Internal "log_broken" when the log is not what was sealed,
// with Internal "checkpoint_broken" when the last checkpoint is not what was
// signed, and with Exists "checkpoint_exists" when another process was first.
func MakeCheckpoint(ctx context.Context, r Repos, s *Signer) (*Checkpoint, error) {
	next, err := nextCheckpoint(ctx, r, s)
	if err != nil || next == nil {
		return nil, err
	}
	if err := r.Checkpoints().Insert(ctx, next); err != nil {
		return nil, err
	}
	return next, nil
}

// Checkpoints returns one page of the checkpoints that are kept, the latest
// first. It fails with Invalid "limit_range" or "cursor_syntax".
func Checkpoints(ctx context.Context, r Repos, q PageQuery) (Page[Checkpoint], error) {
	return List(ctx, r.Checkpoints(), CheckpointTable, Filter{Order: "size", Desc: true}, q)
}

func nextCheckpoint(ctx context.Context, r Repos, s *Signer) (*Checkpoint, error) {
	t, err := s.resume(ctx, r)
	if err != nil {
		return nil, err
	}
	from := t.Size()
	head, err := headAt(ctx, r, from)
	for more := true; err == nil && more && t.Size()-from < checkpointMost; {
		more, head, err = addSeals(ctx, r, &t, head)
	}
	if err != nil || t.Size() == from {
		return nil, err
	}
	c := s.Sign(Checkpoint{Size: t.Size(), Root: t.Root(), At: r.Now(), Peaks: t.Peaks()})
	return &c, nil
}

// resume returns the tree of the last checkpoint. One that another key has
// signed is gone on from: keys are changed.
func (s *Signer) resume(ctx context.Context, r Repos) (Tree, error) {
	last, err := r.Checkpoints().Find(ctx, Filter{Order: "size", Desc: true, Limit: 1})
	if err != nil || len(last) == 0 {
		return Tree{}, err
	}
	c := last[0]
	t, err := TreeOf(c.Size, c.Peaks)
	if err == nil {
		err = c.sound(&t)
	}
	if err == nil {
		said, sigs, _ := readNote(c.Note)
		if _, valid := s.key.signed(said, sigs); !valid {
			err = Invalid
		}
	}
	if err != nil {
		return Tree{}, E(Internal, "checkpoint_broken", "the last checkpoint is not what was signed").Cause(err)
	}
	return t, nil
}

// sound reports whether the note says what the row does, and both what the tree
// is.
func (c *Checkpoint) sound(t *Tree) error {
	said, _, err := readNote(c.Note)
	if err != nil {
		return err
	}
	if said.Size != c.Size || said.Root != c.Root || said.Origin != c.Origin || !said.At.Equal(c.At) ||
		c.Size != t.Size() || c.Root != t.Root() {
		return E(Invalid, "checkpoint_root", "the checkpoint is of another log")
	}
	return nil
}

var errLogBroken = E(Internal, "log_broken", "the log is not what was sealed")

// headAt returns the head of the chain at the end of a seal.
func headAt(ctx context.Context, r Repos, seq int64) (Hash, error) {
	if seq == 0 {
		return Hash{}, nil
	}
	seals, err := r.Log().Seals(ctx, seq-1, 1)
	if err != nil {
		return Hash{}, err
	}
	if len(seals) == 0 || seals[0].Last != seq {
		return Hash{}, errLogBroken
	}
	return seals[0].Head, nil
}

// addSeals adds the entries of the next seals to the tree, after it has
// recomputed their roots and the chain.
func addSeals(ctx context.Context, r Repos, t *Tree, head Hash) (more bool, _ Hash, err error) {
	const page = 10
	seals, err := r.Log().Seals(ctx, t.Size(), page)
	for _, s := range seals {
		var entries []Entry
		if s.First == t.Size()+1 && s.Last >= s.First {
			entries, err = r.Log().Entries(ctx, t.Size(), int(s.Last-s.First+1))
		}
		if err != nil {
			return false, head, err
		}
		var batch Tree
		for _, e := range entries {
			if e.Seq != t.Size()+1 {
				return false, head, errLogBroken
			}
			batch.Add(e.Leaf)
			t.Add(e.Leaf)
		}
		if t.Size() != s.Last || batch.Root() != s.Root || s.Head != ChainHead(head, s.First, s.Last, s.Root) {
			return false, head, errLogBroken
		}
		head = s.Head
	}
	return len(seals) == page, head, err
}
