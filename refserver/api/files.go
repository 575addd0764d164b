package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/refserver/problem"
)

// UploadTime bounds how long a file may take to arrive or to leave.
const UploadTime = 15 * time.Minute

func fileOperations() []Operation {
	const tag = "Files"
	return []Operation{
		{
			ID: "upload-file", Method: http.MethodPost, Path: "/v1/milestones/{id}/files", Summary: "Upload a file for a later submission of work",
			Doc: "A form with one part, `file`. Its type is told from the content and its name made safe; pictures lose what tells of their makers. Until it is submitted only its owner sees it.",
			Tag: tag, Policy: Sided, Status: http.StatusCreated, Keys: Passed, do: upload(uploadFile),
		},
		{ID: "list-files", Method: http.MethodGet, Path: "/v1/milestones/{id}/files", Summary: "The files of a milestone that the caller may read", Tag: tag, Policy: Shared, do: do(listFiles)},
		{ID: "get-file", Method: http.MethodGet, Path: "/v1/files/{id}", Summary: "What is known of a file", Tag: tag, Policy: Shared, do: do(getFile)},
		{ID: "download-file", Method: http.MethodGet, Path: "/v1/files/{id}/content", Summary: "The bytes of a file, whole or in ranges", Tag: tag, Policy: Shared, Errors: []int{http.StatusRequestedRangeNotSatisfiable, http.StatusPreconditionFailed}, do: download(openFile)},
		{ID: "remove-file", Method: http.MethodDelete, Path: "/v1/files/{id}", Summary: "Remove a file that was not submitted", Tag: tag, Policy: Private, Errors: []int{http.StatusConflict, http.StatusForbidden}, do: do(removeFile)},
	}
}

