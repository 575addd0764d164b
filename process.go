package lance

import (
	"errors"
	"slices"
	"strings"
)

// Note says what an edge of a lifecycle means for money and time.
type Note struct {
	To        []Relation // whom it moves money to; empty: nobody, or whom the edge says that calls it
	Consent   bool       // it is the second of two words: the other party has given the first
	Guard     string     // what may keep the clock from it; empty: nothing
	Postpones bool       // it puts off the day on which money leaves by itself
	Bounded   string     // what counts how often it is done, up to a limit; empty: nothing
	Call      string     // what it has another lifecycle do with it, if one can; empty: nothing
	Needs     bool       // it is not done unless another lifecycle answers the Call
	Answers   []string   // the calls that it answers: it is not done otherwise
}

// Noted gives an action of a lifecycle its Note in each of some states.
type Noted[S, A ~string] struct {
	Do   A
	From []S
	Note Note
}

// Mark makes a Noted.
func Mark[S, A ~string](do A, from []S, note Note) Noted[S, A] { return Noted[S, A]{do, from, note} }

// Notes are what a Process has to know of a lifecycle. Each of its edges has one
// Note.
type Notes[S, A ~string] struct {
	Holds []S          // the states that have money of somebody
	Waits map[S]string // the states that wait for a provider's word, and what ends the wait where the clock does not
	Edges []Noted[S, A]
	Begin *Note // how it begins, if not with the process; nil: it is there from the start
	Again []S   // the states after which another one of its kind may begin
}

// Part is a lifecycle in a Process: PartOf makes it.
type Part struct {
	noun   string
	start  string
	states []string
	edges  []noted
	holds  []string
	waits  map[string]string
	wrong  []string // what the notes have not right
}

// noted is an edge with its note.
type noted struct {
	from, do, to string
	by           []Relation
	Note
}

// none is the state of a part that has not begun.
const none = "none"

// PartOf makes a lifecycle a part of a process. What is wrong with the notes, above
// all an edge without one, NewProcess tells.
func PartOf[S, A ~string](m *Machine[S, A], n Notes[S, A]) Part {
	p := Part{noun: m.noun, start: string(m.start), holds: words(n.Holds), waits: map[string]string{}}
	for s, ends := range n.Waits {
		p.waits[string(s)] = ends
	}
	used := make([]int, len(n.Edges))
	for _, e := range m.edges {
		var notes []Note
		for i, x := range n.Edges {
			if x.Do == e.Do && slices.Contains(x.From, e.From) {
				notes, used[i] = append(notes, x.Note), used[i]+1
			}
		}
		if len(notes) != 1 {
			p.wrong = append(p.wrong, string(e.Do)+" in "+string(e.From)+" has not one note")
			continue
		}
		p.edges = append(p.edges, noted{string(e.From), string(e.Do), string(e.To), e.By, notes[0]})
	}
	for i, x := range n.Edges {
		if used[i] != len(x.From) {
			p.wrong = append(p.wrong, "a note of "+string(x.Do)+" is of no edge")
		}
	}
	p.states = words(m.States())
	if n.Begin != nil {
		p.start = none
		p.states = append(p.states, none)
		for _, from := range append([]string{none}, words(n.Again)...) {
			p.edges = append(p.edges, noted{from, "begin", string(m.start), []Relation{"anybody"}, *n.Begin})
		}
	}
	return p
}

func words[S ~string](of []S) []string {
	out := make([]string, len(of))
	for i, s := range of {
		out[i] = string(s)
	}
	return out
}

func (p *Part) final(state string) bool {
	return !slices.ContainsFunc(p.edges, func(e noted) bool { return e.from == state && e.do != "begin" })
}

// Process is several lifecycles that act on the same money. One that NewProcess has
// made strands none of it.
type Process struct {
	parts []Part
	found map[string]*junction // every state that can be reached, by its name
	order []*junction          // as they are found
}

// junction is a state of the whole process.
type junction struct {
	at    []string // the state of each part
	moves []move
	via   *junction // from where it is reached first
	step  string
}

