// Package dirblob keeps the bytes of files in a directory.
//
// Each blob is a file named by its key, in a folder named by the beginning of
// the key, so that a listing is in order and no folder grows without end where
// keys begin with the time, as identifiers of this module do. No name that a
// user has chosen is part of a path, and the directory is an os.Root: nothing
// in it, a symbolic link included, leads out of it.
//
// A blob is written as "<key>.part", synced, and renamed when it is whole. What
// a process that died left as a part is listed by Keys and removed by Delete.
// Several processes may share a directory that is on one machine.
package dirblob
