package api_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/refserver/api"
)

// TestEverybodyIsAnsweredAsDeclared asks every operation as each kind of caller.
// Whoever is refused changes nothing.
//
//nolint:paralleltest,tparallel // all share one world, whose changes are counted
func TestEverybodyIsAnsweredAsDeclared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	success := successes(w)
	known := map[string]bool{}
	for _, op := range api.Operations() {
		known[op.ID] = true
		t.Run(op.ID, func(t *testing.T) {
			scene, there := scenes[op.ID]
			require.True(t, there, "%s has no scene: write into scenes how to ask it", op.ID)
			inner := *w
			inner.T = t
			matched(&inner, op, scene, success[op.ID])
		})
	}
	for id := range scenes {
		require.True(t, known[id], "%s has a scene and is no operation", id)
	}
}

// matched holds one operation to its policy: those who are refused ask first, of
// one resource, and each of the others gets one of his own to change.
func matched(w *world, op api.Operation, scene func(*stage) asked, success int) {
	w.Helper()
	set := func() asked {
		a := scene(w.stage())
		a.method = op.Method
		return a
	}
	a := set()
	before := w.changes()
	answers := op.Policy.Answers()
	for i, name := range a.callers() {
		if answers[i] != api.Allowed {
			r := a.from(name)
			require.Equal(w, int(answers[i]), r.status, "%s as %s: %s", op.ID, api.Callers[i], r.raw)
		}
	}
	require.Equal(w, before, w.changes(), "%s: who is refused changes nothing", op.ID)
	fresh := true
	for i := range answers {
		if answers[i] != api.Allowed {
			continue
		}
		if !fresh {
			a = set()
		}
		r := a.from(a.callers()[i])
		require.Equal(w, success, r.status, "%s as %s: %s", op.ID, api.Callers[i], r.raw)
		fresh = reads(op.Method)
	}
}

// successes says with which status each operation succeeds.
func successes(w *world) map[string]int {
	w.Helper()
	found := map[string]int{}
	for _, methods := range w.document().Paths {
		for _, op := range methods {
			for status := range op.Responses {
				if n, err := strconv.Atoi(status); err == nil && n < http.StatusMultipleChoices && (found[op.OperationID] == 0 || n < found[op.OperationID]) {
					found[op.OperationID] = n
				}
			}
		}
	}
	return found
}
