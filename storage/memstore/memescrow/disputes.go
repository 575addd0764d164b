package memescrow

import (
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Cases is the store of cases.
func (t Tx) Cases() dispute.Store { return memkit.Rows[dispute.ID](t.Tx, dispute.Table) }

// Evidence is the store of what parties show in cases.
func (t Tx) Evidence() dispute.EvidenceStore {
	return memkit.Rows[dispute.EvidenceID](t.Tx, dispute.EvidenceTable)
}
