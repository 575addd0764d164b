package escrowtest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// parts is what accounts have of lots, as plainly as can be.
type parts map[ledger.Account]map[ledger.LotID]int64

// of returns an account's parts, the oldest first.
func (p parts) of(a ledger.Account) (out []ledger.LotShare) {
	for _, lot := range slices.Sorted(maps.Keys(p[a])) {
		out = append(out, ledger.LotShare{Lot: lot, Amount: usd(p[a][lot])})
	}
	return out
}

// oldest returns which parts are so much of what an account has.
func (p parts) oldest(a ledger.Account, amount int64) (out []ledger.LotShare) {
	for _, s := range p.of(a) {
		if s.Amount = usd(min(amount, s.Amount.Minor())); s.Amount.IsPositive() {
			out = append(out, s)
		}
		amount -= s.Amount.Minor()
	}
	return out
}

// move adds and takes parts; one that is used up is gone.
func (p parts) move(t ledger.Transfer) {
	for _, s := range t.Lots {
		if p[t.Credit][s.Lot] += s.Amount.Minor(); t.Lot != nil {
			continue
		}
		if p[t.Debit][s.Lot] -= s.Amount.Minor(); p[t.Debit][s.Lot] == 0 {
			delete(p[t.Debit], s.Lot)
		}
	}
}

// randomLots charges lots of any age to three accounts and moves parts of them
// about, the oldest and named ones, and requires what a plain model has.
func randomLots[R ledger.Repos](w *ledgerWorld[R]) {
	const histories = 15
	played := 0
	rapid.Check(w.T, func(t *rapid.T) {
		if played++; played > histories && !w.Failed() {
			return
		}
		h := lotHistory[R]{w: w, T: t, name: strconv.Itoa(played), has: parts{}}
		for _, who := range []string{"x", "y", "z"} {
			a := ledger.Available(lance.PartyID(who+h.name), lance.USD)
			h.owners, h.has[a] = append(h.owners, a), map[ledger.LotID]int64{}
		}
		for range rapid.IntRange(1, 30).Draw(t, "sets") {
			h.turn()
		}
	})
}

// lotHistory is one random history.
type lotHistory[R ledger.Repos] struct {
	*rapid.T
	w      *ledgerWorld[R]
	name   string
	step   int
	owners []ledger.Account
	has    parts
}

// turn posts one set: perhaps a move of named parts, and then charges and moves of
// the oldest.
func (h *lotHistory[R]) turn() {
	var set []ledger.Transfer
	left := map[ledger.Account]int64{}
	for _, a := range h.owners {
		for _, s := range h.has.of(a) {
			left[a] += s.Amount.Minor()
		}
	}
	if from := h.pick("from"); left[from] > 0 && rapid.Bool().Draw(h.T, "named") {
		part := rapid.SampledFrom(h.has.of(from)).Draw(h.T, "part")
		part.Amount = usd(rapid.Int64Range(1, part.Amount.Minor()).Draw(h.T, "amount"))
		t := h.move(left, from, part.Amount.Minor())
		t.Lots = []ledger.LotShare{part}
		set = append(set, t)
	}
	for range rapid.IntRange(0, 8).Draw(h.T, "size") {
		set = append(set, h.draw(left))
	}
	if len(set) == 0 {
		return
	}
	out, err := h.w.try(set...)
	require.NoError(h, err)
	for i, t := range out {
		if t.Lot == nil && set[i].Lots == nil {
			require.Equal(h, h.has.oldest(t.Debit, t.Amount.Minor()), t.Lots)
		}
		h.has.move(t)
	}
	require.NoError(h, h.w.db.View(context.Background(), func(ctx context.Context, r R) error {
		for _, a := range h.owners {
			shares, err := ledger.LotsOf(ctx, r, a)
			require.NoError(h, err)
			require.Equal(h, h.has.of(a), shares, a)
		}
		return nil
	}))
}

// draw draws a charge, or a move of what is left in an account.
func (h *lotHistory[R]) draw(left map[ledger.Account]int64) ledger.Transfer {
	from, amount := h.pick("debit"), rapid.Int64Range(1, 9).Draw(h.T, "amount")
	if left[from] == 0 || rapid.IntRange(0, 3).Draw(h.T, "charge") > 0 {
		h.step++
		t := topUp(h.name+" "+strconv.Itoa(h.step), from, amount)
		t.Lot.ChargedAt = epoch.Add(time.Duration(rapid.IntRange(0, 1000).Draw(h.T, "age")) * -time.Hour)
		left[from] += amount
		return t
	}
	return h.move(left, from, min(left[from], amount*amount))
}

// move moves an amount to one of the others.
func (h *lotHistory[R]) move(left map[ledger.Account]int64, from ledger.Account, minor int64) ledger.Transfer {
	h.step++
	others := slices.DeleteFunc(slices.Clone(h.owners), func(a ledger.Account) bool { return a == from })
	t := move(h.name+" "+strconv.Itoa(h.step), from, rapid.SampledFrom(others).Draw(h.T, "credit"), minor)
	left[t.Debit] -= minor
	left[t.Credit] += minor
	return t
}

func (h *lotHistory[R]) pick(label string) ledger.Account {
	return rapid.SampledFrom(h.owners).Draw(h.T, label)
}
