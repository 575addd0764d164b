package memmarketplace

import (
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Categories is the store of categories.
func (t Tx) Categories() taxonomy.CategoryStore {
	return memkit.Rows[taxonomy.CategoryID](t.Tx, taxonomy.CategoryTable)
}

// Skills is the store of skills.
func (t Tx) Skills() taxonomy.SkillStore {
	return memkit.Rows[taxonomy.SkillID](t.Tx, taxonomy.SkillTable)
}
