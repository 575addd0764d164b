package escrowtest

import (
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// shareLaws are those of escrow.Service, whose callers share a commit, also
// beside another service on the same store, as in another process.
func shareLaws() []law {
	return []law{
		{"an action that fails does not touch those it shares a commit with", (*world).sharedFailures},
		{"a key used before does not touch those it shares a commit with", (*world).sharedKeys},
		{"callers who share a commit never spend more than the payer has", (*world).sharedSpending},
		{"two actions on one agreement are done one after the other", (*world).sharedAgreement},
	}
}

// services returns the world's service and another on the same store.
func (w *world) services() [2]*escrow.Service {
	return [2]*escrow.Service{w.svc, escrow.NewService(w.db, nil)}
}

// sharedFailures lets half of the callers be strangers, or have read another
// version.
func (w *world) sharedFailures() {
	const n = 24
	all := make([]*escrow.Agreement, n)
	for i := range all {
		all[i] = w.submitted(100)
	}
	svc := w.services()
	won := w.race(n, func(i int) error {
		by, in := w.payer, escrow.ApproveInput{Agreement: all[i].ID}
		switch i % 4 {
		case 1:
			by = stranger
		case 3:
			in.Version = all[i].Version + 1
		}
		_, err := svc[i%3%2].Approve(w.Context(), by, in)
		return err
	}, lance.NotFound, lance.Stale)
	require.Equal(w, n/2, won)
	w.has(available(w.payee), 90*n/2)
	for i, a := range all {
		require.Equal(w, i%2 == 0, w.get(a.ID).State == escrow.Released)
	}
}

// sharedKeys has callers repeat what was done under their keys, and one who uses
// a key for something else, beside others.
func (w *world) sharedKeys() {
	const n = 16
	all := make([]*escrow.Agreement, n)
	for i := range all {
		all[i] = w.submitted(100)
	}
	key := func(i int) string { return string(all[i].ID) }
	svc := w.services()
	for i := range n / 2 {
		_, err := svc[0].Approve(w.Context(), w.payer, escrow.ApproveInput{Agreement: all[i].ID, Key: key(i)})
		require.NoError(w, err)
	}
	won := w.race(2*n, func(i int) error {
		in := escrow.ApproveInput{Agreement: all[i%n].ID, Key: key(i % n)}
		if i == n-1 {
			in.Key = key(0)
		}
		a, err := svc[i/n].Approve(w.Context(), w.payer, in)
		if err == nil {
			require.Equal(w, escrow.Released, a.State)
		}
		return err
	})
	require.Equal(w, 2*n-1, won, "the key was used for another agreement")
	w.has(available(w.payee), 90*n)
}

func (w *world) sharedSpending() {
	w.deposit(w.payer.Party, 1000)
	var ids []escrow.ID
	for range 16 {
		ids = append(ids, w.agree(90).ID)
	}
	svc := w.services()
	won := w.race(len(ids), func(i int) error {
		_, err := svc[i%2].Fund(w.Context(), w.payer, escrow.FundInput{Agreement: ids[i]})
		return err
	}, lance.Insufficient)
	require.Equal(w, 11, won)
	w.has(available(w.payer), 10)
}

func (w *world) sharedAgreement() {
	a, other := w.funded(100), w.funded(100)
	svc := w.services()
	won := w.race(24, func(i int) error {
		in := escrow.ReleaseInput{Agreement: a.ID, Amount: usd(7)}
		if i%6 == 0 {
			in.Agreement = other.ID
		}
		_, err := svc[i%2].Release(w.Context(), w.payer, in)
		return err
	}, lance.Insufficient)
	require.Equal(w, 14+4, won, "fourteen times 7 of 100")
	require.Equal(w, usd(2), w.get(a.ID).Remaining())
	require.Equal(w, usd(72), w.get(other.ID).Remaining())
}
