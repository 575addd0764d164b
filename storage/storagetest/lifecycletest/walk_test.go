package lifecycletest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

type word string

var door = lance.NewMachine[word, word]("door", "shut",
	lance.Edge[word, word]("shut", "open", "ajar", "guest", "owner"),
	lance.Edge[word, word]("ajar", "push", "shut", "guest", lance.ByClock),
	lance.Edge[word, word]("shut", "lock", "locked", "owner"),
)

const right = `
	shut open ajar guest owner
	ajar push shut guest clock
	shut lock locked owner`

// recorder is a test that may fail.
type recorder struct{ failed bool }

func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) FailNow()              { panic(r) }

func fails(lines string) bool {
	r := &recorder{}
	func() {
		defer func() { _ = recover() }()
		lifecycletest.Walk(r, door, lines)
	}()
	return r.failed
}

func TestWalkFindsEveryDifference(t *testing.T) {
	t.Parallel()
	require.False(t, fails(right))
	for name, change := range map[string][2]string{
		"a line is missing":           {"shut lock locked owner", ""},
		"it leads elsewhere":          {"shut open ajar", "shut open shut"},
		"one too many may":            {"shut lock locked owner", "shut lock locked owner guest"},
		"one too few may":             {"shut open ajar guest owner", "shut open ajar guest"},
		"a line is new":               {"shut lock", "ajar open ajar guest\nshut lock"},
		"a state is unknown":          {"shut lock", "gone open ajar guest\nshut lock"},
		"an action is unknown":        {"shut lock", "ajar kick ajar guest\nshut lock"},
		"a relation is unknown":       {"guest clock", "guest clock burglar"},
		"a line stands twice":         {"shut lock", "shut open ajar guest owner\nshut lock"},
		"a line does not say who may": {"shut lock locked owner", "shut lock locked"},
	} {
		changed := strings.Replace(right, change[0], change[1], 1)
		require.NotEqual(t, right, changed, name)
		require.True(t, fails(changed), name)
	}
}
