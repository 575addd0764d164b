package memstore_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
	"github.com/megilance/lance/storage/storagetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, storagetest.Harness{Open: func(_ *testing.T, clock lance.Clock) lance.Runner[driver.Repos] {
		return memstore.New(&memstore.Options{Clock: clock})
	}})
}
