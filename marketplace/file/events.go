package file

import "github.com/megilance/lance"

// Changed is what the events about a file carry.
type Changed struct {
	File    ID            `json:"file"`
	Owner   lance.PartyID `json:"owner"`
	Subject string        `json:"subject"` // kind and identifier
	State   State         `json:"state"`
	Size    int64         `json:"size"`
	SHA256  Digest        `json:"sha256"`
}

// Uploaded says that a party uploaded a file.
type Uploaded struct{ Changed }

// EventType returns "file.uploaded", schema 1.
func (Uploaded) EventType() (string, int) { return "file.uploaded", 1 }

// Attached says that a file became a part of what its subject is about.
type Attached struct{ Changed }

// EventType returns "file.attached", schema 1.
func (Attached) EventType() (string, int) { return "file.attached", 1 }

// Removed says that its owner removed a file.
type Removed struct{ Changed }

// EventType returns "file.removed", schema 1.
func (Removed) EventType() (string, int) { return "file.removed", 1 }
