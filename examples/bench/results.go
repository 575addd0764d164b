package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
)

// row says what was measured.
type row struct {
	work    string
	callers int
	store   string
}

// results are the figures of each row, round by round.
type results map[row][]figure

func (r results) add(at row, f figure) { r[at] = append(r[at], f) }

// median returns the middle one of what of says.
func median(fs []figure, of func(figure) float64) float64 {
	all := make([]float64, len(fs))
	for i, f := range fs {
		all[i] = of(f)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// print prints the medians as a table of docs/performance.md.
func (r results) print(out io.Writer, c choices) error {
	table := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.Debug)
	_, _ = fmt.Fprintln(table, "| Work\tCallers\tStore\tA second\t× ref\tp50, ms\tp99, ms\tCPU, µs each\t× its CPU\tref a second\tFlushes a second\t")
	_, _ = fmt.Fprintln(table, "| ---\t---\t---\t---\t---\t---\t---\t---\t---\t---\t---\t")
	for _, work := range c.work {
		for _, callers := range c.callers {
			for _, store := range c.stores {
				n, _ := strconv.Atoi(callers)
				fs := r[row{work, n, store}]
				if len(fs) == 0 {
					continue
				}
				of := func(what func(figure) float64) float64 { return median(fs, what) }
				_, _ = fmt.Fprintf(table, "| %s\t%d\t%s\t%.0f\t%.2f\t%.2f\t%.2f\t%.0f\t%.2f\t%.0f\t%.0f\t\n", work, n, store,
					of(func(f figure) float64 { return f.rate }), of(func(f figure) float64 { return f.rate / f.reference }),
					of(func(f figure) float64 { return f.p50 }), of(func(f figure) float64 { return f.p99 }),
					of(func(f figure) float64 { return f.cpu }), of(func(f figure) float64 { return f.cpu / max(1, f.referenceCPU) }),
					of(func(f figure) float64 { return f.reference }), of(func(f figure) float64 { return f.flush }))
			}
		}
	}
	return table.Flush()
}

// goal is a ratio that is to be reached: of a row to TPC-B, or to another row of
// the same round.
type goal struct {
	what  string
	of    row
	to    row // empty work: TPC-B
	least float64
	most  float64 // of the p50, where least is 0
}

var goals = []goal{
	{"posting, to TPC-B", row{"random", 32, "postgres"}, row{}, 2, 0},
	{"posting, to TPC-B", row{"random", 256, "postgres"}, row{}, 3.5, 0},
	{"with one account of the platform's in every set, to without", row{"platform", 32, "postgres"}, row{"pair", 32, "postgres"}, 1, 0},
	{"the same in joined transactions", row{"joined_platform", 32, "postgres"}, row{"joined", 32, "postgres"}, 1, 0},
	{"the same from three openings of the store", row{"three_platform", 32, "postgres"}, row{"three", 32, "postgres"}, 1, 0},
	{"pending and post, to TPC-B", row{"two_phase", 32, "postgres"}, row{}, 1.5, 0},
	{"a shared commit, to a transaction each", row{"random", 32, "sqlite"}, row{"plain", 32, "sqlite"}, 4, 0},
	{"a sealed release, to TPC-B", row{"release", 32, "postgres"}, row{}, 0.6, 0},
	{"a sealed release, to a bare transfer", row{"release", 32, "sqlite"}, row{"random", 32, "sqlite"}, 0.5, 0},
	{"how long one caller waits, to a plain transaction", row{"random", 1, "postgres"}, row{"plain", 1, "postgres"}, 0, 1.2},
	{"how long one caller waits, to a plain transaction", row{"random", 1, "sqlite"}, row{"plain", 1, "sqlite"}, 0, 1.2},
}

// ratio returns what one round says of a goal.
func (g goal) ratio(of figure, to []figure, i int) float64 {
	switch {
	case g.to.work == "":
		return of.rate / of.reference
	case g.least == 0:
		return of.p50 / to[i].p50
	}
	return of.rate / to[i].rate
}

// judge prints what is to be reached beside what was found: medians of the
// rounds' ratios, and how far the p99 is from the p50 at worst.
func (r results) judge(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.Debug)
	_, _ = fmt.Fprintln(table, "\n| Goal\tRow\tTo reach\tFound\t\n| ---\t---\t---\t---\t")
	for _, g := range goals {
		of, to := r[g.of], r[g.to]
		if len(of) == 0 || (g.to.work != "" && len(to) < len(of)) {
			continue
		}
		i := -1
		found := median(of, func(f figure) float64 { i++; return g.ratio(f, to, i) })
		bound := fmt.Sprintf("≥ %.1f", g.least)
		if g.least == 0 {
			bound = fmt.Sprintf("≤ %.1f", g.most)
		}
		_, _ = fmt.Fprintf(table, "| %s\t%s by %d on %s\t%s\t%.2f\t\n", g.what, g.of.work, g.of.callers, g.of.store, bound, found)
	}
	worst, at := 0.0, row{}
	for x, fs := range r {
		if tail := median(fs, func(f figure) float64 { return f.p99 / f.p50 }); x.callers > 1 && tail > worst {
			worst, at = tail, x
		}
	}
	if worst > 0 {
		_, _ = fmt.Fprintf(table, "| p99, to p50, at worst\t%s by %d on %s\t≤ 5.0\t%.2f\t\n", at.work, at.callers, at.store, worst)
	}
	return table.Flush()
}
