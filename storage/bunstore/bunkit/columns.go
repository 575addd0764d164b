package bunkit

import (
	"context"
	"slices"
	"strings"
)

// Columns are the columns of a table that rows are written to.
type Columns struct {
	Names string // "id, n"
	List  string // on PostgreSQL, rows as a table v: one array for each column. Values returns the arguments
	width int
}

// ColumnsOf makes Columns of a list with PostgreSQL's types: "id text, n bigint".
// The arrays, which are equally long, are taken apart side by side in a SELECT:
// one unnest of them all keeps the rows of each for itself first, and takes twice
// as long.
func ColumnsOf(list string) Columns {
	var names, arrays []string
	for column := range strings.SplitSeq(list, ",") {
		name, typ, _ := strings.Cut(strings.TrimSpace(column), " ")
		names, arrays = append(names, name), append(arrays, "unnest(?::"+typ+"[]) AS "+name)
	}
	return Columns{
		Names: strings.Join(names, ", "), width: len(names),
		List: "(SELECT " + strings.Join(arrays, ", ") + ") AS v",
	}
}

// Values returns rows column by column.
func (c Columns) Values(rows [][]any) []any {
	out := make([]any, c.width)
	for i := range out {
		column := make([]any, len(rows))
		for j, row := range rows {
			column[j] = row[i]
		}
		out[i] = column
	}
	return out
}

// chunk bounds the rows of one INSERT on SQLite, where a statement has a bounded
// number of arguments.
const chunk = 500

// InsertRows adds rows to a table and returns how many were added; then says what
// is to happen to those that are there already. On PostgreSQL the statement is
// the same for any number of rows, so that it is planned once.
func (q *Q) InsertRows(ctx context.Context, into string, c Columns, rows [][]any, then string) (int64, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	begin := "INSERT INTO {" + into + "} (" + c.Names + ") "
	if q.core.pg {
		return q.Affect(ctx, begin+"SELECT "+c.Names+" FROM "+c.List+" "+then, c.Values(rows)...)
	}
	var n int64
	for part := range slices.Chunk(rows, chunk) {
		added, err := q.Affect(ctx, begin+c.Rows(len(part))+" "+then, slices.Concat(part...)...)
		if err != nil {
			return n, err
		}
		n += added
	}
	return n, nil
}

// Rows returns VALUES of n rows, whose arguments follow row by row.
func (c Columns) Rows(n int) string {
	row := "(?" + strings.Repeat(", ?", c.width-1) + ")"
	return "VALUES " + row + strings.Repeat(", "+row, n-1)
}
