package api

import (
	"context"
	"time"

	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace/evidence"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/refserver/problem"
)

// evidenceView is what a party has shown.
type evidenceView struct {
	ID        string         `json:"id"`
	PartyID   string         `json:"party_id" doc:"who shows it"`
	UserID    string         `json:"user_id" doc:"who has added it"`
	Text      string         `json:"text,omitempty"`
	Files     []evidenceFile `json:"files" nullable:"false"`
	CreatedAt time.Time      `json:"created_at"`
}

// evidenceFile is a file that was shown.
type evidenceFile struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Size   int64  `json:"size" doc:"in bytes"`
	SHA256 string `json:"sha256"`
}

func viewEvidence(e *dispute.Evidence) *evidenceView {
	files := listOf(e.Files, func(f dispute.File) evidenceFile { return evidenceFile{f.Ref, f.Name, f.Size, string(f.SHA256)} })
	return &evidenceView{string(e.ID), string(e.Party), string(e.User), e.Text, files.Items, e.CreatedAt}
}

func addEvidence(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Text  string   `json:"text,omitempty" maxLength:"5000" doc:"may be left out where there are files"`
		Files []string `json:"files,omitempty" nullable:"false" maxItems:"10" doc:"uploaded to this dispute"`
	}
},
) (*evidenceView, error) {
	show := evidence.AddInput{Case: dispute.ID(in.ID), Text: in.Body.Text}
	for _, id := range in.Body.Files {
		show.Files = append(show.Files, file.ID(id))
	}
	e, err := c.Engine.Evidence.Add(ctx, c.By, show)
	return shown(e, err, viewEvidence)
}

func listEvidence(ctx context.Context, c *Call, in *struct {
	ByID
	PageIn
},
) (*page[*evidenceView], error) {
	p, err := c.Engine.Disputes.Evidence(ctx, c.By, dispute.ID(in.ID), in.query())
	return pageShown(p, err, viewEvidence)
}

func uploadEvidence(ctx context.Context, c *Call, id string, s sent) (*fileView, error) {
	f, err := c.Engine.Evidence.Upload(ctx, c.By, evidence.UploadInput{
		Case: dispute.ID(id), UploadInput: file.UploadInput{Name: s.name, Content: s.content, Key: c.Key},
	})
	return shown(f, problem.Rename(err, "/content", "/file"), c.file)
}

func listEvidenceFiles(ctx context.Context, c *Call, in *ByID) (*list[*fileView], error) {
	id := dispute.ID(in.ID)
	if _, err := c.Engine.Disputes.Get(ctx, c.By, id); err != nil {
		return nil, err
	}
	files, err := c.Engine.Files.List(ctx, c.By, dispute.Ref(id))
	if err != nil {
		return nil, err
	}
	return listOf(files, c.file), nil
}

// EvidenceFileIn names a file of a dispute.
type EvidenceFileIn struct {
	ByID
	File string `path:"file" maxLength:"200" doc:"which of its files"`
}

func openEvidence(ctx context.Context, c *Call, in *EvidenceFileIn) (*file.Content, error) {
	return c.Engine.Evidence.Open(ctx, c.By, dispute.ID(in.ID), file.ID(in.File))
}
