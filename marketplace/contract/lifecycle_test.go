package contract_test

import (
	"testing"

	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecyclesGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(contract.Lifecycle.Mermaid()))
	goldentest.Check(t, "milestone_lifecycle.mermaid", []byte(contract.MilestoneLifecycle.Mermaid()))
}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, contract.Lifecycle, `
		active describe active freelancer
		active complete completed clock
		active lapse cancelled clock
		active cancel cancelled client freelancer`)
	lifecycletest.Walk(t, contract.MilestoneLifecycle, `
		planned fund funded client
		planned cancel cancelled client freelancer
		planned amend planned client freelancer
		planned accept_amendment planned client freelancer
		planned decline_amendment planned client freelancer
		funded upload funded freelancer
		funded submit submitted freelancer
		funded cancel cancelled freelancer
		funded close approved client freelancer
		funded amend funded client freelancer
		funded accept_amendment funded client freelancer
		funded decline_amendment funded client freelancer
		submitted request_changes funded client
		submitted approve approved client clock
		submitted cancel cancelled freelancer
		submitted close approved client freelancer
		submitted amend submitted client freelancer
		submitted accept_amendment submitted client freelancer
		submitted decline_amendment submitted client freelancer`)
}
