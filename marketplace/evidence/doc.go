// Package evidence lets what the parties of a dispute show be files that they
// upload.
//
// A party uploads files to a case that takes evidence: until they are shown they
// are its own, and it may remove them (file.Service.Remove). To add evidence
// attaches them for good, and the case notes what they are: their names, sizes and
// hashes come from package file, not from the caller. Who may see the evidence of a
// case may open its files, also a mediator or an arbiter who came later.
//
// This package owns no rows: cases and evidence are package dispute's, files are
// package file's.
package evidence
