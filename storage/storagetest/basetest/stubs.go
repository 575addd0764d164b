package basetest

import (
	"testing"

	"github.com/megilance/lance"
)

func txLaws[R lance.Repos]() []law[R]          { return nil }
func withinLaws[R lance.Repos]() []law[R]      { return nil }
func concurrencyLaws[R lance.Repos]() []law[R] { return nil }
func lockLaws[R lance.Repos]() []law[R]        { return nil }
func rowLaws[R lance.Repos]() []law[R]         { return nil }
func findLaws[R lance.Repos]() []law[R]        { return nil }
func logLaws[R lance.Repos]() []law[R]         { return nil }
func sealLaws[R lance.Repos]() []law[R]        { return nil }
func cursorLaws[R lance.Repos]() []law[R]      { return nil }
func deliveryLaws[R lance.Repos]() []law[R]    { return nil }
func timerLaws[R lance.Repos]() []law[R]       { return nil }
func keyLaws[R lance.Repos]() []law[R]         { return nil }
func workLaws[R lance.Repos]() []law[R]        { return nil }
func joinLaws[R lance.Repos]() []law[R]        { return nil }

func checkBaseWrites[R lance.Repos](*testing.T, Harness[R]) {}
