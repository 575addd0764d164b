package marketplace_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/marketplace"
)

// TestNoMoneyStrands proves it of agreements, cases, chargebacks and payments taken
// together; an edge of one of them without a note fails here, too.
func TestNoMoneyStrands(t *testing.T) {
	t.Parallel()
	p, err := marketplace.Process()
	require.NoError(t, err)
	require.Greater(t, p.States(), 500)
}

// No money stays anywhere for ever.
func ExampleProcess() {
	_, err := marketplace.Process()
	fmt.Println(err)
	// Output: <nil>
}
