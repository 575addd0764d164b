package sqlitetest_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/storagetest/sqlitetest"
)

func TestAFileIsPreparedOnceAndCopied(t *testing.T) {
	t.Parallel()
	times := 0
	prepare := func(path string) error {
		times++
		return os.WriteFile(path, []byte("schema"), 0o600)
	}
	one, two := sqlitetest.Copy(t, "a", prepare), sqlitetest.Copy(t, "a", prepare)
	require.NotEqual(t, one, two)
	require.Equal(t, 1, times)
	got, err := os.ReadFile(two)
	require.NoError(t, err)
	require.Equal(t, "schema", string(got))
}
