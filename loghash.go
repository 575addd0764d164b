package lance

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

// Hash is a SHA-256 value.
type Hash [sha256.Size]byte

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether h was never set.
func (h Hash) IsZero() bool { return h == Hash{} }

// The first byte of what is hashed keeps leaves, inner nodes and heads apart,
// as RFC 6962 does, so that none can be passed off as another.
const (
	tagLeaf  = 0x00
	tagNode  = 0x01
	tagChain = 0x02
)

// LeafOf hashes fields, each preceded by its length as eight big-endian bytes,
// so that no two different lists of fields hash alike.
func LeafOf(fields ...[]byte) Hash {
	h := sha256.New()
	h.Write([]byte{tagLeaf})
	var n [8]byte
	for _, f := range fields {
		binary.BigEndian.PutUint64(n[:], uint64(len(f)))
		h.Write(n[:])
		h.Write(f)
	}
	return Hash(h.Sum(nil))
}

// Leaf hashes every field of the event but Seq, with the exact bytes of its body.
func (e Event) Leaf() Hash {
	fields := [][]byte{
		[]byte(e.ID), []byte(e.Stream.Kind), []byte(e.Stream.ID),
		strconv.AppendInt(nil, e.Version, 10), strconv.AppendInt(nil, int64(e.N), 10),
		[]byte(e.Type), strconv.AppendInt(nil, int64(e.Schema), 10),
		strconv.AppendInt(nil, e.At.UnixMicro(), 10), []byte(e.By), e.Body,
	}
	for _, p := range e.Parties {
		fields = append(fields, []byte(p))
	}
	return LeafOf(fields...)
}

// Entry returns the event's line in the log.
func (e Event) Entry() Entry {
	return Entry{
		Seq: e.Seq, ID: string(e.ID), Kind: "event", Stream: e.Stream,
		Version: e.Version, N: e.N, Leaf: e.Leaf(),
	}
}

// MerkleRoot returns the root of the binary tree over leaves in order. An odd
// node at the end of a level rises as it is (RFC 6962). Of no leaves it is the
// zero Hash.
func MerkleRoot(leaves []Hash) Hash {
	if len(leaves) == 0 {
		return Hash{}
	}
	level := append([]Hash(nil), leaves...)
	for len(level) > 1 {
		next := level[:0]
		for i := 0; i+1 < len(level); i += 2 {
			next = append(next, node(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			next = append(next, level[len(level)-1])
		}
		level = next
	}
	return level[0]
}

func node(l, r Hash) Hash {
	b := make([]byte, 0, 1+2*len(l))
	b = append(b, tagNode)
	b = append(b, l[:]...)
	return sha256.Sum256(append(b, r[:]...))
}

// ChainHead chains a batch of entries first to last with that Merkle root
// to the head before it (the zero Hash for the first batch).
func ChainHead(prev Hash, first, last int64, root Hash) Hash {
	b := make([]byte, 0, 1+2*len(prev)+16)
	b = append(b, tagChain)
	b = append(b, prev[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(first)) //nolint:gosec // places in the log are positive
	b = binary.BigEndian.AppendUint64(b, uint64(last))  //nolint:gosec // places in the log are positive
	return sha256.Sum256(append(b, root[:]...))
}

// VerifySeals checks that seals follow each other without a gap from the head
// prev at place after, and returns the last head. It fails with Internal
// "log_broken" at the first that does not fit.
func VerifySeals(prev Hash, after int64, seals []Seal) (Hash, error) {
	for _, s := range seals {
		if s.First != after+1 || s.Last < s.First || s.Head != ChainHead(prev, s.First, s.Last, s.Root) {
			return prev, E(Internal, "log_broken", "the chain breaks at the seal of entry "+strconv.FormatInt(s.First, 10))
		}
		prev, after = s.Head, s.Last
	}
	return prev, nil
}
