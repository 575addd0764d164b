package escrowtest

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

func disputeRowLaws() []courtLaw {
	return []courtLaw{
		{"a case and what was shown read back as they were written, field by field", (*court).readBack},
		{"an update replaces all but the identifier, and only the version that was read", (*court).updateCase},
		{"of one agreement one case is open", (*court).oneOpen},
		{"a list selects by every declared field and goes on where it stopped", (*court).listCases},
	}
}

// fullCase is a case with something in every field.
func fullCase(id dispute.ID) *dispute.Case {
	at := func(n int) time.Time { return epoch.Add(time.Duration(n)*time.Hour + 123456*time.Microsecond) }
	return &dispute.Case{
		ID: id, Agreement: "agr_1", Subject: lance.Ref{Kind: "order", ID: "a/b 🎈"},
		Sides:  escrow.Sides{Payer: "Ann 安", Payee: "ann 安", Sharers: []lance.PartyID{"größe 🎈"}, Acted: []lance.UserID{"Ann", "ann 安"}},
		Opener: "ann 安", Reason: dispute.Late, Held: usd(1000), State: dispute.Mediation,
		Mediator: "judy 🎈", Proposed: 7, Arbiter: "judge",
		Claim:  dispute.Position{ToPayee: usd(0), Statement: "It came\ntoo late 🎈", At: at(1), Offers: 2, Evidence: 3},
		Answer: dispute.Position{ToPayee: usd(1000), Statement: "It did not.", At: at(2), Offers: 4, Evidence: 5},
		Offer:  dispute.Offer{By: "ann 安", Mediator: "judy 🎈", Accepted: "Ann 安", ToPayee: usd(500), At: at(3)},
		Rulings: []dispute.Ruling{
			{By: "judge", ToPayee: usd(0), Bears: escrow.BearPayer, Text: "It came\ntoo late.", At: at(4)},
			{By: "judy 🎈", ToPayee: usd(1), Bears: escrow.BearNobody, Text: "It came too late.", At: at(5)},
		},
		Appeals:    []dispute.Plea{{By: "ann 安", Text: "It did not.", At: at(6)}},
		Suspension: dispute.Suspension{For: []dispute.Wait{{About: lance.Ref{Kind: "chargeback", ID: "a/b"}, Keeper: "a.b"}}, From: dispute.Ruled, At: at(7), Left: time.Microsecond, Warn: true},
		Outcome:    dispute.Outcome{End: dispute.EndRuled, ToPayee: usd(0), ToPayer: usd(1000), Bears: escrow.BearPayer},
		CreatedAt:  at(8), StageAt: at(9), DeadlineAt: at(10), WarnAt: at(11),
	}
}

// bareCase is a case with nothing in it that need not be.
func bareCase(id dispute.ID, agreement escrow.ID) *dispute.Case {
	return &dispute.Case{
		ID: id, Agreement: agreement, Subject: about, Sides: escrow.Sides{Payer: "41", Payee: "42"}, Opener: "41", Reason: dispute.Other, Held: usd(10),
		State: dispute.Opened, CreatedAt: epoch, StageAt: epoch,
	}
}

func fullEvidence(id dispute.EvidenceID) *dispute.Evidence {
	return &dispute.Evidence{
		ID: id, Case: "dsp_1", Party: "Ann 安", User: "ann", Text: "Look\nhere 🎈", Salt: dispute.Digest(strings.Repeat("0f", 32)),
		Files:     []dispute.File{{Ref: "fil_1", Name: "größe 🎈.png", Size: dispute.MaxFileSize, SHA256: dispute.Digest(strings.Repeat("ab", 32))}},
		CreatedAt: epoch.Add(123456 * time.Microsecond),
	}
}

func (w *court) within(fn func(ctx context.Context, r dispute.Repos) error) {
	w.Helper()
	require.NoError(w, w.db.InTx(w.Context(), fn))
}

