package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

func TestLifecyclesGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(contract.Lifecycle.Mermaid()))
	goldentest.Check(t, "milestone_lifecycle.mermaid", []byte(contract.MilestoneLifecycle.Mermaid()))
}

var relations = []lance.Relation{contract.ByClient, contract.ByFreelancer, lance.ByAdmin, lance.ByClock, lance.ByProvider}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	walk(t, contract.Lifecycle, `
		active describe active freelancer
		active complete completed clock
		active lapse cancelled clock
		active cancel cancelled client freelancer`)
	walk(t, contract.MilestoneLifecycle, `
		planned fund funded client
		planned cancel cancelled client freelancer
		funded submit submitted freelancer
		funded cancel cancelled freelancer
		submitted request_changes funded client
		submitted approve approved client clock
		submitted cancel cancelled freelancer`)
}

// walk checks a lifecycle against a table written down a second time, whose
// lines say: from, action, to, and who may. All other pairs of state, action and
// relation are refused: Forbidden for who may never do it or not in this state,
// else Precondition.
func walk[S, A ~string](t *testing.T, m *lance.Machine[S, A], table string) {
	t.Helper()
	may := map[string]string{} // "from action relation": to
	ever := map[string]bool{}  // "action relation"
	has := map[string]bool{}   // "from action"
	for line := range strings.Lines(strings.TrimSpace(table)) {
		f := strings.Fields(line)
		for _, by := range f[3:] {
			may[f[0]+" "+f[1]+" "+by], ever[f[1]+" "+by], has[f[0]+" "+f[1]] = f[2], true, true
		}
	}
	seen := 0
	for _, from := range m.States() {
		for _, do := range m.AllActions() {
			for _, by := range relations {
				to, err := m.Next(from, do, by)
				pair, who := string(from)+" "+string(do), string(do)+" "+string(by)
				switch want, ok := may[pair+" "+string(by)]; {
				case ok:
					seen++
					require.NoError(t, err, "%s by %s", pair, by)
					require.Equal(t, want, string(to), "%s by %s", pair, by)
					require.Contains(t, m.Actions(from, by), do)
				case ever[who] && !has[pair]:
					require.ErrorIs(t, err, lance.Precondition, "%s by %s", pair, by)
					require.Equal(t, m.Noun()+"_state", lance.CodeOf(err))
				default:
					require.ErrorIs(t, err, lance.Forbidden, "%s by %s", pair, by)
					require.Equal(t, m.Noun()+"_relation", lance.CodeOf(err))
				}
			}
		}
	}
	require.Len(t, may, seen, "the table has lines that the lifecycle has not")
}
