package lance_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// painted is the payload of tests.
type painted struct {
	Colour string `json:"colour"`
	Coats  int    `json:"coats"`
}

// EventType names the payload in the log.
func (painted) EventType() (name string, schema int) { return "thing.painted", 2 }

// Upcast reads the first shape, which had no coats.
func (painted) Upcast(schema int, body []byte) ([]byte, error) {
	if schema != 1 {
		return nil, fmt.Errorf("no shape %d", schema)
	}
	return append(body[:len(body)-1:len(body)-1], `,"coats":1}`...), nil
}

// moved is a payload without older shapes.
type moved struct{}

// EventType names the payload in the log.
func (moved) EventType() (name string, schema int) { return "thing.moved", 1 }

func sample() lance.Event {
	return lance.Event{
		ID: "evt_1", Seq: 9, Stream: ref("thing", "t1"), Version: 3, N: 1, Type: "thing.painted", Schema: 2,
		At: noon, By: "ann", Parties: []lance.PartyID{"ann", "bob"}, Body: []byte(`{"colour":"red","coats":2}`),
	}
}

func TestEmitNumbersAndStampsEvents(t *testing.T) {
	t.Parallel()
	db := newStore()
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r repos) error {
		c := lance.Change{Stream: ref("thing", "t1"), Version: 1, Parties: []lance.PartyID{"ann"}}
		require.NoError(t, lance.Emit(ctx, r, lance.Person("ann"), c, painted{"red", 2}, moved{}))
		events, err := r.Log().Stream(ctx, c.Stream)
		require.Len(t, events, 2)
		for n, ev := range events {
			_, err := lance.ParseID[lance.EventID]("evt", string(ev.ID))
			require.NoError(t, err)
			require.Equal(t, n, ev.N)
			require.Equal(t, int64(1), ev.Version)
			require.Equal(t, noon, ev.At)
			require.Equal(t, "ann", ev.By)
			require.Equal(t, c.Parties, ev.Parties)
		}
		require.Equal(t, "thing.painted", events[0].Type)
		require.Equal(t, 2, events[0].Schema)
		require.JSONEq(t, `{"colour":"red","coats":2}`, string(events[0].Body))
		return err
	}))
}

// unwritable has no JSON.
type unwritable struct{ F func() }

// EventType names the payload in the log.
func (unwritable) EventType() (name string, schema int) { return "thing.broken", 1 }

func TestEmitRefusesABodyWithoutJSON(t *testing.T) {
	t.Parallel()
	err := newStore().InTx(t.Context(), func(ctx context.Context, r repos) error {
		return lance.Emit(ctx, r, lance.Person("ann"), lance.Change{Stream: ref("thing", "t1"), Version: 1}, unwritable{})
	})
	require.Equal(t, "event_body", lance.CodeOf(err))
}

func TestDecodeReadsWhatEmitWroteAndOlderShapes(t *testing.T) {
	t.Parallel()
	ev := sample()
	p, err := lance.Decode[painted](ev)
	require.NoError(t, err)
	require.Equal(t, painted{"red", 2}, p)
	old := ev
	first := []byte(`{"colour":"blue"}`)
	old.Schema, old.Body = 1, slices.Clone(first)
	p, err = lance.Decode[painted](old)
	require.NoError(t, err)
	require.Equal(t, painted{"blue", 1}, p)
	require.Equal(t, first, old.Body, "the event's bytes stay")

	for name, c := range map[string]struct {
		change func(*lance.Event)
		code   string
	}{
		"another type":  {func(e *lance.Event) { e.Type = "thing.moved" }, "event_type"},
		"a newer shape": {func(e *lance.Event) { e.Schema = 3 }, "event_schema"},
		"no such shape": {func(e *lance.Event) { e.Schema = 0 }, "event_schema"},
		"not JSON":      {func(e *lance.Event) { e.Body = []byte("{") }, "event_schema"},
	} {
		ev := sample()
		c.change(&ev)
		_, err := lance.Decode[painted](ev)
		require.ErrorIs(t, err, lance.Internal, name)
		require.Equal(t, c.code, lance.CodeOf(err), name)
	}
	_, err = lance.Decode[moved](lance.Event{Type: "thing.moved", Schema: 0, Body: []byte("{}")})
	require.Equal(t, "event_schema", lance.CodeOf(err), "a payload without older shapes")
}

// hashed is an independent reading of how fields are hashed.
func hashed(tag byte, fields ...string) string {
	in := []byte{tag}
	for _, f := range fields {
		in = append(binary.BigEndian.AppendUint64(in, uint64(len(f))), f...)
	}
	sum := sha256.Sum256(in)
	return hex.EncodeToString(sum[:])
}

