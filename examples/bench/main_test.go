package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryKindOfWorkIsMeasuredOnEveryStore(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, choices{
		stores: []string{"memory", "sqlite", "postgres"}, work: []string{"platform", "release", "flow"}, callers: []string{"2"},
		rounds: 1, scale: 1, conns: 4, ops: 6, each: 100 * time.Millisecond,
	}))
	for _, work := range []string{"platform", "release", "flow"} {
		require.Equal(t, 3, strings.Count(out.String(), work), out.String())
	}
	require.NotContains(t, out.String(), "NaN")
}

func TestUnknownWorkIsRefused(t *testing.T) {
	t.Parallel()
	b := &bench{choices: choices{each: time.Second}}
	_, err := b.posting(t.Context(), nil, "juggling", 1)
	require.ErrorContains(t, err, "juggling")
	_, err = b.open(t.Context(), "tape")
	require.ErrorContains(t, err, "tape")
}
