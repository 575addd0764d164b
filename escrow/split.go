package escrow

import (
	"cmp"
	"math/bits"

	"github.com/megilance/lance"
)

// split returns by what each payee's part of all that is paid rises when it rises
// from one sum to another. What a payee has follows from the whole alone, in however
// many parts that is paid, and never falls when the whole rises: each unit goes to
// whom it leaves with the most weight per unit, of equals to the first. So nobody has
// less than his weight's share, rounded down.
func split(payees []Share, from, to int64) []int64 {
	parts := portions(payees, to)
	for i, had := range portions(payees, from) {
		parts[i] -= had
	}
	return parts
}

// portions divides a sum: to all what is theirs, rounded down, and the units that
// are left one by one.
func portions(payees []Share, whole int64) []int64 {
	parts, all, left := make([]int64, len(payees)), uint64(0), whole
	for _, p := range payees {
		all += uint64(p.Weight) //nolint:gosec // a weight is at least 1
	}
	for i, p := range payees {
		hi, lo := bits.Mul64(uint64(whole), uint64(p.Weight)) //nolint:gosec // neither is below zero
		part, _ := bits.Div64(hi, lo, all)
		parts[i] = int64(part) //nolint:gosec // at most the whole
		left -= parts[i]
	}
	for ; left > 0; left-- {
		next := 0
		for i := range payees {
			if denser(payees[i].Weight, parts[i]+1, payees[next].Weight, parts[next]+1) {
				next = i
			}
		}
		parts[next]++
	}
	return parts
}

// denser reports whether v/m is more than w/n.
func denser(v, m, w, n int64) bool {
	vh, vl := bits.Mul64(uint64(v), uint64(n)) //nolint:gosec // none is below zero
	wh, wl := bits.Mul64(uint64(w), uint64(m)) //nolint:gosec // as above
	return cmp.Or(cmp.Compare(vh, wh), cmp.Compare(vl, wl)) > 0
}

// paid returns what the payees have been paid in all, after fees.
func (a *Agreement) paid() lance.Money { return a.minor(a.Released.Minor() - a.PayeeFee.Minor()) }
