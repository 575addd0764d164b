package bunescrow

import "github.com/megilance/lance/escrow/ledger"

// HotQueries are the ledger's statements that must stay as fast as they are
// however many transfers there are, with SQLite's text, by name.
func HotQueries() map[string]string {
	among := func(expr string) string { return expr + " IN (SELECT value FROM json_each(?))" }
	open, _ := find(ledger.Query{Open: &ledger.Account{}}, among)
	next, _ := find(ledger.Query{Limit: 1}, among)
	named, _ := find(ledger.Query{IDs: []ledger.TransferID{}}, among)
	return map[string]string{
		"a statement":          floorStatement,
		"a sealed statement":   sealedStatement,
		"what a set hangs on":  loadSQLite,
		"what is not yet done": open,
		"the next transfers":   next,
		"named transfers":      named,
		"what a seal moved":    moved,
	}
}
