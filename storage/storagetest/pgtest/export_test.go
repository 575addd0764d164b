package pgtest

// What the tests of this package look at from inside.
var (
	Place     = place
	OnServer  = onServer
	ServerDir = serverDir
	Sweep     = sweep
	Passable  = passable
)

// LockFile locks a file the way a cluster's owner does.
var LockFile = lockFile

// Dir returns the cluster's folder.
func (c *Cluster) Dir() string { return c.dir }
