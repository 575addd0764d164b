package escrowtest

import (
	"fmt"
	"time"

	"github.com/anishathalye/porcupine"
)

// The bounds of a history that is checked for linearizability.
const (
	linearParties = 3
	linearPending = 8
)

// linearCall is one call of the ledger or of escrow.
type linearCall struct {
	do       string // transfer, reserve, post, void, fund, release, refund or read
	from, to int    // parties, of transfer and reserve
	pending  int    // which one, of reserve, post and void
	amount   int64  // of transfer, reserve, fund, release and refund
}

// linearAnswer is what the caller heard.
type linearAnswer struct {
	outcome string // one of those below
	saw     purses // of read
}

// What a caller hears. Of a call that was given up nobody knows whether it came to
// pass.
const (
	heardDone    = "done"
	heardShort   = "short"   // there is not as much
	heardRefused = "refused" // it is not there, settled, or over
	heardUnknown = "unknown"
)

// purses are what each party has and what of it is reserved, and what the
// agreement holds.
type purses struct {
	has, reserved [linearParties]int64
	held          int64
}

// reservation is a pending transfer.
type reservation struct {
	state    string // "", open or settled
	from, to int
	amount   int64
}

// linearState is what one caller after the other would leave behind.
type linearState struct {
	purses
	pending [linearPending]reservation
	deal    string // "" until it is over
}

// after returns what a call does to the state when nobody else is there, and what
// its caller hears.
func (s linearState) after(c linearCall) (next linearState, outcome string) {
	next = s
	free := func(party int) bool { return s.has[party]-s.reserved[party] >= c.amount }
	switch c.do {
	case "transfer":
		if !free(c.from) {
			return s, heardShort
		}
		next.has[c.from] -= c.amount
		next.has[c.to] += c.amount
	case "reserve":
		if !free(c.from) {
			return s, heardShort
		}
		next.reserved[c.from] += c.amount
		next.pending[c.pending] = reservation{"open", c.from, c.to, c.amount}
	case "post", "void":
		return s.settle(c)
	case "fund", "release", "refund":
		return s.agree(c)
	default: // a read changes nothing
	}
	return next, heardDone
}

// settle posts or voids what is pending.
func (s linearState) settle(c linearCall) (next linearState, outcome string) {
	p := s.pending[c.pending]
	if p.state != "open" {
		return s, heardRefused
	}
	s.reserved[p.from] -= p.amount
	if c.do == "post" {
		s.has[p.from] -= p.amount
		s.has[p.to] += p.amount
	}
	s.pending[c.pending].state = "settled"
	return s, heardDone
}

// agree moves money of the agreement, of which the first party pays and the second
// is paid; its price is never reached and nobody takes a fee.
func (s linearState) agree(c linearCall) (next linearState, outcome string) {
	switch {
	case s.deal == "over", c.do != "fund" && s.held == 0:
		return s, heardRefused
	case c.do == "fund" && s.has[0]-s.reserved[0] < c.amount, c.do != "fund" && s.held < c.amount:
		return s, heardShort
	case c.do == "fund":
		s.has[0] -= c.amount
		s.held += c.amount
		return s, heardDone
	case c.do == "release":
		s.has[1] += c.amount
	default:
		s.has[0] += c.amount
		if c.amount == s.held {
			s.deal = "over"
		}
	}
	s.held -= c.amount
	return s, heardDone
}

// linearModel is the ledger and escrow as one caller after the other would find
// them, each party with as much at first.
func linearModel(each int64) porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any {
			s := linearState{}
			for i := range s.has {
				s.has[i] = each
			}
			return []any{s}
		},
		Step: func(state, input, output any) []any {
			s, _ := state.(linearState)
			c, _ := input.(linearCall)
			heard, _ := output.(linearAnswer)
			next, outcome := s.after(c)
			switch {
			case heard.outcome == heardUnknown:
				return []any{s, next}
			case heard.outcome != outcome, c.do == "read" && heard.saw != s.purses:
				return nil
			}
			return []any{next}
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
	}
	return m.ToModel()
}

// linearLimit is how long the checker may think.
const linearLimit = time.Minute

// linear reports whether a history could have come from callers who come one after
// the other.
func linear(each int64, history []porcupine.Operation) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(linearModel(each), history, linearLimit)
}