// fileView is what is known of a file.
type fileView struct {
	ID             string      `json:"id"`
	Name           string      `json:"name" doc:"made safe, and unique in its milestone"`
	Type           string      `json:"type" example:"image/png" doc:"told from the content"`
	Size           int64       `json:"size" minimum:"0" doc:"in bytes"`
	SHA256         string      `json:"sha256" minLength:"64" maxLength:"64" doc:"of the bytes as they are kept"`
	Subject        subjectView `json:"subject" doc:"what it belongs to"`
	State          string      `json:"state" enum:"uploaded,attached,removed"`
	AllowedActions []string    `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time   `json:"created_at"`
}

func (v *fileView) location() string { return "/v1/files/" + v.ID }

func (c *Call) file(f *file.File) *fileView {
	return &fileView{
		ID: string(f.ID), Name: f.Name, Type: string(f.Type), Size: f.Size, SHA256: string(f.SHA256), Subject: subjectOf(f.Subject),
		State: string(f.State), AllowedActions: words(f.AllowedActions(c.By)), CreatedAt: f.CreatedAt,
	}
}

// fileInfo is a file as a turn of the work names it.
type fileInfo struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func fileInfos(files []file.Info) []fileInfo {
	return listOf(files, func(f file.Info) fileInfo {
		return fileInfo{string(f.ID), f.Name, string(f.Type), f.Size, string(f.SHA256)}
	}).Items
}

// sent is a file as a form brings it.
type sent struct {
	name    string
	content io.Reader
}

func uploadFile(ctx context.Context, c *Call, id string, s sent) (*fileView, error) {
	f, err := c.Engine.Contracts.Upload(ctx, c.By, contract.UploadInput{
		Milestone:   contract.MilestoneID(id),
		UploadInput: file.UploadInput{Name: s.name, Content: s.content, Key: c.Key},
	})
	return shown(f, problem.Rename(err, "/content", "/file"), c.file)
}

func listFiles(ctx context.Context, c *Call, in *ByID) (*list[*fileView], error) {
	id := contract.MilestoneID(in.ID)
	if _, err := c.Engine.Contracts.GetMilestone(ctx, c.By, id); err != nil {
		return nil, err
	}
	files, err := c.Engine.Files.List(ctx, c.By, contract.MilestoneRef(id))
	if err != nil {
		return nil, err
	}
	return listOf(files, c.file), nil
}

func getFile(ctx context.Context, c *Call, in *ByID) (*fileView, error) {
	f, err := c.Engine.Files.Get(ctx, c.By, file.ID(in.ID))
	return shown(f, err, c.file)
}

func removeFile(ctx context.Context, c *Call, in *ByID) (*none, error) {
	return nil, c.Engine.Files.Remove(ctx, c.By, file.ID(in.ID))
}

// upload makes a handler mountable that is given the first part of a form called
// "file", as it arrives: nothing of it is kept in memory or in a file of ours.
func upload[O any](handle func(ctx context.Context, c *Call, id string, s sent) (*O, error)) mounter {
	return func(s *Server, op *Operation) {
		receive := func(ctx context.Context, c *Call, in *ByID) (*O, error) {
			slow := http.NewResponseController(c.writer)
			_ = slow.SetReadDeadline(time.Now().Add(UploadTime)) // a writer that has no deadlines has none to move
			part, err := formFile(c.request)
			if err != nil {
				return nil, err
			}
			out, err := handle(ctx, c, in.ID, sent{part.FileName(), part})
			if err == nil {
				err = part.Close()
			}
			return out, err
		}
		do(receive)(s, op)
		s.huma.OpenAPI().Paths[op.Path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"multipart/form-data": {Schema: &huma.Schema{
				Type: huma.TypeObject, Required: []string{"file"},
				Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}},
			}},
		}}
	}
}

// formFile finds the part of a form that is the file.
func formFile(r *http.Request) (*multipart.Part, error) {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "multipart/form-data" {
		return nil, problem.New(http.StatusUnsupportedMediaType, "media_type", "the body must be multipart/form-data")
	}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, problem.New(http.StatusBadRequest, "body_syntax", "the form cannot be read")
	}
	part, err := form.NextPart()
	if errors.Is(err, io.EOF) {
		return nil, fieldFault("/file", "required", "this is required")
	}
	if err != nil {
		return nil, problem.New(http.StatusBadRequest, "body_syntax", "the form cannot be read")
	}
	if part.FormName() != "file" {
		return nil, fieldFault("/file", "required", "the form has one part, called file")
	}
	return part, nil
}

func openFile(ctx context.Context, c *Call, in *ByID) (*file.Content, error) {
	return c.Engine.Files.Open(ctx, c.By, file.ID(in.ID))
}

// download makes a handler mountable that opens a file: its bytes are sent. A
// browser saves them and shows nothing of them by itself.
func download[I any](open func(ctx context.Context, c *Call, in *I) (*file.Content, error)) mounter {
	return func(s *Server, op *Operation) {
		described := op.describe(s)
		binary := map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
		described.Responses["200"] = &huma.Response{Description: "All of it", Content: binary}
		described.Responses["206"] = &huma.Response{Description: "The ranges that were asked for", Content: binary}
		described.Responses["304"] = &huma.Response{Description: "If-None-Match names what stands"}
		huma.Register(s.huma, described, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
			c, _ := ctx.Value(callKey{}).(*Call)
			content, err := open(ctx, c, in)
			if err != nil {
				p := problem.Of(ctx, err)
				s.told(ctx, p, err)
				return nil, p
			}
			return &huma.StreamResponse{Body: func(h huma.Context) {
				defer func() { _ = content.Close() }()
				r, w := humago.Unwrap(h)
				serve(w, r, content)
			}}, nil
		})
	}
}

// serve sends a file, or the ranges of it that were asked for.
func serve(w http.ResponseWriter, r *http.Request, f *file.Content) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(UploadTime)) // as in upload
	h := w.Header()
	h.Set("Content-Type", string(f.Type))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("ETag", `"`+string(f.SHA256)+`"`)
	h.Set("Cache-Control", "private, no-cache")
	http.ServeContent(&ranges{ResponseWriter: w, r: r}, r, "", f.CreatedAt, f)
}

// ranges lets a refusal of net/http be a problem like all others.
type ranges struct {
	http.ResponseWriter
	r       *http.Request
	refused bool
}

// WriteHeader writes a problem in place of a refusal.
func (w *ranges) WriteHeader(status int) {
	if status < http.StatusBadRequest {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	h := w.Header()
	for _, name := range []string{"Content-Disposition", "ETag", "Content-Length", "Last-Modified"} {
		h.Del(name)
	}
	p := problem.New(http.StatusPreconditionFailed, "etag_unknown", "the file is not the one that was named")
	if status == http.StatusRequestedRangeNotSatisfiable {
		p = problem.New(status, "range", "the file has no such range")
	}
	p.In(w.r.Context()).Write(w.ResponseWriter)
}

// Write writes what is sent, and nothing behind a refusal.
func (w *ranges) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what lies below.
func (w *ranges) Unwrap() http.ResponseWriter { return w.ResponseWriter }
