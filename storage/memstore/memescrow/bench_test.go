package memescrow_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

func BenchmarkPost(b *testing.B) {
	escrowtest.BenchPost(b, func(*testing.B) lance.Runner[memescrow.Tx] { return memescrow.New(nil) })
}