// move is what can be done in a junction.
type move struct {
	to    *junction
	named string
	edges []noted // the one that is done, and those that answer
}

// NewProcess takes lifecycles together and looks at all that can come of them. It
// fails with Invalid at the first of these that does not hold, and says by which
// steps it is reached:
//
//   - "process_notes": each edge has one note, and each call somebody who answers it;
//   - "process_final": a final state has no money;
//   - "process_strands": from every state with money clocks alone, which nothing
//     keeps, lead to one where none is left;
//   - "process_postponed": no cycle puts off when money leaves by itself, unless
//     something counts it;
//   - "process_waits": who waits for a provider has an administrator who can end it,
//     and a clock, or something else, that ends it;
//   - "process_selfish": no party alone moves money to itself.
//
// Of parts, an earlier one answers a call before a later one.
func NewProcess(parts ...Part) (*Process, error) {
	p := &Process{parts: parts, found: map[string]*junction{}}
	for _, check := range []func() error{p.notes, p.finals, p.waits, p.selfish} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	p.explore()
	for _, check := range []func() error{p.strands, p.postponed} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// States returns how many states of the whole can be reached.
func (p *Process) States() int { return len(p.order) }

func (p *Process) notes() error {
	for _, x := range p.parts {
		if len(x.wrong) > 0 {
			return E(Invalid, "process_notes", "the notes are not those of the lifecycle").Cause(errors.New(x.noun + ": " + x.wrong[0]))
		}
		for _, e := range x.edges {
			if e.Needs && !p.answered(e.Call) {
				return E(Invalid, "process_notes", "the notes are not those of the lifecycle").Cause(errors.New(x.noun + ": nobody answers " + e.Call))
			}
		}
	}
	return nil
}

func (p *Process) answered(call string) bool {
	return slices.ContainsFunc(p.parts, func(x Part) bool {
		return slices.ContainsFunc(x.edges, func(e noted) bool { return slices.Contains(e.Answers, call) })
	})
}

func (p *Process) finals() error {
	for _, x := range p.parts {
		for _, s := range x.holds {
			if x.final(s) {
				return E(Invalid, "process_final", "a final state has money").Cause(errors.New(x.noun + ": " + s + " is final and has money"))
			}
		}
	}
	return nil
}

func (p *Process) waits() error {
	for _, x := range p.parts {
		for _, s := range x.states {
			ends, waits := x.waits[s]
			if !waits {
				continue
			}
			by := func(r Relation) bool {
				return slices.ContainsFunc(x.edges, func(e noted) bool { return e.from == s && e.to != s && slices.Contains(e.by, r) })
			}
			if !by(ByAdmin) {
				return E(Invalid, "process_waits", "somebody waits for a provider for ever").Cause(errors.New(x.noun + ": no administrator ends " + s))
			}
			if ends == "" && !by(ByClock) {
				return E(Invalid, "process_waits", "somebody waits for a provider for ever").Cause(errors.New(x.noun + ": " + s + " waits for a provider without a timeout"))
			}
		}
	}
	return nil
}

func (p *Process) selfish() error {
	for _, x := range p.parts {
		for _, e := range x.edges {
			for _, r := range e.by {
				if slices.Contains(e.To, r) && !e.Consent {
					return E(Invalid, "process_selfish", "a party moves money to itself").Cause(errors.New(x.noun + ": in " + e.from + " the " + string(r) + " moves money to himself by " + e.do))
				}
			}
		}
	}
	return nil
}

// key names the states of all parts.
func (p *Process) key(at []string) string {
	named := make([]string, len(at))
	for i, s := range at {
		named[i] = p.parts[i].noun + " " + s
	}
	return strings.Join(named, ", ")
}

// reach returns the junction of a state, a new one if it was not reached before.
func (p *Process) reach(at []string, via *junction, step string) *junction {
	k := p.key(at)
	n := p.found[k]
	if n == nil {
		n = &junction{at: at, via: via, step: step}
		p.found[k], p.order = n, append(p.order, n)
	}
	return n
}

// explore finds every state, the nearest ones first.
func (p *Process) explore() {
	first := make([]string, len(p.parts))
	for i, x := range p.parts {
		first[i] = x.start
	}
	p.reach(first, nil, "")
	for i := 0; i < len(p.order); i++ { //nolint:intrange // it grows
		n := p.order[i]
		for at, x := range p.parts {
			for _, e := range x.edges {
				if e.from == n.at[at] && len(e.Answers) == 0 {
					p.do(n, at, e)
				}
			}
		}
	}
}

// do adds what an edge of a part leads to.
func (p *Process) do(n *junction, at int, e noted) {
	named := p.parts[at].noun + " " + e.do
	for _, w := range p.outcomes(way{n.at, nil}, at, e) {
		n.moves = append(n.moves, move{p.reach(w.at, n, named), named, w.edges})
	}
}

// way is where edges have led.
type way struct {
	at    []string
	edges []noted
}

// outcomes returns where an edge leads with all who answer its call.
func (p *Process) outcomes(w way, at int, e noted) []way {
	to := slices.Clone(w.at)
	to[at] = e.to
	done := way{to, append(slices.Clone(w.edges), e)}
	if e.Call == "" {
		return []way{done}
	}
	for other, x := range p.parts {
		var out []way
		for _, o := range x.edges {
			if other != at && o.from == to[other] && slices.Contains(o.Answers, e.Call) {
				out = append(out, p.outcomes(done, other, o)...)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	if e.Needs {
		return nil
	}
	return []way{done}
}

// rich reports whether some part has money in the junction.
func (p *Process) rich(n *junction) bool {
	for i, x := range p.parts {
		if slices.Contains(x.holds, n.at[i]) {
			return true
		}
	}
	return false
}

// byClock reports whether nothing but time is needed for the move.
func (m *move) byClock() bool {
	return m.edges[0].Guard == "" && slices.Contains(m.edges[0].by, ByClock)
}

// strands looks for a state with money out of which no clock leads.
func (p *Process) strands() error {
	saved := map[*junction]bool{}
	for grown := true; grown; {
		grown = false
		for _, n := range p.order {
			if saved[n] {
				continue
			}
			ok := !p.rich(n)
			for i := range n.moves {
				ok = ok || n.moves[i].byClock() && saved[n.moves[i].to]
			}
			saved[n], grown = ok, grown || ok
		}
	}
	for _, n := range p.order {
		if !saved[n] {
			return E(Invalid, "process_strands", "money stays for ever").Cause(errors.New(p.path(n)))
		}
	}
	return nil
}

// path tells how a state is reached.
func (p *Process) path(n *junction) string {
	var steps []string
	for at := n; at.via != nil; at = at.via {
		steps = append(steps, at.step)
	}
	slices.Reverse(steps)
	return strings.Join(append(steps, "("+p.key(n.at)+")"), " > ")
}

// postponed looks for a cycle without a count that puts off when money leaves.
func (p *Process) postponed() error {
	for _, n := range p.order {
		for i := range n.moves {
			m := &n.moves[i]
			if !m.counted() && m.postpones() && p.leads(m.to, n) {
				return E(Invalid, "process_postponed", "the day on which money leaves is put off without end").Cause(errors.New("by " + m.named + ": " + p.path(n)))
			}
		}
	}
	return nil
}

func (m *move) counted() bool {
	return slices.ContainsFunc(m.edges, func(e noted) bool { return e.Bounded != "" })
}

func (m *move) postpones() bool {
	return slices.ContainsFunc(m.edges, func(e noted) bool { return e.Postpones })
}

// leads reports whether moves that nothing counts lead from one junction to another.
func (p *Process) leads(from, to *junction) bool {
	seen, next := map[*junction]bool{from: true}, []*junction{from}
	for len(next) > 0 {
		n := next[0]
		if next = next[1:]; n == to {
			return true
		}
		for i := range n.moves {
			if m := &n.moves[i]; !m.counted() && !seen[m.to] {
				seen[m.to] = true
				next = append(next, m.to)
			}
		}
	}
	return false
}
