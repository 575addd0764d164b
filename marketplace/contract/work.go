package contract

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/file"
)

// Fund holds a milestone's money: it moves from what the client has available
// into the milestone's agreement. Faults: NotFound; Forbidden
// "milestone_relation" for all but the client; Precondition "milestone_state", or
// "funds_old" as escrow.FundIn says; Insufficient "balance_insufficient"; Conflict
// "key_reused".
func (s *Service) Fund(ctx context.Context, by lance.Actor, in FundInput) (*MilestoneDetails, error) {
	return s.work(ctx, by, task{op: "contract.Fund", id: in.Milestone, key: in.Key, input: in, do: Fund, act: fund})
}

func fund(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
	_, err := escrow.FundIn(ctx, r, escrow.FundInput{By: by, Agreement: p.a.ID})
	return Funded{p.m.changed()}, err
}

// Submit hands a milestone's work in, with files that were uploaded for it; the
// client's time to look at it begins, and the files are both parties' to read
// and nobody's to remove. Faults: NotFound; Forbidden "milestone_relation" for
// all but the freelancer; Precondition "milestone_state", or "file_state" for a
// file of an earlier submission; Invalid "/message" or "/files"; Conflict
// "key_reused".
func (s *Service) Submit(ctx context.Context, by lance.Actor, in SubmitInput) (*MilestoneDetails, error) {
	return s.work(ctx, by, task{
		op: "contract.Submit", id: in.Milestone, key: in.Key, input: in, do: Submit, bad: in.check(),
		act: func(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
			return submit(ctx, r, by, p, in)
		},
	})
}

func submit(ctx context.Context, r Repos, by lance.Actor, p *piece, in SubmitInput) (lance.Payload, error) {
	if _, err := escrow.SubmitIn(ctx, r, escrow.SubmitInput{By: by, Agreement: p.a.ID}); err != nil {
		return nil, err
	}
	files, err := file.AttachIn(ctx, r, file.AttachInput{By: by, Subject: p.m.Ref(), Readers: p.m.parties(), Files: in.Files})
	if err != nil {
		return nil, err
	}
	told := Submitted{MilestoneChanged: p.m.changed(), Files: []file.ID{}, SHA256: []file.Digest{}}
	for _, f := range files {
		told.Files, told.SHA256 = append(told.Files, f.ID), append(told.SHA256, f.SHA256)
	}
	told.Turn, err = p.turn(ctx, r, by, TurnSubmitted, in.Message, files)
	return told, err
}

// RequestChanges sends a milestone's work back; the clock stands. It is counted,
// and may move the due date. Faults: NotFound; Forbidden "milestone_relation"
// for all but the client; Precondition "milestone_state", or "milestone_revisions"
// when changes were requested as often as was agreed; Invalid "/message" or
// "/due_at"; Conflict "key_reused".
func (s *Service) RequestChanges(ctx context.Context, by lance.Actor, in ChangesInput) (*MilestoneDetails, error) {
	in.DueAt = lance.Instant(in.DueAt)
	return s.work(ctx, by, task{
		op: "contract.RequestChanges", id: in.Milestone, key: in.Key, input: in, do: RequestChanges, bad: checkMessage(in.Message),
		act: func(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
			return requestChanges(ctx, r, by, p, in)
		},
	})
}

func requestChanges(ctx context.Context, r Repos, by lance.Actor, p *piece, in ChangesInput) (lance.Payload, error) {
	if p.m.Revisions >= p.m.Limit {
		return nil, lance.E(lance.Precondition, "milestone_revisions", "changes were requested as often as was agreed")
	}
	if !in.DueAt.IsZero() {
		if !in.DueAt.After(r.Now()) {
			var f lance.Faults
			f.Add("/due_at", "due_past", "this time is over")
			return nil, f.Err()
		}
		p.m.DueAt = in.DueAt
	}
	if _, err := escrow.RequestChangesIn(ctx, r, escrow.RequestChangesInput{By: by, Agreement: p.a.ID}); err != nil {
		return nil, err
	}
	p.m.Revisions++
	turn, err := p.turn(ctx, r, by, TurnChangesRequested, in.Message, []file.Info{})
	return ChangesRequested{p.m.changed(), turn, p.m.Revisions, p.m.DueAt}, err
}

// Approve takes a milestone's work and releases its money at once, less the fee.
// The last one completes the contract and its project. Faults: NotFound;
// Forbidden "milestone_relation" for all but the client; Precondition
// "milestone_state", or "funding_required" where a bank has taken a part of the money
// back, which escrow.FundIn brings in anew; Conflict "key_reused".
func (s *Service) Approve(ctx context.Context, by lance.Actor, in ApproveInput) (*MilestoneDetails, error) {
	return s.work(ctx, by, task{
		op: "contract.Approve", id: in.Milestone, key: in.Key, input: in, do: Approve, act: approve, ends: true,
	})
}

func approve(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
	_, err := escrow.ApproveIn(ctx, r, escrow.ApproveInput{By: by, Agreement: p.a.ID})
	return Approved{p.m.changed()}, err
}

// CancelMilestone gives a milestone up: what is planned, by either party; what
// is funded, by the freelancer, which returns the money. One that has paid parts and
// of which nothing is held either party closes by it: it is approved, with those. The
// last one ends the contract. Faults: NotFound; Forbidden "milestone_relation";
// Precondition "milestone_state".
func (s *Service) CancelMilestone(ctx context.Context, by lance.Actor, id MilestoneID) (*MilestoneDetails, error) {
	return s.work(ctx, by, task{op: "contract.CancelMilestone", id: id, do: CancelMilestone, act: drop, ends: true})
}

