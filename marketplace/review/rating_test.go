package review_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/marketplace/review"
)

func TestAnAverageIsRoundedHalfUpToHundredths(t *testing.T) {
	t.Parallel()
	for want, stars := range map[int][5]int64{
		0:   {},
		100: {1},
		500: {0, 0, 0, 0, 7},
		450: {0, 0, 0, 1, 1},
		433: {0, 0, 0, 2, 1},
		467: {0, 0, 0, 1, 2},
		463: {0, 0, 0, 3, 5}, // 4.625
		300: {1, 1, 1, 1, 1},
	} {
		r := review.Rating{Stars: stars}
		require.Equal(t, want, r.Hundredths(), "%v", stars)
	}
}
