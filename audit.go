package lance

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
)

// Verify recomputes what a store's log witnesses and reports the first record
// that does not hold. In one view, in which nothing changes and for which no
// writer waits, it checks that
//
//   - the log's places are dense, each entry has the row that it witnesses and
//     the row still has the entry's leaf, and no row is without an entry;
//   - each stream has its versions without a gap, and each aggregate of the scope
//     has the version and state of its last event;
//   - the roots of the seals are those of their entries and the chain holds;
//   - what the scope's packages keep beside their rows is what follows from them,
//     such as balances from transfers;
//   - checkpoints, those that are kept and those of opts, are of this log.
//
// Rows that are not sealed yet can be changed without trace, and a log whose end
// was cut off shows only against a checkpoint that was kept elsewhere. Memory
// grows with accounts and aggregates, not with events and transfers.
//
// The error is for a store that cannot be read, or an option that makes no
// sense; what is found is in the Audit.
func Verify[R Repos](ctx context.Context, db Runner[R], scope Scope[R], opts *VerifyOptions) (Audit, error) {
	a, err := newAuditor(opts, scope.checkers())
	if err == nil {
		err = db.View(ctx, func(ctx context.Context, r R) error { return scope.read(ctx, r, a.take) })
	}
	if err == nil {
		err = a.end()
	}
	return a.result("lance.Verify", err)
}

// Scope is what a verification covers besides the log itself and its events.
type Scope[R Repos] struct {
	Trails     []Trail[R]     // what else the log witnesses
	Aggregates []Aggregate[R] // whose streams the events are
}

// VerifyOptions say what a log is held against. The zero value and nil take its
// own word.
type VerifyOptions struct {
	Key    *CheckpointKey // signs its checkpoints; nil: signatures are not checked
	Kept   []string       // notes of checkpoints that were kept elsewhere; they need the Key
	Opaque []string       // kinds of entries, not of this module, whose rows nobody can recompute; others are a Finding
}

// Audit is what a verification found. It ends at the first record that does not
// hold, so that counts then tell how far it came.
type Audit struct {
	Bad         *Finding         // the first record that does not hold; nil when all do
	Entries     int64            // sealed, from the first on
	Head        Hash             // of the chain at the last seal
	Root        Hash             // of the Merkle tree over all sealed entries
	Waiting     int64            // entries that are not sealed yet, whose rows nothing protects
	Records     map[string]int64 // how many of each kind were looked at
	Opaque      int64            // entries whose rows were passed over, as VerifyOptions.Opaque allows
	Checkpoints int64            // kept ones that hold
	Latest      *Checkpoint      // the last of these
	Signed      bool             // whether their signatures were checked
	Kept        int64            // ones of VerifyOptions.Kept that hold
}

// Err returns nil when all holds, else Internal "audit_failed" with the Finding
// as its cause.
func (a Audit) Err() error {
	if a.Bad == nil {
		return nil
	}
	return E(Internal, "audit_failed", "the store is not what its log witnesses").Cause(a.Bad)
}

// Finding names a record that does not hold.
type Finding struct {
	Code string // what is wrong, stable: one of the Found constants
	Kind string // of the record: "event", "transfer", "seal", "account", …
	ID   string // the record
	Seq  int64  // its place in the log; 0 where it has none
	Msg  string // for people
}

// What can be wrong with a record.
const (
	FoundRowChanged        = "row_changed"        // the row does not have the leaf that the log has
	FoundRowMissing        = "row_missing"        // the log witnesses a row that is not there
	FoundRowUnwitnessed    = "row_unwitnessed"    // a row that the log does not know
	FoundRowUnreadable     = "row_unreadable"     // the row cannot be read
	FoundKindUnknown       = "kind_unknown"       // an entry of a kind that nothing in the scope can recompute
	FoundEntryChanged      = "entry_changed"      // the log's line says another place or stream than its row
	FoundEntryMissing      = "entry_missing"      // a place of the log is empty
	FoundStreamGap         = "stream_gap"         // a stream's versions are not dense
	FoundBatchChanged      = "batch_changed"      // the entries between two seals are not those that were sealed
	FoundSealChanged       = "seal_changed"       // the chain breaks at a seal
	FoundSealMissing       = "seal_missing"       // entries that no seal covers
	FoundCheckpointChanged = "checkpoint_changed" // a checkpoint that is of another log, or not signed as it stands
	FoundLogShort          = "log_short"          // a checkpoint covers more than there is
	FoundAggregateChanged  = "aggregate_changed"  // an aggregate is not as its last event left it
	FoundAggregateMissing  = "aggregate_missing"  // events of an aggregate that is not there
	FoundAggregateSilent   = "aggregate_silent"   // an aggregate that no event speaks of
	FoundKeptChanged       = "kept_changed"       // what is kept is not what follows from the rows
	FoundKeptMissing       = "kept_missing"       // what follows from the rows is not kept
	FoundExportBroken      = "export_broken"      // a line of an export that cannot be read, or its end is missing
)

