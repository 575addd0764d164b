package file

import "github.com/megilance/lance"

// Store keeps files as Table declares them.
type Store interface {
	lance.Rows[File, ID]
}

// Repos is what this package needs in a transaction.
type Repos interface {
	lance.Repos
	Files() Store
}

// Table declares how files are kept.
var Table = &lance.Table[File]{
	Noun:    "file",
	ID:      func(f *File) string { return string(f.ID) },
	Version: func(f *File) *int64 { return &f.Version },
	Fields: map[string]func(*File) any{
		"subject": func(f *File) any { return f.Subject.String() },
		"live":    func(f *File) any { return f.Live() },
	},
}
