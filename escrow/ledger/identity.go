package ledger

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"time"

	"github.com/megilance/lance"
)

// TransferIDFor makes the ID of the n-th transfer of one step of an operation on
// a subject, such as (agreement, "release/3", 0). The same operation makes the
// same ID again, so that it cannot post twice. It sorts by when the subject was
// made, where the subject's ID tells that (lance.DeriveIDBeside).
func TransferIDFor(subject lance.Ref, step string, n int) TransferID {
	h := lance.LeafOf([]byte(subject.Kind), []byte(subject.ID), []byte(step), strconv.AppendInt(nil, int64(n), 10))
	return lance.DeriveIDBeside[TransferID]("trf", subject.ID, h)
}

// lotIDFor makes the ID of the lot that a transfer opens; it sorts by the time
// of the charge.
func lotIDFor(id TransferID, charged time.Time) LotID {
	return lance.NewID[LotID]("lot", derived{charged, sha256.Sum256([]byte(id))})
}

// firstLot is where the lots begin that were charged since then; "" for any.
func firstLot(since time.Time) LotID {
	if since.IsZero() {
		return ""
	}
	return lance.NewID[LotID]("lot", derived{since, lance.Hash{}})
}

// derived is a world in which identifiers follow from a hash.
type derived struct {
	at   time.Time
	hash lance.Hash
}

// Now returns the fixed time.
func (d derived) Now() time.Time { return d.at }

// Entropy returns d.
func (d derived) Entropy() lance.Entropy { return d }

// Fill copies the hash.
func (d derived) Fill(p []byte) { copy(p, d.hash[:]) }

// EntryKind is the kind of a log entry that witnesses a transfer.
const EntryKind = "transfer"

// Ref names the transfer as a stream of the log and the owner of its clock.
func (id TransferID) Ref() lance.Ref { return lance.Ref{Kind: EntryKind, ID: string(id)} }

// Entry returns the line by which the log witnesses the transfer.
func (t *Transfer) Entry() lance.Entry {
	return lance.Entry{ID: string(t.ID), Kind: EntryKind, Stream: t.ID.Ref(), Version: 1, Leaf: t.Leaf()}
}

// Leaf hashes all that is kept of the transfer, but SettledBy, which comes later.
func (t *Transfer) Leaf() lance.Hash {
	fields := [][]byte{
		[]byte(t.ID), []byte(t.Code), []byte(t.Debit.String()), []byte(t.Credit.String()),
		number(t.Amount.Minor()), []byte(t.Subject.Kind), []byte(t.Subject.ID),
		flag(t.Pending), instant(t.ExpiresAt), []byte(t.Resolves), flag(t.Void), []byte(t.Corrects),
		instant(t.At), after(t.DebitAfter), number(t.DebitN), after(t.CreditAfter), number(t.CreditN),
	}
	if l := t.Lot; l != nil {
		fields = append(fields, []byte(l.ID), []byte(l.Provider), []byte(l.Payment.Kind), []byte(l.Payment.ID),
			[]byte(l.Method), instant(l.ChargedAt), flag(l.Refundable))
	}
	for _, s := range t.Lots {
		fields = append(fields, []byte(s.Lot), number(s.Amount.Minor()))
	}
	return lance.LeafOf(fields...)
}

func number(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

func flag(b bool) []byte { return strconv.AppendBool(nil, b) }

func instant(t time.Time) []byte {
	if t.IsZero() {
		return nil
	}
	return number(t.UnixMicro())
}

func after(m *lance.Money) []byte {
	if m == nil {
		return nil
	}
	return number(m.Minor())
}

// same reports whether t asks for what stands.
func same(t, stands *Transfer) bool {
	a, b := *t, *stands
	return a.ID == b.ID && a.Code == b.Code && a.Debit == b.Debit && a.Credit == b.Credit && a.Amount == b.Amount &&
		a.Subject == b.Subject && a.Pending == b.Pending && lance.Instant(a.ExpiresAt).Equal(lance.Instant(b.ExpiresAt)) &&
		a.Resolves == b.Resolves && a.Void == b.Void && a.Corrects == b.Corrects &&
		(len(a.Lots) == 0 || slices.Equal(a.Lots, b.Lots)) && sameLot(a.Lot, b.Lot)
}

func sameLot(l, stands *Lot) bool {
	if l == nil {
		return stands == nil || stands.Provider == ""
	}
	return stands != nil && l.Provider == stands.Provider && l.Payment == stands.Payment && l.Method == stands.Method &&
		l.Refundable == stands.Refundable && (l.ChargedAt.IsZero() || lance.Instant(l.ChargedAt).Equal(stands.ChargedAt))
}
