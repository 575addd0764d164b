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
		stores: []string{"memory", "sqlite", "postgres"}, work: []string{"platform", "release", "flow", "joined", "three"}, callers: []string{"2"},
		rounds: 1, scale: 1, conns: 4, ops: 6, each: 100 * time.Millisecond, sizes: []string{"1000"},
	}))
	for _, work := range []string{"platform", "release", "flow"} {
		require.Equal(t, 3, strings.Count(out.String(), "\n| "+work+" "), out.String())
	}
	for _, work := range []string{"joined", "three"} {
		require.Equal(t, 1, strings.Count(out.String(), "\n| "+work+" "), out.String())
	}
	require.Equal(t, 3, strings.Count(out.String(), "\n| 1000 "), out.String())
	require.NotContains(t, out.String(), "NaN")
}

func TestUnknownWorkIsRefused(t *testing.T) {
	t.Parallel()
	b := &bench{choices: choices{each: time.Second}}
	_, err := b.posting(t.Context(), nil, "", "juggling", 1)
	require.ErrorContains(t, err, "juggling")
	_, _, err = b.open(t.Context(), "tape", 0)
	require.ErrorContains(t, err, "tape")
}

func TestGoalsAreJudgedByTheMediansOfTheRounds(t *testing.T) {
	t.Parallel()
	r := results{}
	for i, rate := range []float64{100, 300, 200} {
		r.add(row{"random", 32, "postgres"}, figure{rate: rate, p50: 1, p99: 4, reference: 100})
		r.add(row{"pair", 32, "postgres"}, figure{rate: rate, p50: 1, p99: 4, reference: 100})
		r.add(row{"platform", 32, "postgres"}, figure{rate: float64(i+1) * 100, p50: 1, p99: 7, reference: 100})
	}
	var out bytes.Buffer
	require.NoError(t, r.judge(&out))
	words := strings.Join(strings.Fields(out.String()), " ")
	require.Contains(t, words, "| posting, to TPC-B |random by 32 on postgres |≥ 2.0 |2.00 |")
	require.Contains(t, words, "|platform by 32 on postgres |≥ 1.0 |1.00 |", "of 1, 2/3 and 1.5")
	require.Contains(t, words, "|platform by 32 on postgres |≤ 5.0 |7.00 |")
	require.NotContains(t, words, "two_phase", "it was not measured")
}
