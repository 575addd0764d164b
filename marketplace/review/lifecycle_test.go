package review_test

import (
	"testing"

	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecyclesGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(review.Lifecycle.Mermaid()))
}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, review.Lifecycle, `
		hidden publish published clock
		published reply answered subject`)
}
