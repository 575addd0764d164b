package bunescrow

import (
	"slices"
	"strings"

	"github.com/megilance/lance/escrow/ledger"
)

// HotQueries are the ledger's statements that must stay as fast as they are
// however many transfers there are, with SQLite's text, by name.
func HotQueries() map[string]string {
	among := func(expr string) string { return expr + " IN (SELECT value FROM json_each(?))" }
	open, _ := find(ledger.Query{Open: &ledger.Account{}}, among)
	next, _ := find(ledger.Query{Limit: 1}, among)
	named, _ := find(ledger.Query{IDs: []ledger.TransferID{}}, among)
	return map[string]string{
		"a statement":           floorStatement,
		"a sealed statement":    sealedStatement,
		"the balances of a set": heldSQLite,
		"what is not yet done":  open,
		"the next transfers":    next,
		"named transfers":       named,
		"what a seal moved":     moved,
	}
}

// KeyedQueries are the statements of posting on PostgreSQL, whose plans are kept,
// with the arguments that they have for so many of everything.
func KeyedQueries(n int) map[string][]any {
	list := strings.Split(strings.Repeat("x", n), "")
	less := removal{from: "lance_later_shares", columns: [2]string{"account", "lot"}}
	queries := map[string][]any{
		lockPG:  {list},
		turnPG:  {list, list},
		knownPG: {list},
		"WITH " + "whole AS (SELECT 1)" + less.pg() + " SELECT 1": {list, list},
	}
	for _, in := range []batch{
		{name: "balances", into: "lance_balances", columns: balanceColumns, there: []string{"account"}, rows: slices.Repeat([][]any{{"x", "USD", 1, 0, 1, "[]", true}}, n)},
		{name: "shares", into: "lance_later_shares", columns: shareColumns, there: []string{"account", "lot"}, rows: slices.Repeat([][]any{{"x", "x", 1}}, n)},
	} {
		var sql strings.Builder
		sql.WriteString("WITH whole AS (SELECT 1), ")
		args := in.pg(&sql, false)
		sql.WriteString(" SELECT 1")
		queries[sql.String()] = args
	}
	return queries
}
