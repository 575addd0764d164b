package memkit

import "github.com/megilance/lance"

// Facts are what the store knows about itself.
func (tx *Tx) Facts() lance.Rows[lance.Fact, lance.FactName] {
	return Rows[lance.FactName](tx, lance.FactTable)
}
