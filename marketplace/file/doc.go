// Package file holds what is known of files that parties send: whose a file is,
// what it belongs to, its name, type, size and hash. The bytes are in a
// lance.BlobStore, under the file's identifier.
//
// A file is uploaded to a subject, such as a milestone, by a party that the
// subject's own package admits: Upload is what that package calls. So long as
// it is only uploaded it is its owner's alone, who may remove it. Attached, to a
// submission of work say, it can be read by the parties of its subject too and
// is there for good: what was handed in stays what it was.
//
// Bytes are never written inside a transaction: they are stored first, then the
// row. What is left of an upload that came to nothing is found by Sweep. A file
// that is removed loses its bytes by a relay, after the removal has committed.
//
// Names and types are not believed: package media makes names safe, tells types
// from the content and takes out of pictures what tells of their makers. The
// hash is that of the bytes as they are kept.
//
// This package does not own subjects, nor who may add to them.
package file