// keep inserts cases, with an agreement for each that names one.
func (w *court) keep(cases ...*dispute.Case) {
	w.Helper()
	w.within(func(ctx context.Context, r dispute.Repos) error {
		for _, c := range cases {
			err := r.Agreements().Insert(ctx, bare(c.Agreement, "41", "42", lance.USD))
			if err != nil && lance.KindOf(err) != lance.Exists {
				return err
			}
			if err := r.Cases().Insert(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *court) readBack() {
	full, item := fullCase("dsp_1"), fullEvidence("evd_1")
	for _, v := range []reflect.Value{reflect.ValueOf(*full), reflect.ValueOf(*item)} {
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			require.True(w, name == "Version" || name == "EndedAt" || !v.Field(i).IsZero(), "the case fills %s", name)
		}
	}
	ended := fullCase("dsp_2")
	ended.State, ended.EndedAt = dispute.Resolved, epoch.Add(123456*time.Microsecond)
	plain := bareCase("dsp_3", "agr_2")
	w.keep(full, ended, plain)
	for _, c := range []*dispute.Case{full, ended, plain} {
		require.Equal(w, int64(1), c.Version)
		w.same(c)
	}
	bare := &dispute.Evidence{ID: "evd_2", Case: "dsp_1", Party: "41", User: "41", CreatedAt: epoch}
	w.within(func(ctx context.Context, r dispute.Repos) error {
		for _, e := range []*dispute.Evidence{item, bare} {
			if err := r.Evidence().Insert(ctx, e); err != nil {
				return err
			}
			got, err := r.Evidence().Get(ctx, e.ID)
			require.NoError(w, err)
			require.Equal(w, told(e), told(got))
		}
		require.ErrorIs(w, r.Evidence().Insert(ctx, fullEvidence("evd_1")), lance.Exists)
		return nil
	})
}

func (w *court) updateCase() {
	w.keep(bareCase("dsp_1", "agr_1"))
	old, next := w.of("dsp_1"), fullCase("dsp_1")
	next.Version = 1
	w.within(func(ctx context.Context, r dispute.Repos) error { return r.Cases().Update(ctx, next) })
	require.Equal(w, int64(2), next.Version)
	w.same(next)
	err := w.db.InTx(w.Context(), func(ctx context.Context, r dispute.Repos) error { return r.Cases().Update(ctx, old) })
	require.ErrorIs(w, err, lance.Stale)
	require.Equal(w, "dispute_stale", lance.CodeOf(err))
	w.same(next)
}

func (w *court) oneOpen() {
	w.keep(bareCase("dsp_1", "agr_1"), bareCase("dsp_2", "agr_2"))
	insert := func(c *dispute.Case) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r dispute.Repos) error { return r.Cases().Insert(ctx, c) })
	}
	err := insert(bareCase("dsp_3", "agr_1"))
	require.ErrorIs(w, err, lance.Exists)
	require.Equal(w, "dispute_exists", lance.CodeOf(err))
	ended := bareCase("dsp_4", "agr_1")
	ended.State, ended.EndedAt = dispute.Withdrawn, epoch
	require.NoError(w, insert(ended), "one that has ended does not count")
	first := w.of("dsp_1")
	first.State, first.EndedAt = dispute.Resolved, epoch
	w.within(func(ctx context.Context, r dispute.Repos) error { return r.Cases().Update(ctx, first) })
	require.NoError(w, insert(bareCase("dsp_3", "agr_1")))
}

