package bunescrow_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
)

// disputeLists are the questions that are asked of cases and evidence, and the
// index that each must use.
var disputeLists = map[string]struct{ table, where, index string }{
	"of a payer":      {"lance_disputes", "payer = '41' ORDER BY created_at, id", "lance_disputes_payer"},
	"of a payee":      {"lance_disputes", "payee = '41' ORDER BY created_at, id", "lance_disputes_payee"},
	"of a mediator":   {"lance_disputes", "mediator = 'judy' ORDER BY created_at, id", "lance_disputes_mediator"},
	"of an arbiter":   {"lance_disputes", "arbiter = 'judge' ORDER BY created_at, id", "lance_disputes_arbiter"},
	"of an agreement": {"lance_disputes", "agreement = 'agr_1' AND opener = '41' ORDER BY created_at, id", "lance_disputes_agreement"},
	"in a state":      {"lance_disputes", "state = 'ruled' ORDER BY created_at, id", "lance_disputes_state"},
	"that are vacant": {"lance_disputes", "vacant = TRUE ORDER BY created_at, id", "lance_disputes_vacant"},
	"of all":          {"lance_disputes", "(created_at, id) > ('2026-03-01', 'dsp_1') ORDER BY created_at, id", "lance_disputes_created"},
	"evidence":        {"lance_dispute_evidence", "dispute = 'dsp_1' ORDER BY created_at, id", "lance_dispute_evidence_dispute"},
}

func TestEveryListOfDisputesHasItsIndex(t *testing.T) {
	t.Parallel()
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, dsn(t), lance.SystemClock())
			for list, c := range disputeLists {
				plan := explain(t, db, "SELECT id FROM {"+c.table+"} WHERE "+c.where+" LIMIT 20")
				require.Contains(t, plan, c.index, list)
				require.NotContains(t, plan, "TEMP B-TREE", list)
			}
		})
	}
}

// TestTamperedCasesAndEvidenceAreFound changes by plain SQL what a party has shown,
// field by field, and where a case stands.
func TestTamperedCasesAndEvidenceAreFound(t *testing.T) {
	t.Parallel()
	for name, dsn := range inFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, dsn(t), lance.FixedClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
			c, e := shown(t, db)
			audit, err := lance.Verify(t.Context(), db, dispute.Scope[bunescrow.Tx](), nil)
			require.NoError(t, err)
			require.NoError(t, audit.Err())
			item := lance.Finding{Code: lance.FoundAggregateChanged, Kind: "evidence", ID: string(e.ID)}
			for set, value := range map[string]any{
				"text = ?": "Nobody was late.", "salt = ?": strings.Repeat("0", 64), "party = ?": "bob", "author = ?": "bob", "created_at = ?": later,
				"files = replace(files, 'late', ?)": "soon", "files = replace(files, 'abab', ?)": "cdcd", "files = replace(files, '12', ?)": "13",
			} {
				finds(t, db, "UPDATE {lance_dispute_evidence} SET "+set+" WHERE id = ?", []any{value, string(e.ID)}, item)
			}
			item.Code = lance.FoundAggregateMissing
			finds(t, db, "DELETE FROM {lance_dispute_evidence} WHERE id = ?", []any{string(e.ID)}, item)
			stands := lance.Finding{Code: lance.FoundAggregateChanged, Kind: "dispute", ID: string(c)}
			finds(t, db, "UPDATE {lance_disputes} SET state = 'ruled' WHERE id = ?", []any{string(c)}, stands)
			finds(t, db, "UPDATE {lance_disputes} SET version = version + 1 WHERE id = ?", []any{string(c)}, stands)
		})
	}
}

// shown opens a case and lets its opener show something.
func shown(t *testing.T, db lance.Runner[bunescrow.Tx]) (dispute.ID, *dispute.Evidence) {
	t.Helper()
	ctx, ann := t.Context(), lance.Person("ann")
	require.NoError(t, db.InTx(ctx, func(ctx context.Context, r bunescrow.Tx) error {
		_, err := ledger.Post(ctx, r, told("in", ledger.CodeTopUp, ledger.Clearing("p", lance.USD), ledger.Available("ann", lance.USD), 200_00))
		return err
	}))
	agreements, cases := escrow.NewService(db, nil), dispute.NewService(db, nil)
	a, err := agreements.Agree(ctx, ann, escrow.AgreeInput{Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "ann", Payee: "bob", Amount: usd(100_00)})
	require.NoError(t, err)
	_, err = agreements.Fund(ctx, ann, escrow.FundInput{Agreement: a.ID})
	require.NoError(t, err)
	c, err := cases.Open(ctx, ann, dispute.OpenInput{Agreement: a.ID, Reason: dispute.Late, Statement: "It is late."})
	require.NoError(t, err)
	e, err := cases.AddEvidence(ctx, ann, dispute.EvidenceInput{Case: c.ID, Text: "He was late.", Files: []dispute.File{
		{Ref: "fil_1", Name: "late.txt", Size: 12, SHA256: dispute.Digest(strings.Repeat("ab", 32))},
	}})
	require.NoError(t, err)
	return c.ID, e
}

// finds requires what an audit says of a change, and undoes it.
func finds(t *testing.T, db lance.Runner[bunescrow.Tx], sql string, args []any, want lance.Finding) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
		n, err := r.Affect(ctx, sql, args...)
		require.NoError(t, err, sql)
		require.Positive(t, n, sql)
		audit, err := lance.Verify(ctx, lance.Within(r), dispute.Scope[bunescrow.Tx](), nil)
		require.NoError(t, err, sql)
		require.NotNil(t, audit.Bad, sql)
		audit.Bad.Msg = ""
		require.Equal(t, want, *audit.Bad, sql)
		return errUndone
	})
	require.ErrorIs(t, err, errUndone, sql)
}
