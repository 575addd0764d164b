package bunmarketplace

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// fields reads columns that need more than a conversion and keeps the first
// fault.
type fields struct{ err error }

func (f *fields) money(minor int64, code string) lance.Money {
	c, err := lance.ParseCurrency(code)
	f.note(err)
	return lance.NewMoney(minor, c)
}

// note keeps the first fault: what is kept cannot be read.
func (f *fields) note(err error) {
	if err != nil && f.err == nil {
		f.err = bunkit.Unreadable(err)
	}
}