// drop ends the agreement of a milestone so that nothing is held.
func drop(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
	var err error
	if p.a.Held.IsZero() {
		_, err = escrow.CancelIn(ctx, r, escrow.CancelInput{By: by, Agreement: p.a.ID})
	} else {
		_, err = escrow.RefundIn(ctx, r, escrow.RefundInput{By: by, Agreement: p.a.ID})
	}
	if err != nil {
		return nil, err
	}
	return ended(ctx, r, by, p)
}

// next is where an action leads. To give up what has paid parts and holds nothing is
// to close it.
func (p *piece) next(do MilestoneAction, by lance.Actor) (MilestoneState, error) {
	if do == CancelMilestone && p.a.Held.IsZero() && p.a.Released.IsPositive() {
		do = Close
	}
	return MilestoneLifecycle.Next(p.state(), do, p.m.relations(by)...)
}

// task is one thing done to a milestone.
type task struct {
	op    string
	id    MilestoneID
	key   string // idempotency key; may be empty
	input any    // what the key stands for
	bad   error  // what is wrong with the input
	do    MilestoneAction
	// act does it: the milestone is in its new state and is stored afterwards.
	act  func(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error)
	ends bool // whether the contract may end, or its total change, by it
}

func (s *Service) work(ctx context.Context, by lance.Actor, t task) (*MilestoneDetails, error) {
	if err := by.Require(); err != nil {
		return nil, lance.Op(t.op, err)
	}
	return lance.Do(ctx, s.db, t.op, func(ctx context.Context, r Repos) (*MilestoneDetails, error) {
		_, first, err := lance.Once(ctx, r, by, t.key, t.op, t.input, string(t.id))
		if err != nil {
			return nil, err
		}
		if !first {
			return milestone(ctx, r, by, t.id)
		}
		if err := t.run(ctx, r, by); err != nil {
			return nil, err
		}
		return milestone(ctx, r, by, t.id)
	})
}

// run does the task: who may, in which state, what the input breaks, then the
// money and the milestone.
func (t task) run(ctx context.Context, r Repos, by lance.Actor) error {
	p, err := lockPiece(ctx, r, by, t.id, t.ends)
	if err != nil {
		return err
	}
	next, err := p.next(t.do, by)
	if err != nil {
		return err
	}
	if t.bad != nil {
		return t.bad
	}
	if err := p.become(ctx, r, by, next, t.act); err != nil {
		return err
	}
	if !t.ends {
		return nil
	}
	return settle(ctx, r, by, p.c)
}

// become takes a milestone to a state and tells what act says; where act has
// nothing to tell the milestone stays as it is.
func (p *piece) become(
	ctx context.Context, r Repos, by lance.Actor, next MilestoneState,
	act func(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error),
) error {
	p.m.State = next
	if MilestoneLifecycle.Terminal(next) && p.m.EndedAt.IsZero() {
		p.m.EndedAt = r.Now()
	}
	told, err := act(ctx, r, by, p)
	if err != nil || told == nil {
		return err
	}
	if err := r.Milestones().Update(ctx, p.m); err != nil {
		return err
	}
	return p.m.emit(ctx, r, by, told)
}

// turn adds a turn to the milestone's history and returns its name.
func (p *piece) turn(ctx context.Context, r Repos, by lance.Actor, kind TurnKind, message string, files []file.Info) (TurnID, error) {
	p.m.Turns++
	t := &Turn{
		ID: lance.NewID[TurnID]("trn", r), Milestone: p.m.ID, Place: p.m.Turns,
		Kind: kind, By: by.Party, Message: message, Files: files, At: r.Now(),
	}
	return t.ID, r.Turns().Insert(ctx, t)
}

// lockPiece locks what a task on a milestone changes: its agreement, and when
// the contract may end by it that and the project too.
func lockPiece(ctx context.Context, r Repos, by lance.Actor, id MilestoneID, whole bool) (*piece, error) {
	m, err := visible(ctx, r, by, id)
	if err != nil {
		return nil, err
	}
	c, err := r.Contracts().Get(ctx, m.Contract)
	if err != nil {
		return nil, err
	}
	refs := []lance.Ref{escrow.Ref(m.Agreement)}
	if whole {
		refs = append(refs, c.refs()...)
	}
	if err := r.Lock(ctx, refs...); err != nil {
		return nil, err
	}
	return reread(ctx, r, m)
}

// reread reads a milestone and what it belongs to again, after they are locked.
func reread(ctx context.Context, r Repos, m *Milestone) (*piece, error) {
	c, err := r.Contracts().Get(ctx, m.Contract)
	if err != nil {
		return nil, err
	}
	a, err := r.Agreements().Get(ctx, m.Agreement)
	if err != nil {
		return nil, err
	}
	m, err = r.Milestones().Get(ctx, m.ID)
	return &piece{c, m, a}, err
}

// visible returns a milestone that the actor may see, else NotFound.
func visible(ctx context.Context, r Repos, by lance.Actor, id MilestoneID) (*Milestone, error) {
	m, err := r.Milestones().Get(ctx, id)
	if err == nil && len(m.relations(by)) == 0 {
		return nil, MilestoneTable.NotFound()
	}
	return m, err
}
