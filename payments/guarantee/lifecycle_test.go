package guarantee_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(guarantee.Lifecycle.Mermaid()))
}

// TestLifecycle walks every state, action and relation.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, guarantee.Lifecycle, `
		filed withdraw withdrawn payer
		filed assign filed admin candidate
		filed uphold upheld judge clock
		filed reject rejected judge clock
		upheld withdraw withdrawn payer
		upheld delay upheld clock
		upheld pay paid admin clock
		upheld overtake overtaken admin clock`)
}

// TestRelations: what somebody is to a claim follows from his stake, the policy and who
// has it.
func TestRelations(t *testing.T) {
	t.Parallel()
	arbiter, admin := lance.RoleArbiter, lance.RoleAdmin
	for _, x := range []struct {
		by    lance.Actor
		judge policy.Judge
		is    []lance.Relation
	}{
		{lance.System("x"), policy.JudgeArbiter, []lance.Relation{lance.ByClock}},
		{lance.Actor{}, policy.JudgeArbiter, nil},
		{lance.Person("ann", admin, arbiter), policy.JudgeArbiter, []lance.Relation{guarantee.ByPayer}},
		{lance.Person("bob", admin), policy.JudgeAdmin, []lance.Relation{guarantee.ByPayee}},
		{lance.Person("carl", arbiter), policy.JudgeArbiter, []lance.Relation{guarantee.BySharer}},
		{lance.Actor{User: "bob", Party: "firm", Roles: []lance.Role{admin}}, policy.JudgeAdmin, nil},
		{lance.Person("judy", arbiter), policy.JudgeArbiter, []lance.Relation{guarantee.ByCandidate}},
		{lance.Person("judy", arbiter), policy.JudgeAdmin, nil},
		{lance.Person("root", admin), policy.JudgeAdmin, []lance.Relation{lance.ByAdmin, guarantee.ByJudge}},
		{lance.Person("root", admin), policy.JudgeArbiter, []lance.Relation{lance.ByAdmin}},
		{lance.Person("clerk", admin, arbiter), policy.JudgeAdmin, []lance.Relation{lance.ByAdmin}},
		{lance.Person("sue", lance.RoleSupport), policy.JudgeArbiter, nil},
	} {
		c := &guarantee.Claim{
			Sides: escrow.Sides{Payer: "ann", Payee: "bob", Sharers: []lance.PartyID{"carl"}, Acted: []lance.UserID{"clerk"}},
			Terms: policy.Guarantee{Judge: x.judge}, State: guarantee.Filed,
		}
		require.Equal(t, x.is, c.Relations(x.by), "%s under %s", x.by.Label(), x.judge)
		require.Equal(t, len(x.is) > 0 || x.by.Has(lance.RoleSupport), c.Visible(x.by))
	}
}
