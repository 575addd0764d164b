package marketplace_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore"
)

// TestAProjectIsShownWhenItsMoneyIsThere has a client publish under a policy that
// asks for funding first, with the payer's fee of 5 % on top.
func TestAProjectIsShownWhenItsMoneyIsThere(t *testing.T) {
	t.Parallel()
	doc := policy.Default()
	doc.Funding = policy.OnPost
	doc.Fees = append(doc.Fees, policy.Component{Name: "handling", Side: policy.Payer, Percent: decimal.NewFromInt(5)})
	engine, err := marketplace.New(marketplace.Config{
		Store: memstore.New(nil), Policy: &doc, Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	require.NoError(t, err)
	ctx, client := t.Context(), lance.Person("42")
	skill, err := engine.Taxonomy.CreateSkill(ctx, lance.System("setup"), taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Go"}})
	require.NoError(t, err)
	p, err := engine.Projects.Create(ctx, client, project.CreateInput{Terms: project.Terms{
		Title: "Move our shop", Description: "From one server to another.", Skills: []taxonomy.SkillID{skill.ID},
		Budget: project.Budget{Type: project.Fixed, Min: lance.NewMoney(100_00, lance.USD), Max: lance.NewMoney(400_00, lance.USD)},
	}})
	require.NoError(t, err)
	for _, step := range []struct {
		topUp int64
		code  string
	}{{0, "funding_required"}, {104_99, "funding_required"}, {1, ""}} {
		if step.topUp > 0 {
			_, err := engine.Payments.TopUp(ctx, client, payments.TopUpInput{Amount: lance.NewMoney(step.topUp, lance.USD), Method: sandbox.MethodOK})
			require.NoError(t, err)
		}
		got, err := engine.Projects.Publish(ctx, client, p.ID)
		require.Equal(t, step.code, lance.CodeOf(err))
		if step.code == "" {
			require.Equal(t, project.StateOpen, got.State)
		}
	}
	_, err = engine.Projects.Publish(ctx, lance.Person("43"), p.ID)
	require.ErrorIs(t, err, lance.Forbidden)
	_, err = engine.Projects.Publish(ctx, client, p.ID)
	require.Equal(t, "project_state", lance.CodeOf(err))
}
