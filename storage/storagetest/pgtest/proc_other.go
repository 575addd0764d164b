//go:build !unix

package pgtest

import (
	"errors"
	"os"
	"syscall"
)

// A temporary cluster needs sockets, users and a shell; elsewhere
// LANCE_TEST_POSTGRES names a server.
var errNoUnix = errors.New("pgtest: a temporary cluster needs a Unix system; set LANCE_TEST_POSTGRES to a server's URL")

type account struct{}

func serverUser() (*account, error) { return nil, errNoUnix }

func (*account) own(string) error { return errNoUnix }

func (*account) attr() *syscall.SysProcAttr { return nil }

func lockFile(string) (*os.File, error) { return nil, errNoUnix }
