package memmarketplace

import (
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Contracts is the store of contracts.
func (t Tx) Contracts() contract.Store { return memkit.Rows[contract.ID](t.Tx, contract.Table) }

// Milestones is the store of milestones.
func (t Tx) Milestones() contract.MilestoneStore {
	return memkit.Rows[contract.MilestoneID](t.Tx, contract.MilestoneTable)
}

// Turns is the store of the turns of work on milestones.
func (t Tx) Turns() contract.TurnStore {
	return memkit.Rows[contract.TurnID](t.Tx, contract.TurnTable)
}
