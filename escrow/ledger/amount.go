package ledger

import "github.com/megilance/lance"

// minor makes an amount of minor units.
func minor(n int64, c lance.Currency) lance.Money { return lance.NewMoney(n, c) }
