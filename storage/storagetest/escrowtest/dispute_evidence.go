package escrowtest

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/dispute"
)

func evidenceLaws() []courtLaw {
	return []courtLaw{
		{"both parties show evidence until an arbiter has ruled, and those see it who judge", (*court).shows},
		{"what is shown is checked", (*court).showsWell},
		{"a party shows so much and no more", (*court).showsEnough},
	}
}

// proof is what the suite's parties show.
var proof = dispute.EvidenceInput{
	Text:  "This is what I was sent.",
	Files: []dispute.File{{Ref: "fil_1", Name: "shot.png", Size: 1234, SHA256: dispute.Digest(strings.Repeat("ab", 32))}},
}

func (w *court) show(c *dispute.Case, by lance.Actor) *dispute.Evidence {
	w.Helper()
	in := proof
	in.Case = c.ID
	e, err := w.cases.AddEvidence(w.Context(), by, in)
	require.NoError(w, err)
	return e
}

func (w *court) shows() {
	c := w.in(dispute.Arbitration)
	mine := w.show(c, w.payer)
	w.clock.Move(time.Second)
	his := w.show(c, w.payee)
	require.Equal(w, w.payer.Party, mine.Party)
	require.NotEqual(w, mine.TextDigest(), his.TextDigest(), "the same text is not the same in the log")
	require.Contains(w, w.of(c.ID).AllowedActions(w.payer), dispute.AddEvidence)
	in := proof
	in.Case = c.ID
	for by, kind := range map[string]lance.Kind{"eve": lance.NotFound, "judy": lance.Forbidden, "root": lance.Forbidden} {
		who := map[string]lance.Actor{"eve": stranger, "judy": second, "root": admin}[by]
		_, err := w.cases.AddEvidence(w.Context(), who, in)
		require.ErrorIs(w, err, kind, by)
	}
	require.NoError(w, w.db.View(w.Context(), func(ctx context.Context, r dispute.Repos) error {
		events, err := r.Log().Stream(ctx, c.Ref())
		var last dispute.CaseEvidenceAdded
		require.NoError(w, json.Unmarshal(events[len(events)-1].Body, &last))
		require.Equal(w, his.ID, last.Evidence)
		require.Equal(w, his.TextDigest(), last.Text)
		require.Equal(w, []dispute.Digest{his.Files[0].SHA256}, last.Files)
		require.NotContains(w, string(events[len(events)-1].Body), his.Text)
		require.NotContains(w, string(events[len(events)-1].Body), his.Files[0].Name)
		return err
	}))
	w.does(w.does(c, arbiter, dispute.Assign, 0), arbiter, dispute.Rule, 0)
	_, err := w.cases.AddEvidence(w.Context(), w.payer, in)
	require.ErrorIs(w, err, lance.Precondition)
	for _, by := range []lance.Actor{w.payer, w.payee, arbiter, second, admin, lance.Person("help", lance.RoleSupport)} {
		page, err := w.cases.Evidence(w.Context(), by, c.ID, lance.PageQuery{Limit: 1})
		require.NoError(w, err)
		require.Equal(w, told(mine), told(page.Items[0]))
		page, err = w.cases.Evidence(w.Context(), by, c.ID, lance.PageQuery{Limit: 1, Cursor: page.Next})
		require.NoError(w, err)
		require.Equal(w, told(his), told(page.Items[0]))
		require.Empty(w, page.Next)
	}
	for _, by := range []lance.Actor{stranger, third, {}} {
		_, err := w.cases.Evidence(w.Context(), by, c.ID, lance.PageQuery{})
		require.ErrorIs(w, err, lance.NotFound)
	}
}

func (w *court) showsWell() {
	c := w.in(dispute.Opened)
	for name, x := range map[string]struct {
		change func(in *dispute.EvidenceInput)
		says   string
	}{
		"nothing":        {func(in *dispute.EvidenceInput) { in.Text, in.Files = "", nil }, "/text text_required"},
		"a short text":   {func(in *dispute.EvidenceInput) { in.Text = "Four" }, "/text text_too_short"},
		"many files":     {func(in *dispute.EvidenceInput) { in.Files = make([]dispute.File, 11) }, "/files too_many"},
		"no reference":   {func(in *dispute.EvidenceInput) { in.Files[0].Ref = "" }, "/files/0/ref text_required"},
		"no name":        {func(in *dispute.EvidenceInput) { in.Files[0].Name = "" }, "/files/0/name text_required"},
		"a name of two":  {func(in *dispute.EvidenceInput) { in.Files[0].Name = "a\nb" }, "/files/0/name text_control"},
		"an empty file":  {func(in *dispute.EvidenceInput) { in.Files[0].Size = 0 }, "/files/0/size size_range"},
		"a large file":   {func(in *dispute.EvidenceInput) { in.Files[0].Size = dispute.MaxFileSize + 1 }, "/files/0/size size_range"},
		"no digest":      {func(in *dispute.EvidenceInput) { in.Files[0].SHA256 = "" }, "/files/0/sha256 digest_syntax"},
		"a short digest": {func(in *dispute.EvidenceInput) { in.Files[0].SHA256 = in.Files[0].SHA256[2:] }, "/files/0/sha256 digest_syntax"},
		"capitals":       {func(in *dispute.EvidenceInput) { in.Files[0].SHA256 = dispute.Digest(strings.Repeat("AB", 32)) }, "/files/0/sha256 digest_syntax"},
		"no digits":      {func(in *dispute.EvidenceInput) { in.Files[0].SHA256 = dispute.Digest(strings.Repeat("zz", 32)) }, "/files/0/sha256 digest_syntax"},
	} {
		in := proof
		in.Case, in.Files = c.ID, append([]dispute.File{}, proof.Files...)
		x.change(&in)
		_, err := w.cases.AddEvidence(w.Context(), w.payer, in)
		require.ErrorIs(w, err, lance.Invalid, name)
		require.ErrorContains(w, err, x.says, name)
	}
	w.same(c)
	in := proof
	in.Case, in.Key = c.ID, "shown"
	first, err := w.cases.AddEvidence(w.Context(), w.payer, in)
	require.NoError(w, err)
	again, err := w.cases.AddEvidence(w.Context(), w.payer, in)
	require.NoError(w, err)
	require.Equal(w, told(first), told(again))
	require.Equal(w, 1, w.of(c.ID).Claim.Evidence)
	in.Text = ""
	in.Key = ""
	e, err := w.cases.AddEvidence(w.Context(), w.payer, in)
	require.NoError(w, err)
	require.Empty(w, e.TextDigest())
}

func (w *court) showsEnough() {
	c := w.in(dispute.Opened)
	for i := range dispute.MaxEvidence {
		_, err := w.cases.AddEvidence(w.Context(), w.payer, dispute.EvidenceInput{Case: c.ID, Text: "Look at this: " + strconv.Itoa(i)})
		require.NoError(w, err)
	}
	_, err := w.cases.AddEvidence(w.Context(), w.payer, dispute.EvidenceInput{Case: c.ID, Text: because})
	require.ErrorIs(w, err, lance.Precondition)
	require.Equal(w, "evidence_limit", lance.CodeOf(err))
	require.NotContains(w, w.of(c.ID).AllowedActions(w.payer), dispute.AddEvidence)
	w.show(c, w.payee)
}
