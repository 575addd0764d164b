package lance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

type (
	jarState  string
	jarAction string
)

const (
	client lance.Relation = "client"
	worker lance.Relation = "worker"
)

// jar is a small escrow: a client fills it, and it goes to the worker or back.
func jar(edges ...lance.Transition[jarState, jarAction]) *lance.Machine[jarState, jarAction] {
	return lance.NewMachine("jar", "empty", append([]lance.Transition[jarState, jarAction]{
		lance.Edge[jarState, jarAction]("empty", "fill", "full", client),
		lance.Edge[jarState, jarAction]("full", "pay", "paid", client, lance.ByClock),
	}, edges...)...)
}

func jarNotes(more ...lance.Noted[jarState, jarAction]) lance.Notes[jarState, jarAction] {
	return lance.Notes[jarState, jarAction]{
		Holds: []jarState{"full"},
		Edges: append([]lance.Noted[jarState, jarAction]{
			mark("fill", "empty", lance.Note{}), mark("pay", "full", lance.Note{To: []lance.Relation{worker}}),
		}, more...),
	}
}

func mark(do jarAction, from jarState, n lance.Note) lance.Noted[jarState, jarAction] {
	return lance.Mark(do, []jarState{from}, n)
}

func edge(from jarState, do jarAction, to jarState, by ...lance.Relation) lance.Transition[jarState, jarAction] {
	return lance.Edge(from, do, to, by...)
}

// process makes a process of a jar with one more edge, noted so.
func process(e lance.Transition[jarState, jarAction], n lance.Note, change func(*lance.Notes[jarState, jarAction])) error {
	notes := jarNotes(mark(e.Do, e.From, n))
	if change != nil {
		change(&notes)
	}
	_, err := lance.NewProcess(lance.PartOf(jar(e), notes))
	return err
}

func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	require.ErrorIs(t, err, lance.Invalid)
	require.Equal(t, code, lance.CodeOf(err))
	require.ErrorContains(t, err, words)
}

func TestProcessThatIsSoundIsMade(t *testing.T) {
	t.Parallel()
	p, err := lance.NewProcess(lance.PartOf(jar(), jarNotes()))
	require.NoError(t, err)
	require.Equal(t, 3, p.States())
}

func TestAFinalStateHoldsNothing(t *testing.T) {
	t.Parallel()
	err := process(edge("full", "lose", "lost", client), lance.Note{}, func(n *lance.Notes[jarState, jarAction]) {
		n.Holds = append(n.Holds, "lost")
	})
	refused(t, err, "process_final", "jar: lost is final and has money")
}

func TestMoneyDoesNotStrand(t *testing.T) {
	t.Parallel()
	stop := edge("full", "stop", "stopped", client)
	goOn := edge("stopped", "go", "full", client)
	notes := jarNotes(mark("stop", "full", lance.Note{}), mark("go", "stopped", lance.Note{Postpones: true, Bounded: "stops"}))
	notes.Holds = append(notes.Holds, "stopped")
	_, err := lance.NewProcess(lance.PartOf(jar(stop, goOn), notes))
	refused(t, err, "process_strands", "money stays for ever: jar fill > jar stop > (jar stopped)")

	// A clock that something keeps is no way out.
	notes = jarNotes()
	notes.Edges[1].Note.Guard = "the work was submitted"
	_, err = lance.NewProcess(lance.PartOf(jar(), notes))
	refused(t, err, "process_strands", "money stays for ever: jar fill > (jar full)")
}

func TestNothingPutsOffWithoutEnd(t *testing.T) {
	t.Parallel()
	extend := edge("full", "extend", "full", worker)
	refused(t, process(extend, lance.Note{Postpones: true}, nil),
		"process_postponed", "the day on which money leaves is put off without end: by jar extend: jar fill > (jar full)")
	require.NoError(t, process(extend, lance.Note{Postpones: true, Bounded: "three times"}, nil))
	require.NoError(t, process(extend, lance.Note{}, nil))
}

func TestWhoWaitsForAProviderDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	sent := func(by ...lance.Relation) lance.Transition[jarState, jarAction] {
		return edge("full", "give_up", "empty", by...)
	}
	waiting := func(ends string) func(*lance.Notes[jarState, jarAction]) {
		return func(n *lance.Notes[jarState, jarAction]) { n.Waits = map[jarState]string{"full": ends} }
	}
	refused(t, process(sent(lance.ByProvider), lance.Note{}, waiting("")), "process_waits", "jar: no administrator ends full")
	require.NoError(t, process(sent(lance.ByAdmin), lance.Note{}, waiting("")), "the clock pays")

	m := lance.NewMachine("jar", "sent", edge("sent", "fail", "failed", lance.ByAdmin))
	notes := lance.Notes[jarState, jarAction]{Waits: map[jarState]string{"sent": ""}, Edges: []lance.Noted[jarState, jarAction]{mark("fail", "sent", lance.Note{})}}
	_, err := lance.NewProcess(lance.PartOf(m, notes))
	refused(t, err, "process_waits", "jar: sent waits for a provider without a timeout")
	notes.Waits["sent"] = "the call is given up after a day"
	_, err = lance.NewProcess(lance.PartOf(m, notes))
	require.NoError(t, err)
}

func TestNobodyMovesMoneyToHimself(t *testing.T) {
	t.Parallel()
	grab := edge("full", "grab", "empty", worker)
	refused(t, process(grab, lance.Note{To: []lance.Relation{worker}}, nil),
		"process_selfish", "jar: in full the worker moves money to himself by grab")
	require.NoError(t, process(grab, lance.Note{To: []lance.Relation{worker}, Consent: true}, nil), "the client has agreed before")
	require.NoError(t, process(grab, lance.Note{To: []lance.Relation{client}}, nil))
}

func TestEveryEdgeHasANote(t *testing.T) {
	t.Parallel()
	_, err := lance.NewProcess(lance.PartOf(jar(edge("full", "spill", "empty", client)), jarNotes()))
	refused(t, err, "process_notes", "jar: spill in full has not one note")
	_, err = lance.NewProcess(lance.PartOf(jar(), jarNotes(mark("spill", "full", lance.Note{}))))
	refused(t, err, "process_notes", "jar: a note of spill is of no edge")
	_, err = lance.NewProcess(lance.PartOf(jar(), jarNotes(mark("pay", "full", lance.Note{}))))
	refused(t, err, "process_notes", "jar: pay in full has not one note")
	notes := jarNotes()
	notes.Edges[0].Note = lance.Note{Call: "open", Needs: true}
	_, err = lance.NewProcess(lance.PartOf(jar(), notes))
	refused(t, err, "process_notes", "jar: nobody answers open")
}

// A quarrel stops a jar, and ends only by its own clock: without one the money would
// stay in it for ever.
func ExampleNewProcess() {
	try := func(by ...lance.Relation) error {
		quarrel := lance.NewMachine("quarrel", "open", lance.Edge[jarState, jarAction]("open", "settle", "settled", by...))
		held := lance.NewMachine("jar", "empty",
			edge("empty", "fill", "full", client), edge("full", "pay", "paid", lance.ByClock),
			edge("full", "stop", "stopped", client), edge("stopped", "go_on", "full", lance.ByClock))
		_, err := lance.NewProcess(
			lance.PartOf(quarrel, lance.Notes[jarState, jarAction]{
				Begin: &lance.Note{Call: "stop", Needs: true},
				Edges: []lance.Noted[jarState, jarAction]{mark("settle", "open", lance.Note{Call: "go on"})},
			}),
			lance.PartOf(held, lance.Notes[jarState, jarAction]{
				Holds: []jarState{"full", "stopped"},
				Edges: []lance.Noted[jarState, jarAction]{
					mark("fill", "empty", lance.Note{}), mark("pay", "full", lance.Note{To: []lance.Relation{worker}}),
					mark("stop", "full", lance.Note{Answers: []string{"stop"}}), mark("go_on", "stopped", lance.Note{Answers: []string{"go on"}}),
				},
			}))
		return err
	}
	fmt.Println(try(client))
	fmt.Println(try(client, lance.ByClock))
	// Output:
	// invalid process_strands: money stays for ever: jar fill > quarrel begin > (quarrel open, jar stopped)
	// <nil>
}