func TestLeafCoversEveryFieldButSeq(t *testing.T) {
	t.Parallel()
	ev := sample()
	want := hashed(0, "evt_1", "thing", "t1", "3", "1", "thing.painted", "2", "1772366400000000", "ann", `{"colour":"red","coats":2}`, "ann", "bob")
	require.Equal(t, want, ev.Leaf().String())
	require.Equal(t, "b5de2fcc7b63dc066e0bbc7244a41d947f1f806837bd864179f8c95ed3a17a63", want, "kept logs must stay verifiable")

	unsealed := ev
	unsealed.Seq = 0
	require.Equal(t, ev.Leaf(), unsealed.Leaf())
	for name, change := range map[string]func(*lance.Event){
		"id": func(e *lance.Event) { e.ID = "evt_2" }, "kind": func(e *lance.Event) { e.Stream.Kind = "x" }, "stream": func(e *lance.Event) { e.Stream.ID = "x" },
		"version": func(e *lance.Event) { e.Version++ }, "n": func(e *lance.Event) { e.N++ }, "type": func(e *lance.Event) { e.Type = "x" },
		"schema": func(e *lance.Event) { e.Schema++ }, "at": func(e *lance.Event) { e.At = e.At.Add(1000) }, "by": func(e *lance.Event) { e.By = "x" },
		"parties": func(e *lance.Event) { e.Parties = e.Parties[:1] }, "body": func(e *lance.Event) { e.Body = []byte(`{"coats":2,"colour":"red"}`) },
		"fields run together": func(e *lance.Event) { e.Stream = ref("thingt", "1") },
	} {
		other := sample()
		change(&other)
		require.NotEqual(t, ev.Leaf(), other.Leaf(), name)
	}
	require.Equal(t, lance.Entry{Seq: 9, ID: "evt_1", Kind: "event", Stream: ev.Stream, Version: 3, N: 1, Leaf: ev.Leaf()}, ev.Entry())
}

func TestMerkleRootIsTheTreeOfRFC6962(t *testing.T) {
	t.Parallel()
	leaves := make([]lance.Hash, 6)
	for i := range leaves {
		leaves[i] = lance.LeafOf([]byte{byte(i)})
	}
	node := func(l, r lance.Hash) lance.Hash {
		return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
	}
	l := leaves
	require.True(t, lance.MerkleRoot(nil).IsZero())
	require.Equal(t, l[0], lance.MerkleRoot(l[:1]))
	require.Equal(t, node(l[0], l[1]), lance.MerkleRoot(l[:2]))
	require.Equal(t, node(node(l[0], l[1]), l[2]), lance.MerkleRoot(l[:3]))
	require.Equal(t, node(node(node(l[0], l[1]), node(l[2], l[3])), l[4]), lance.MerkleRoot(l[:5]))
	require.Equal(t, node(node(node(l[0], l[1]), node(l[2], l[3])), node(l[4], l[5])), lance.MerkleRoot(l))
	require.Equal(t, lance.LeafOf([]byte{0}), l[0], "the leaves are left as they were")
	require.NotEqual(t, lance.MerkleRoot([]lance.Hash{l[1], l[0]}), lance.MerkleRoot(l[:2]), "order counts")
}

// chain returns three seals that fit.
func chain() []lance.Seal {
	var seals []lance.Seal
	var head lance.Hash
	for i, last := range []int64{2, 3, 7} {
		s := lance.Seal{First: 1, Last: last, Root: lance.LeafOf([]byte{byte(i)}), At: noon}
		if i > 0 {
			s.First = seals[i-1].Last + 1
		}
		s.Head = lance.ChainHead(head, s.First, s.Last, s.Root)
		head = s.Head
		seals = append(seals, s)
	}
	return seals
}

func TestChainedSealsVerify(t *testing.T) {
	t.Parallel()
	seals := chain()
	head, err := lance.VerifySeals(lance.Hash{}, 0, seals)
	require.NoError(t, err)
	require.Equal(t, seals[2].Head, head)
	head, err = lance.VerifySeals(seals[0].Head, 2, seals[1:])
	require.NoError(t, err, "from any head that is trusted")
	require.Equal(t, seals[2].Head, head)
	head, err = lance.VerifySeals(head, 7, nil)
	require.NoError(t, err)
	require.Equal(t, seals[2].Head, head)
	var in []byte
	in = append(append(in, 2), make([]byte, 32)...)
	in = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(in, 1), 2)
	require.Equal(t, lance.Hash(sha256.Sum256(append(in, seals[0].Root[:]...))), seals[0].Head)
}

func TestBrokenChainsDoNotVerify(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(s []lance.Seal) []lance.Seal{
		"one left out":  func(s []lance.Seal) []lance.Seal { return append(s[:1], s[2]) },
		"first cut off": func(s []lance.Seal) []lance.Seal { return s[1:] },
		"swapped":       func(s []lance.Seal) []lance.Seal { s[1], s[2] = s[2], s[1]; return s },
		"another root":  func(s []lance.Seal) []lance.Seal { s[1].Root[0]++; return s },
		"another head":  func(s []lance.Seal) []lance.Seal { s[1].Head[0]++; return s },
		"more entries":  func(s []lance.Seal) []lance.Seal { s[2].Last++; return s },
		"no entries": func(s []lance.Seal) []lance.Seal {
			s[1].Last = s[1].First - 1
			s[1].Head = lance.ChainHead(s[0].Head, s[1].First, s[1].Last, s[1].Root)
			return s[:2]
		},
	} {
		_, err := lance.VerifySeals(lance.Hash{}, 0, tamper(chain()))
		require.ErrorIs(t, err, lance.Internal, name)
		require.Equal(t, "log_broken", lance.CodeOf(err), name)
	}
}

func ExampleEmit() {
	ctx := context.Background()
	err := newStore().InTx(ctx, func(ctx context.Context, r repos) error {
		d := &thing{ID: "t1", Name: "fence", At: r.Now()}
		if err := r.things().Insert(ctx, d); err != nil {
			return err
		}
		c := lance.Change{Stream: lance.Ref{Kind: "thing", ID: "t1"}, Version: d.Version}
		if err := lance.Emit(ctx, r, lance.Person("ann"), c, painted{"red", 2}); err != nil {
			return err
		}
		events, err := r.Log().Stream(ctx, c.Stream)
		for _, ev := range events {
			fmt.Println(ev.Type, ev.By, string(ev.Body))
		}
		return err
	})
	fmt.Println(err)
	// Output:
	// thing.painted ann {"colour":"red","coats":2}
	// <nil>
}
