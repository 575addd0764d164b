package escrowtest

import (
	"math"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
)

// said is a call and its answer, one after the other unless they overlap.
func said(from, to int64, c linearCall, outcome string, saw ...purses) porcupine.Operation {
	heard := linearAnswer{outcome: outcome}
	if len(saw) > 0 {
		heard.saw = saw[0]
	}
	return porcupine.Operation{ClientId: int(from), Input: c, Call: from, Output: heard, Return: to}
}

// TestTheCheckerRefusesWhatNoOrderExplains plants histories that no ledger may
// have, each beside one that it may have.
func TestTheCheckerRefusesWhatNoOrderExplains(t *testing.T) {
	t.Parallel()
	all := linearCall{do: "transfer", from: 0, to: 1, amount: 100}
	read := linearCall{do: "read"}
	before, after := purses{has: [3]int64{100, 100, 100}}, purses{has: [3]int64{0, 200, 100}}
	reserve := linearCall{do: "reserve", from: 0, to: 1, amount: 60}
	fund, release, refund := linearCall{do: "fund", amount: 100}, linearCall{do: "release", amount: 100}, linearCall{do: "refund", amount: 100}
	for name, c := range map[string]struct {
		history []porcupine.Operation
		want    porcupine.CheckResult
	}{
		"a read that began later sees the transfer": {[]porcupine.Operation{said(1, 2, all, heardDone), said(3, 4, read, heardDone, after)}, porcupine.Ok},
		"a read that began later sees what was":     {[]porcupine.Operation{said(1, 2, all, heardDone), said(3, 4, read, heardDone, before)}, porcupine.Illegal},
		"a read meanwhile may see either":           {[]porcupine.Operation{said(1, 4, all, heardDone), said(2, 3, read, heardDone, before)}, porcupine.Ok},
		"a read sees half a transfer":               {[]porcupine.Operation{said(1, 4, all, heardDone), said(2, 3, read, heardDone, purses{has: [3]int64{0, 100, 100}})}, porcupine.Illegal},
		"money goes back in time between two reads": {[]porcupine.Operation{said(1, 9, all, heardDone), said(2, 3, read, heardDone, after), said(4, 5, read, heardDone, before)}, porcupine.Illegal},
		"the same money is spent twice":             {[]porcupine.Operation{said(1, 3, all, heardDone), said(2, 4, all, heardDone)}, porcupine.Illegal},
		"of two who spend it one is refused":        {[]porcupine.Operation{said(1, 3, all, heardDone), said(2, 4, all, heardShort)}, porcupine.Ok},
		"who has enough is refused":                 {[]porcupine.Operation{said(1, 2, all, heardShort)}, porcupine.Illegal},
		"what is reserved is spent":                 {[]porcupine.Operation{said(1, 2, reserve, heardDone), said(3, 4, all, heardDone)}, porcupine.Illegal},
		"a reservation is posted and voided":        {[]porcupine.Operation{said(1, 2, reserve, heardDone), said(3, 5, linearCall{do: "post"}, heardDone), said(4, 6, linearCall{do: "void"}, heardDone)}, porcupine.Illegal},
		"a reservation is settled once":             {[]porcupine.Operation{said(1, 2, reserve, heardDone), said(3, 5, linearCall{do: "post"}, heardRefused), said(4, 6, linearCall{do: "void"}, heardDone)}, porcupine.Ok},
		"what is held is released and refunded":     {[]porcupine.Operation{said(1, 2, fund, heardDone), said(3, 5, release, heardDone), said(4, 6, refund, heardDone)}, porcupine.Illegal},
		"of release and refund one wins":            {[]porcupine.Operation{said(1, 2, fund, heardDone), said(3, 5, release, heardRefused), said(4, 6, refund, heardDone)}, porcupine.Ok},
		"what was given up may have come to pass":   {[]porcupine.Operation{said(1, math.MaxInt64, all, heardUnknown), said(3, 4, read, heardDone, after)}, porcupine.Ok},
		"or not":                              {[]porcupine.Operation{said(1, math.MaxInt64, all, heardUnknown), said(3, 4, read, heardDone, before)}, porcupine.Ok},
		"or later, but not only for a moment": {[]porcupine.Operation{said(1, math.MaxInt64, all, heardUnknown), said(3, 4, read, heardDone, after), said(5, 6, read, heardDone, before)}, porcupine.Illegal},
		"what was given up has not come to pass half": {[]porcupine.Operation{said(1, math.MaxInt64, all, heardUnknown), said(3, 4, read, heardDone, purses{has: [3]int64{50, 150, 100}})}, porcupine.Illegal},
	} {
		require.Equal(t, c.want, linear(100, c.history), name)
	}
}