// Error returns the finding on one line.
func (f *Finding) Error() string {
	s := f.Code + ": " + f.Kind + " " + f.ID
	if f.Seq > 0 {
		s += " (entry " + strconv.FormatInt(f.Seq, 10) + ")"
	}
	return s + ": " + f.Msg
}

// Record is one thing that an audit looks at. The log comes first, in its order,
// each seal and checkpoint behind its last entry; then rows that are not sealed,
// then what is kept beside the rows, then aggregates.
type Record struct {
	Kind  string // "event", "seal", "checkpoint", "aggregates", "aggregate", or a Trail's
	Entry *Entry // the log's line for a row, with Seq 0 when it waits to be sealed; nil for a row without, and for what is no row
	Value any    // nil for a row that is not there, Unreadable for one that cannot be read
}

// Unreadable is the Value of a row that cannot be read.
type Unreadable struct{}

// Checker audits the rows of one kind that a log witnesses, and what is kept
// beside them. It serves one audit.
type Checker interface {
	// Kind is that of the entries which witness the rows, and of their records.
	Kind() string
	// Encode returns what stands for a value in JSON.
	Encode(value any) any
	// Decode reads the value of a record of that kind. It fails as it likes.
	Decode(kind string, b json.RawMessage) (any, error)
	// Row takes a row in and returns the line by which the log has to witness it.
	Row(value any) (Entry, *Finding)
	// Rest compares one other record, when all rows were taken in.
	Rest(kind string, value any) *Finding
	// End tells what should have been among the rest and was not.
	End() *Finding
}

// Trail is how a store's rows of one kind are read for a Checker.
type Trail[R Repos] struct {
	Checker func() Checker
	// Rows returns those of the rows that are there, by ID.
	Rows func(ctx context.Context, r R, ids []string) (map[string]any, error)
	// Loose returns rows that have no place in the log, with a greater ID than
	// after, in order, at most limit.
	Loose func(ctx context.Context, r R, after string, limit int) ([]Loose, error)
	// Rest yields what is kept beside the rows.
	Rest func(ctx context.Context, r R, yield func(Record) error) error
}

// Loose is a row that has no place in the log.
type Loose struct {
	ID    string
	Value any
}

// Standing is how an aggregate is kept.
type Standing struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Version int64  `json:"version"`
	State   string `json:"state,omitempty"` // empty where it has none
}

// Aggregate is how the aggregates of one kind are read: in order of their IDs.
type Aggregate[R Repos] struct {
	Kind string // of their streams
	Page func(ctx context.Context, r R, after string, limit int) ([]Standing, error)
}

// AggregateOf returns how the rows of a table whose streams are called after its
// noun are read. A nil state means that they have none.
func AggregateOf[R Repos, D any, K ~string](t *Table[D], rows func(R) Rows[D, K], state func(*D) string) Aggregate[R] {
	page := func(ctx context.Context, r R, after string, limit int) ([]Standing, error) {
		f := Filter{Limit: limit}
		if after != "" {
			f.After = []any{after, after}
		}
		found, err := rows(r).Find(ctx, f)
		out := make([]Standing, len(found))
		for i, d := range found {
			out[i] = Standing{Kind: t.Noun, ID: t.ID(d), Version: 1}
			if t.Version != nil {
				out[i].Version = *t.Version(d)
			}
			if state != nil {
				out[i].State = state(d)
			}
		}
		return out, err
	}
	return Aggregate[R]{Kind: t.Noun, Page: page}
}

// Join adds what others cover to s.
func (s Scope[R]) Join(others ...Scope[R]) Scope[R] {
	var out Scope[R]
	for _, o := range append([]Scope[R]{s}, others...) {
		out.Trails = append(out.Trails, o.Trails...)
		out.Aggregates = append(out.Aggregates, o.Aggregates...)
	}
	return out
}

func (s Scope[R]) checkers() []Checker {
	out := make([]Checker, len(s.Trails))
	for i, t := range s.Trails {
		out[i] = t.Checker()
	}
	return out
}

// result returns the audit, taking a finding out of the error that ended it.
func (a *auditor) result(op string, err error) (Audit, error) {
	if a == nil {
		return Audit{}, Op(op, err)
	}
	if f, ok := errors.AsType[*Finding](err); ok {
		a.audit.Bad, err = f, nil
	}
	return a.audit, Op(op, err)
}
