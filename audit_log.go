package lance

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// auditor takes records one after the other. Its methods answer with a *Finding
// for the first that does not hold.
type auditor struct {
	audit    Audit
	opts     VerifyOptions
	outside  []Checkpoint // kept elsewhere, by size; those that held are taken off
	checkers map[string]Checker
	tree     Tree              // over all sealed entries
	batch    Tree              // over those since the last seal
	sealed   int64             // the last entry of the last seal
	streams  map[Ref]streamEnd // whose aggregates have not come
	kinds    map[string]bool   // of aggregates that are read
	words    map[string]string // kinds and states, each kept once
	past     bool              // the log is over
}

// streamEnd is the last event of a stream.
type streamEnd struct {
	version int64
	n       int
	state   string // as its body says; empty when it does not
}

func newAuditor(opts *VerifyOptions, checkers []Checker) (*auditor, error) {
	a := &auditor{checkers: map[string]Checker{}, streams: map[Ref]streamEnd{}, kinds: map[string]bool{}, words: map[string]string{}}
	a.audit.Records = map[string]int64{}
	if opts != nil {
		a.opts = *opts
	}
	a.audit.Signed = a.opts.Key != nil
	for _, c := range checkers {
		a.checkers[c.Kind()] = c
	}
	var f Faults
	for i, note := range a.opts.Kept {
		at := "/kept/" + strconv.Itoa(i)
		if a.opts.Key == nil {
			f.Add(at, "checkpoint_key", "a checkpoint that was kept takes the key that it is signed with")
			continue
		}
		c, err := a.opts.Key.Open(note)
		f.Check(at, err)
		a.outside = append(a.outside, c)
	}
	slices.SortFunc(a.outside, func(x, y Checkpoint) int { return cmp.Compare(x.Size, y.Size) })
	return a, f.Err()
}

// take takes the next record in.
func (a *auditor) take(rec Record) error {
	a.audit.Records[rec.Kind]++
	if f := a.check(rec); f != nil {
		return f
	}
	return nil
}

func (a *auditor) check(rec Record) *Finding {
	switch v := rec.Value.(type) {
	case Seal:
		return a.seal(v)
	case Checkpoint:
		return a.checkpoint(&v)
	case []string:
		for _, kind := range v {
			a.kinds[kind] = true
		}
		return nil
	case Standing:
		return a.standing(v)
	}
	if rec.Entry != nil && rec.Entry.Seq > 0 {
		return a.placed(rec)
	}
	if f := a.finish(); f != nil {
		return f
	}
	if c := a.owner(rec.Kind); c != nil && rec.Entry == nil {
		return c.Rest(rec.Kind, rec.Value)
	}
	return a.loose(rec)
}

// kindEvent is the kind of entries that witness events, and of their records.
const kindEvent = "event"

// owner returns the checker of the rest of that kind: "transfer.account" is of
// that of "transfer".
func (a *auditor) owner(kind string) Checker {
	own, _, rest := strings.Cut(kind, ".")
	if !rest {
		return nil
	}
	return a.checkers[own]
}

// placed takes an entry of the log in, with its row.
func (a *auditor) placed(rec Record) *Finding {
	e, next := *rec.Entry, a.tree.Size()+1
	if e.Seq != next {
		return &Finding{FoundEntryMissing, "entry", strconv.FormatInt(next, 10), next, "the log has no entry of that place"}
	}
	if f := a.row(rec); f != nil {
		return f
	}
	a.tree.Add(e.Leaf)
	a.batch.Add(e.Leaf)
	a.audit.Entries = next
	if len(a.outside) > 0 && a.outside[0].Size == next {
		return a.kept()
	}
	return nil
}

// kept holds the log against the checkpoints of this size that were kept
// elsewhere.
func (a *auditor) kept() *Finding {
	for ; len(a.outside) > 0 && a.outside[0].Size == a.tree.Size(); a.outside = a.outside[1:] {
		c := &a.outside[0]
		if c.Root != a.tree.Root() {
			return &Finding{FoundCheckpointChanged, "checkpoint", CheckpointTable.ID(c), c.Size, "the log up to this entry is not the one that the checkpoint was kept of"}
		}
		a.audit.Kept++
	}
	return nil
}

// row compares a row with the entry that witnesses it.
func (a *auditor) row(rec Record) *Finding {
	e := *rec.Entry
	found := func(code, msg string) *Finding { return &Finding{code, rec.Kind, e.ID, e.Seq, msg} }
	c := a.checkers[e.Kind]
	switch {
	case rec.Value == Unreadable{}:
		return found(FoundRowUnreadable, "the row cannot be read")
	case c == nil && e.Kind != kindEvent && !slices.Contains(a.opts.Opaque, e.Kind):
		return found(FoundKindUnknown, "nothing here can recompute what the log witnesses")
	case c == nil && e.Kind != kindEvent:
		a.audit.Opaque++
		return nil
	case rec.Value == nil:
		return found(FoundRowMissing, "the log witnesses it, and it is not there")
	}
	var must Entry
	if ev, ok := rec.Value.(Event); ok {
		must = ev.Entry()
		if f := a.stream(ev, e.Seq); must.Leaf == e.Leaf && f != nil {
			return f
		}
	} else if c != nil {
		var f *Finding
		if must, f = c.Row(rec.Value); must.Leaf == e.Leaf && f != nil {
			f.Seq = e.Seq
			return f
		}
	}
	must.Seq = e.Seq
	switch {
	case must.Leaf != e.Leaf:
		return found(FoundRowChanged, "the row is not what the log witnesses")
	case must != e:
		return found(FoundEntryChanged, "the log's line is of another row or place")
	}
	return nil
}

