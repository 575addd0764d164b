package lance_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/storagetest/goldentest"
)

// TestGoldenLifecycles keeps docs/lifecycles.md: the chart of every lifecycle,
// each of which its own package writes from its table.
func TestGoldenLifecycles(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`# Lifecycles

Every aggregate has one table of transitions, and nothing else assigns its state. An arrow is an action; in brackets stand the relations that may do it. States are adjectives or participles, actions imperatives, events past tense. Where a state does not have the action the fault is Precondition ` + "`<noun>_state`" + `, where the action is not yours Forbidden ` + "`<noun>_relation`" + `.

This page is written from the tables by ` + "`make golden`" + `.
`)
	found := 0
	require.NoError(t, fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".mermaid" {
			return err
		}
		chart, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found++
		title := strings.TrimSuffix(path.Base(name), ".mermaid")
		fmt.Fprintf(&b, "\n## %s: %s\n\n```mermaid\n%s```\n", path.Dir(name), strings.ReplaceAll(title, "_", " "), chart)
		return nil
	}))
	require.NotZero(t, found)
	goldentest.Check(t, "docs/lifecycles.md", []byte(b.String()))
}
