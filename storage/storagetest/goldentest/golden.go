package goldentest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Env names the environment variable that, set to "1", makes Check write files
// instead of comparing.
const Env = "LANCE_UPDATE_GOLDEN"

// Check fails tb unless the file at path, relative to the test's package, holds
// exactly got. It names the first line that differs and the command that
// updates the file. When LANCE_UPDATE_GOLDEN is "1" it writes the file, making
// its folders where needed, and fails only when that fails.
func Check(tb testing.TB, path string, got []byte) {
	tb.Helper()
	act := compare
	if os.Getenv(Env) == "1" {
		act = update
	}
	if err := act(path, got); err != nil {
		tb.Fatal(err)
	}
}

func update(path string, got []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("goldentest: %w", err)
	}
	if err := os.WriteFile(path, got, 0o644); err != nil {
		return fmt.Errorf("goldentest: %w", err)
	}
	return nil
}

func compare(path string, got []byte) error {
	want, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("goldentest: there is no %s; `make golden` writes it", path)
	case err != nil:
		return fmt.Errorf("goldentest: %w", err)
	case bytes.Equal(want, got):
		return nil
	}
	n, w, g := firstDiff(want, got)
	return fmt.Errorf("goldentest: %s is out of date at line %d; `make golden` updates it\nfile: %s\ntest: %s", path, n, w, g)
}

// firstDiff returns the number of the first line in which want and got differ
// and that line of both, quoted; a line that is not there is "(end)".
func firstDiff(want, got []byte) (n int, w, g string) {
	a, b := bytes.SplitAfter(want, []byte("\n")), bytes.SplitAfter(got, []byte("\n"))
	for n < len(a) && n < len(b) && bytes.Equal(a[n], b[n]) {
		n++
	}
	return n + 1, line(a, n), line(b, n)
}

func line(lines [][]byte, n int) string {
	if n >= len(lines) || len(lines[n]) == 0 {
		return "(end)"
	}
	return fmt.Sprintf("%q", lines[n])
}
