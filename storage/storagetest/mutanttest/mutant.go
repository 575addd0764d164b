package mutanttest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Env names the environment variable that tells a test which mutant to be.
const Env = "LANCE_MUTANT"

// Is returns which mutant to be; "" is to be whole. It fails the test for one that
// is not among mutants.
func Is(t *testing.T, mutants map[string]string) string {
	t.Helper()
	is := os.Getenv(Env)
	if _, known := mutants[is]; is != "" {
		require.True(t, known, "there is no such mutant")
	}
	return is
}

// Each runs, for each of the mutants by name, the law that is to catch it: a
// subtest below the test called suite, in a process of its own, where it must fail.
// That the laws hold of the adapter as it should be, suite proves in this process.
func Each(t *testing.T, suite string, mutants map[string]string) {
	t.Helper()
	for name, law := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := suite + "/" + strings.ReplaceAll(law, " ", "_")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.timeout=2m", "-test.run=^"+strings.ReplaceAll(path, "/", "$/^")+"$")
			cmd.Env = append(os.Environ(), Env+"="+name)
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "the law let it pass")
			require.Contains(t, string(out), "--- FAIL: "+path, "something else failed")
			require.NotContains(t, string(out), "panic: ", "a law fails with words")
		})
	}
}