// loose takes a row in that has no place in the log.
func (a *auditor) loose(rec Record) *Finding {
	if rec.Entry != nil {
		a.audit.Waiting++
		return a.row(rec)
	}
	var must Entry
	if ev, ok := rec.Value.(Event); ok {
		must = ev.Entry()
	} else if c := a.checkers[rec.Kind]; c != nil {
		must, _ = c.Row(rec.Value)
	}
	return &Finding{FoundRowUnwitnessed, rec.Kind, must.ID, 0, "the log does not know this row"}
}

// stream checks that an event is the next of its stream.
func (a *auditor) stream(ev Event, seq int64) *Finding {
	last := a.streams[ev.Stream]
	next := ev.Version == last.version+1 && ev.N == 0
	more := ev.Version == last.version && ev.N == last.n+1 && last.version > 0
	if !next && !more {
		return &Finding{FoundStreamGap, kindEvent, string(ev.ID), seq, "it is not the next event of " + ev.Stream.String()}
	}
	var body struct {
		State any `json:"state"`
	}
	_ = json.Unmarshal(ev.Body, &body) // a body of another shape has no state
	state, _ := body.State.(string)
	stream := Ref{a.word(ev.Stream.Kind), ev.Stream.ID}
	a.streams[stream] = streamEnd{ev.Version, ev.N, a.word(state)}
	return nil
}

// word returns the text that was kept first of those that are equal.
func (a *auditor) word(s string) string {
	if kept, ok := a.words[s]; ok {
		return kept
	}
	a.words[s] = s
	return s
}

// seal checks that a seal covers the entries since the one before.
func (a *auditor) seal(s Seal) *Finding {
	id := strconv.FormatInt(s.First, 10) + "–" + strconv.FormatInt(s.Last, 10)
	switch {
	case s.First > a.sealed+1:
		return &Finding{FoundSealMissing, "seal", strconv.FormatInt(a.sealed+1, 10), a.sealed + 1, "no seal begins with this entry"}
	case s.First != a.sealed+1 || s.Last < s.First:
		return &Finding{FoundSealChanged, "seal", id, s.First, "it does not follow the seal before"}
	case s.Last > a.tree.Size():
		next := a.tree.Size() + 1
		return &Finding{FoundEntryMissing, "entry", strconv.FormatInt(next, 10), next, "it is sealed, and the log has no entry of that place"}
	case s.Last < a.tree.Size():
		return &Finding{FoundSealChanged, "seal", id, s.First, "it does not end where it says"}
	case s.Root != a.batch.Root():
		return &Finding{FoundBatchChanged, "seal", id, s.First, "these entries are not the ones that were sealed, or not in that order"}
	case s.Head != ChainHead(a.audit.Head, s.First, s.Last, s.Root):
		return &Finding{FoundSealChanged, "seal", id, s.First, "the chain breaks here"}
	}
	a.sealed, a.batch, a.audit.Head, a.audit.Root = s.Last, Tree{}, s.Head, a.tree.Root()
	return nil
}

// checkpoint checks a checkpoint that is kept with the log.
func (a *auditor) checkpoint(c *Checkpoint) *Finding {
	found := func(code, msg string) *Finding {
		return &Finding{code, "checkpoint", CheckpointTable.ID(c), c.Size, msg}
	}
	if c.Size > a.tree.Size() {
		return found(FoundLogShort, "it covers more entries than the log has")
	}
	if c.sound(&a.tree) != nil {
		return found(FoundCheckpointChanged, "it is not of this log")
	}
	if a.opts.Key != nil {
		if _, err := a.opts.Key.Open(c.Note); err != nil {
			return found(FoundCheckpointChanged, "it is not signed with the key as it stands")
		}
	}
	a.audit.Checkpoints++
	latest := *c
	a.audit.Latest = &latest
	return nil
}

// finish ends the log, once.
func (a *auditor) finish() *Finding {
	if a.past {
		return nil
	}
	a.past = true
	if a.sealed < a.tree.Size() {
		return &Finding{FoundSealMissing, "seal", strconv.FormatInt(a.sealed+1, 10), a.sealed + 1, "no seal covers this entry"}
	}
	if len(a.outside) > 0 {
		c := &a.outside[0]
		return &Finding{FoundLogShort, "checkpoint", CheckpointTable.ID(c), c.Size, "it was kept of a log with more entries: the end was cut off"}
	}
	return nil
}

// standing compares an aggregate with the last event of its stream.
func (a *auditor) standing(s Standing) *Finding {
	found := func(code, msg string) *Finding { return &Finding{code, s.Kind, s.ID, 0, msg} }
	ref := Ref{s.Kind, s.ID}
	last, ok := a.streams[ref]
	delete(a.streams, ref)
	switch {
	case !ok:
		return found(FoundAggregateSilent, "no event speaks of it")
	case last.version != s.Version:
		return found(FoundAggregateChanged, "its version is not that of its last event")
	case last.state != "" && s.State != "" && last.state != s.State:
		return found(FoundAggregateChanged, "its state is not the one that its last event says")
	}
	return nil
}

// end tells what should have come and has not.
func (a *auditor) end() error {
	if f := a.finish(); f != nil {
		return f
	}
	for _, c := range a.checkers {
		if f := c.End(); f != nil {
			return f
		}
	}
	var missing *Ref
	for ref := range a.streams {
		if a.kinds[ref.Kind] && (missing == nil || ref.Compare(*missing) < 0) {
			missing = &ref
		}
	}
	if missing != nil {
		return &Finding{FoundAggregateMissing, missing.Kind, missing.ID, 0, "events speak of it, and it is not there"}
	}
	return nil
}