func (w *court) listCases() {
	var all []*dispute.Case
	for i, id := range []dispute.ID{"dsp_6", "dsp_5", "dsp_4", "dsp_3", "dsp_2", "dsp_1"} {
		c := bareCase(id, escrow.ID("agr_"+string(id)))
		c.CreatedAt = epoch.Add(time.Duration(i/2) * time.Second)
		all = append(all, c)
	}
	all[0].Payer, all[0].Opener = "43", "43"
	all[1].Payee = "44"
	all[2].State, all[2].Mediator = dispute.Mediation, "judy"
	all[3].State, all[3].Arbiter = dispute.Arbitration, "judge"
	all[4].State = dispute.Arbitration // vacant
	w.keep(all...)
	ids := func(by lance.Actor, q dispute.Query) (out []dispute.ID) {
		w.Helper()
		page, err := w.cases.List(w.Context(), by, q)
		require.NoError(w, err)
		for _, c := range page.Items {
			out = append(out, c.ID)
		}
		return out
	}
	require.Equal(w, []dispute.ID{"dsp_6"}, ids(lance.Person("43"), dispute.Query{As: dispute.ByPayer}))
	require.Equal(w, []dispute.ID{"dsp_5"}, ids(lance.Person("44"), dispute.Query{As: dispute.ByPayee}))
	require.Equal(w, []dispute.ID{"dsp_4"}, ids(second, dispute.Query{As: dispute.ByMediator}))
	require.Equal(w, []dispute.ID{"dsp_3"}, ids(arbiter, dispute.Query{As: dispute.ByArbiter}))
	require.Equal(w, []dispute.ID{"dsp_2"}, ids(third, dispute.Query{As: dispute.ByCandidate}))
	require.Empty(w, ids(lance.Person("41", lance.RoleArbiter), dispute.Query{As: dispute.ByCandidate}), "nobody judges himself")
	require.Equal(w, []dispute.ID{"dsp_2"}, ids(admin, dispute.Query{Vacant: true}))
	require.Equal(w, []dispute.ID{"dsp_4"}, ids(admin, dispute.Query{State: dispute.Mediation}))
	require.Equal(w, []dispute.ID{"dsp_1"}, ids(admin, dispute.Query{Agreement: "agr_dsp_1"}))
	q := dispute.Query{PageQuery: lance.PageQuery{Limit: 4}}
	var paged []dispute.ID
	for range 2 {
		page, err := w.cases.List(w.Context(), admin, q)
		require.NoError(w, err)
		for _, c := range page.Items {
			paged = append(paged, c.ID)
		}
		q.Cursor = page.Next
	}
	require.Equal(w, []dispute.ID{"dsp_5", "dsp_6", "dsp_3", "dsp_4", "dsp_1", "dsp_2"}, paged)
	require.Empty(w, q.Cursor)
	for by, as := range map[string]lance.Relation{"eve": "", "judge": dispute.ByCandidate} {
		_, err := w.cases.List(w.Context(), lance.Person(lance.UserID(by)), dispute.Query{As: as, State: "gone"})
		require.ErrorIs(w, err, lance.Invalid)
		require.ErrorContains(w, err, "/as relation_unknown")
		require.ErrorContains(w, err, "/state state_unknown")
	}
}

// DisputeWrites are the write methods of the stores of disputes, for
// basetest.CheckWrites.
func DisputeWrites[R dispute.Repos](h Harness[R]) basetest.Writes[R] {
	open := func(ctx context.Context, r R) error {
		if err := r.Agreements().Insert(ctx, bare("agr_1", "41", "42", lance.USD)); err != nil {
			return err
		}
		return r.Cases().Insert(ctx, bareCase("dsp_1", "agr_1"))
	}
	cases := func(ctx context.Context, r R) (any, error) {
		found, err := r.Cases().Find(ctx, lance.Filter{})
		all := []string{}
		for _, c := range found {
			all = append(all, told(c))
		}
		return all, err
	}
	evidence := func(ctx context.Context, r R) (any, error) {
		found, err := r.Evidence().Find(ctx, lance.Filter{})
		all := []string{}
		for _, e := range found {
			all = append(all, told(e))
		}
		return all, err
	}
	return basetest.Writes[R]{
		Open:   func(t *testing.T) lance.Runner[R] { return h.Open(t, clocktest.At(epoch)) },
		Hosts:  h.Hosts,
		Stores: map[string]reflect.Type{"Cases": reflect.TypeFor[dispute.Store](), "Evidence": reflect.TypeFor[dispute.EvidenceStore]()},
		Writes: []basetest.Write[R]{
			{Name: "Cases.Insert", Do: open, Sees: cases},
			{Name: "Cases.Update", Given: open, Sees: cases, Do: func(ctx context.Context, r R) error {
				c, err := r.Cases().Get(ctx, "dsp_1")
				if err != nil {
					return err
				}
				c.State = dispute.Negotiation
				return r.Cases().Update(ctx, c)
			}},
			{Name: "Evidence.Insert", Given: open, Sees: evidence, Do: func(ctx context.Context, r R) error {
				return r.Evidence().Insert(ctx, fullEvidence("evd_1"))
			}},
		},
		Reads: []string{"Cases.Get", "Cases.Find", "Evidence.Get", "Evidence.Find", "Evidence.Update"}, // a table that is only added to
	}
}
