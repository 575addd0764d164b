package goldentest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/storagetest/goldentest"
)

// fakeTB notes a fatal call instead of failing the test it stands in for.
type fakeTB struct {
	testing.TB
	said string
}

func (*fakeTB) Helper() {}

func (f *fakeTB) Fatal(args ...any) {
	f.said = fmt.Sprint(args...)
	runtime.Goexit()
}

// verdict returns what Check says about a file, "" when it is content.
func verdict(path, got string) string {
	tb := &fakeTB{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		goldentest.Check(tb, path, []byte(got))
	}()
	<-done
	return tb.said
}

//nolint:paralleltest // it depends on, and sets, an environment variable
func TestCheckComparesByteForByte(t *testing.T) {
	t.Setenv(goldentest.Env, "")
	path := filepath.Join(t.TempDir(), "golden.txt")
	require.NoError(t, os.WriteFile(path, []byte("one\ntwo\n"), 0o600))
	cases := map[string]struct{ got, want string }{
		"same":             {"one\ntwo\n", ""},
		"another line":     {"one\n2\n", `line 2`},
		"missing the end":  {"one\n", `test: (end)`},
		"one line more":    {"one\ntwo\nthree\n", `file: (end)`},
		"no final newline": {"one\ntwo", `file: "two\n"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			said := verdict(path, c.got)
			if c.want == "" {
				require.Empty(t, said)
				return
			}
			require.Contains(t, said, c.want)
			require.Contains(t, said, "make golden")
		})
	}
	require.Contains(t, verdict(path+".absent", ""), "there is no")
}

func TestCheckWritesWhenAsked(t *testing.T) {
	t.Setenv(goldentest.Env, "1")
	path := filepath.Join(t.TempDir(), "new", "golden.txt")
	require.Empty(t, verdict(path, "fresh\n"))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "fresh\n", string(got))

	t.Setenv(goldentest.Env, "")
	require.Empty(t, verdict(path, "fresh\n"), "what was written compares equal")
}
