package lance_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
)

func testSigner(t require.TestingT, seed byte) *lance.Signer {
	s, err := lance.NewSigner("example.com/books", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	require.NoError(t, err)
	return s
}

func TestATreeHasTheRootOfItsLeavesAndGoesOnFromItsPeaks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var tree lance.Tree
		var leaves []lance.Hash
		for i := range rapid.IntRange(0, 300).Draw(rt, "leaves") {
			leaf := lance.LeafOf([]byte{byte(i), byte(i >> 8)})
			leaves = append(leaves, leaf)
			tree.Add(leaf)
			var err error
			tree, err = lance.TreeOf(tree.Size(), tree.Peaks())
			require.NoError(rt, err)
		}
		require.Equal(rt, lance.MerkleRoot(leaves), tree.Root())
		require.Equal(rt, int64(len(leaves)), tree.Size())
	})
	_, err := lance.TreeOf(3, make([]byte, 32))
	require.Equal(t, "tree_peaks", lance.CodeOf(err))
}

func TestACheckpointIsReadBackAndNothingInItCanBeChanged(t *testing.T) {
	t.Parallel()
	s := testSigner(t, 1)
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	c := s.Sign(lance.Checkpoint{Size: 20852163, Root: lance.LeafOf([]byte("x")), At: at})
	got, err := s.Key().Open(c.Note)
	require.NoError(t, err)
	require.Equal(t, c, got)
	for i := range c.Note {
		b := []byte(c.Note)
		b[i] ^= 1
		_, err := s.Key().Open(string(b))
		require.Error(t, err, "byte %d", i)
	}
	_, err = testSigner(t, 2).Key().Open(c.Note)
	require.Equal(t, "checkpoint_signature", lance.CodeOf(err))
	cosigned := c.Note + "— witness.example " + strings.Split(c.Note, " ")[3]
	_, err = s.Key().Open(cosigned)
	require.NoError(t, err, "signatures of others are passed over")
	for _, bad := range []string{"", "\n\n", c.Note[:len(c.Note)-1], "x" + c.Note, c.Note + "more\n", strings.Replace(c.Note, "2026", "02026", 1)} {
		_, err = s.Key().Open(bad)
		require.ErrorIs(t, err, lance.Invalid, "%q", bad)
	}
}

func TestAKeyIsWrittenAsTransparencyLogsWriteIt(t *testing.T) {
	t.Parallel()
	// The key of the example in the documentation of golang.org/x/mod/sumdb/note.
	const known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
	k, err := lance.ParseCheckpointKey(known)
	require.NoError(t, err)
	require.Equal(t, "PeterNeumann", k.Origin)
	require.Equal(t, known, k.String())
	for _, bad := range []string{"", "a+b", known[1:], strings.Replace(known, "c7", "c8", 1), known + "="} {
		_, err := lance.ParseCheckpointKey(bad)
		require.Equal(t, "checkpoint_key", lance.CodeOf(err), bad)
	}
	for _, origin := range []string{"", "a b", "a+b", "a\nb", strings.Repeat("x", 256)} {
		_, err := lance.NewSigner(origin, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
		require.ErrorIs(t, err, lance.Invalid, origin)
	}
	_, err = lance.NewSigner("x", nil)
	require.ErrorIs(t, err, lance.Invalid)
}
