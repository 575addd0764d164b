package memkit_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/storagetest/basetest"
)

func TestBase(t *testing.T) {
	t.Parallel()
	basetest.Run(t, basetest.Harness[*memkit.Tx]{
		Open: func(_ *testing.T, clock lance.Clock) lance.Runner[*memkit.Tx] {
			return memkit.New(&memkit.Options{Clock: clock}, func(tx *memkit.Tx) *memkit.Tx { return tx })
		},
		Widgets: func(tx *memkit.Tx) lance.Rows[basetest.Widget, basetest.WidgetID] {
			return memkit.Rows[basetest.WidgetID](tx, basetest.Widgets)
		},
		Notes: func(tx *memkit.Tx) lance.Rows[basetest.Note, basetest.NoteID] {
			return memkit.Rows[basetest.NoteID](tx, basetest.Notes)
		},
	})
}
