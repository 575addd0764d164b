package project_test

import (
	"testing"

	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecyclesGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(project.Lifecycle.Mermaid()))
	goldentest.Check(t, "proposal_lifecycle.mermaid", []byte(project.ProposalLifecycle.Mermaid()))
}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, project.Lifecycle, `
		draft edit draft client
		draft publish open client
		draft cancel cancelled client
		open edit open client
		open close closed client
		open award awarded client
		open cancel cancelled client
		closed reopen open client
		closed award awarded client
		closed cancel cancelled client
		awarded complete completed contract
		awarded vacate closed contract`)
	lifecycletest.Walk(t, project.ProposalLifecycle, `
		draft edit draft freelancer
		draft submit submitted freelancer
		draft withdraw withdrawn freelancer
		submitted shortlist shortlisted client
		submitted accept accepted client
		submitted decline declined client
		submitted withdraw withdrawn freelancer
		shortlisted accept accepted client
		shortlisted decline declined client
		shortlisted withdraw withdrawn freelancer`)
}
