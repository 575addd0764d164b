package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNotInstalled says that no PostgreSQL server programs were found on this
// machine.
var ErrNotInstalled = errors.New("pgtest: PostgreSQL is not installed; on Debian: apt-get install postgresql")

// homes are the folders where distributions keep server programs that they do
// not put on the PATH, one folder per major version.
var homes = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/usr/local/pgsql/bin",
}

// Find returns the path of a PostgreSQL program such as "initdb" or "pgbench",
// from the folder that holds the server itself, the newest version when there
// are several. It fails with ErrNotInstalled when no server is found, and with
// an error that names the program when the server came without it.
func Find(program string) (string, error) {
	dir, err := serverDir(exec.LookPath, homes)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, program)
	if !isFile(path) {
		return "", fmt.Errorf("pgtest: %s has no %s", dir, program)
	}
	return path, nil
}

// serverDir returns the folder that holds both initdb and postgres. A link on
// the PATH, such as /usr/local/bin/initdb, is followed first: PostgreSQL looks
// for its other programs beside itself.
func serverDir(lookPath func(string) (string, error), homes []string) (string, error) {
	var dirs []string
	if link, err := lookPath("initdb"); err == nil {
		if path, err := filepath.EvalSymlinks(link); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	for _, pattern := range homes {
		found, _ := filepath.Glob(pattern) // fails only on a malformed pattern
		slices.SortFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
		dirs = append(dirs, found...)
	}
	for _, dir := range dirs {
		if isFile(filepath.Join(dir, "initdb")) && isFile(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", ErrNotInstalled
}

// version returns the number at the end of a folder's parent: 15 of
// /usr/lib/postgresql/15/bin and of /usr/pgsql-15/bin, else 0.
func version(bin string) int {
	home := filepath.Base(filepath.Dir(bin))
	n, _ := strconv.Atoi(home[strings.LastIndexAny(home, "-@")+1:])
	return n
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
