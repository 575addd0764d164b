package bunkit

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/megilance/lance"
)

// What drivers of PostgreSQL and of SQLite answer, whichever package they are.
type (
	pgError     interface{ SQLState() string }
	sqliteError interface{ Code() int }
)

// SQLite's result codes that we tell apart. The low byte is the class.
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteReadOnly   = 8
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqliteConstraint = 19
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
	sqliteRowID      = 2579
)

// PostgreSQL's states that we tell apart.
const (
	pgUnique        = "23505"
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
	pgUnknown       = "40003"
	pgAborted       = "25P02"
	pgReadOnly      = "25006"
	pgLockTimeout   = "55P03"
	pgCanceled      = "57014"
)

// fault makes a driver's error a fault. What is one already stays, and an
// error of a context stays findable with errors.Is.
func fault(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, known := errors.AsType[*lance.Error](err); known {
		return err
	}
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return lance.E(lance.Unavailable, "store_canceled", "the request was given up").Cause(errors.Join(cause, err))
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return lance.E(lance.Unavailable, "store_canceled", "the request was given up").Cause(err)
	}
	return classify(err).Cause(err)
}

func classify(err error) *lance.Error {
	if state := stateOf(err); state != "" {
		return classifyPG(state)
	}
	if code := codeOf(err); code != 0 {
		return classifySQLite(code)
	}
	var netErr net.Error
	switch {
	case strings.Contains(err.Error(), "UNIQUE constraint failed"): // SQLite's own words, by a driver without Code
		return errRowExists
	case errors.Is(err, sql.ErrNoRows):
		return lance.E(lance.NotFound, "row_not_found", "there is no such row")
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return lance.E(lance.Internal, "tx_aborted", "a statement of the transaction failed, and it went on")
	case err.Error() == "sql: database is closed", errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, net.ErrClosed),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &netErr):
		return errUnavailable
	}
	return lance.E(lance.Internal, "store_failed", "the database refused a statement")
}

var errUnavailable = lance.E(lance.Unavailable, "store_unavailable", "the database cannot be reached")

func classifyPG(state string) *lance.Error {
	switch state {
	case pgUnique:
		return errRowExists
	case pgSerialization, pgDeadlock:
		return lance.E(lance.Unavailable, "tx_conflict", "other transactions were in the way")
	case pgAborted:
		return lance.E(lance.Internal, "tx_aborted", "a statement of the transaction failed, and it went on")
	case pgReadOnly:
		return errReadOnly
	case pgLockTimeout, pgCanceled:
		return lance.E(lance.Unavailable, "store_busy", "the database did not answer in time")
	}
	switch state[:min(2, len(state))] {
	case "08", "53", "57":
		return errUnavailable
	}
	return lance.E(lance.Internal, "store_failed", "the database refused a statement")
}

func classifySQLite(code int) *lance.Error {
	switch code {
	case sqliteUnique, sqlitePrimaryKey, sqliteRowID:
		return errRowExists
	}
	switch code & 0xff {
	case sqliteBusy, sqliteLocked:
		return lance.E(lance.Unavailable, "store_busy", "the database did not answer in time")
	case sqliteFull, sqliteCantOpen:
		return errUnavailable
	case sqliteReadOnly:
		return errReadOnly
	}
	return lance.E(lance.Internal, "store_failed", "the database refused a statement")
}

var (
	errRowExists = lance.E(lance.Exists, "row_exists", "there is such a row already")

	errReadOnly = lance.E(lance.Internal, "read_only", "a view may not write")
	errClosed   = lance.E(lance.Internal, "tx_closed", "the transaction has ended")
	errBroken   = lance.E(lance.Unavailable, "tx_broken", "the database ended the transaction")
	errNested   = lance.E(lance.Internal, "tx_nested", "a transaction was opened inside a transaction")
	errUnknown  = lance.E(lance.Internal, "commit_unknown", "whether the transaction was committed is not known")
)

func stateOf(err error) string {
	var e pgError
	if errors.As(err, &e) {
		return e.SQLState()
	}
	return ""
}

func codeOf(err error) int {
	var e sqliteError
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// isTransient reports that PostgreSQL refused the transaction for what others
// did meanwhile, so that running it again may help.
func isTransient(err error) bool {
	state := stateOf(err)
	return state == pgSerialization || state == pgDeadlock
}

// commitFault tells what a failed COMMIT means. When the server has answered
// with a state, nothing was committed; when the connection went, nobody knows.
func commitFault(err error) error {
	if err == nil {
		return nil
	}
	state := stateOf(err)
	answered := state != "" && state != pgUnknown && !strings.HasPrefix(state, "08") && !strings.HasPrefix(state, "57")
	if answered || errors.Is(err, pgx.ErrTxCommitRollback) {
		return classify(err).Cause(err)
	}
	return errUnknown.Cause(err)
}
