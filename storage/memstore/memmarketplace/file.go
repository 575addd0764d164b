package memmarketplace

import (
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Files is the store of files.
func (t Tx) Files() file.Store { return memkit.Rows[file.ID](t.Tx, file.Table) }
