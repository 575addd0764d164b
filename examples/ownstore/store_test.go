package main

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	escrowtest.Run(t, escrowtest.Harness[Repos]{
		Open: func(_ *testing.T, clock lance.Clock) lance.Runner[Repos] { return Open(clock) },
	})
}
