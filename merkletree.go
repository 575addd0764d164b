package lance

import (
	"math/bits"
	"slices"
)

// Tree adds leaves up to the root of their Merkle tree (RFC 6962) without
// keeping them: of n leaves it holds at most as many hashes as n has bits. The
// zero value has no leaves.
type Tree struct {
	size  int64
	peaks []Hash // roots of full subtrees, from the largest to the smallest
}

// Add adds the next leaf.
func (t *Tree) Add(leaf Hash) {
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.peaks) - 1
		leaf = node(t.peaks[last], leaf)
		t.peaks = t.peaks[:last]
	}
	t.peaks = append(t.peaks, leaf)
	t.size++
}

// Size returns how many leaves were added.
func (t *Tree) Size() int64 { return t.size }

// Root returns what MerkleRoot does of the leaves that were added.
func (t *Tree) Root() (root Hash) {
	for i, peak := range slices.Backward(t.peaks) {
		if i == len(t.peaks)-1 {
			root = peak
		} else {
			root = node(peak, root)
		}
	}
	return root
}

// Peaks returns what TreeOf takes to go on from here.
func (t *Tree) Peaks() []byte {
	b := make([]byte, 0, len(t.peaks)*len(Hash{}))
	for _, p := range t.peaks {
		b = append(b, p[:]...)
	}
	return b
}

// TreeOf returns the tree of so many leaves that has these Peaks. It fails with
// Internal "tree_peaks" when they are not of a tree of that size.
func TreeOf(size int64, peaks []byte) (Tree, error) {
	const width = len(Hash{})
	if size < 0 || len(peaks) != width*bits.OnesCount64(uint64(size)) {
		return Tree{}, E(Internal, "tree_peaks", "these are not the peaks of a tree of that size")
	}
	t := Tree{size: size}
	for ; len(peaks) > 0; peaks = peaks[width:] {
		t.peaks = append(t.peaks, Hash(peaks[:width]))
	}
	return t, nil
}
