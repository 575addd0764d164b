package api_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// form makes a form with one part, and its media type.
func form(t *testing.T, field, name string, content []byte) (body []byte, mediaType string) {
	t.Helper()
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	part, err := f.CreateFormFile(field, name)
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return b.Bytes(), f.FormDataContentType()
}

func (a asker) upload(path, name string, content []byte) reply {
	a.Helper()
	body, mediaType := form(a.T, "file", name, content)
	return a.with("Content-Type", mediaType).post(path, body)
}

// fundedMilestone is one of ada's contract with bob, who can work on it.
func (w *world) fundedMilestone() string {
	w.Helper()
	w.cast()
	_, milestones := w.hire("100.00")
	w.as("ada").post(milestones[0]+"/fund", obj{}).is(http.StatusOK)
	return strings.TrimPrefix(milestones[0], "/v1/milestones/")
}

func TestFilesOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	milestone := w.fundedMilestone()
	path := "/v1/milestones/" + milestone + "/files"
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))

	made := w.as("bob").upload(path, "../../etc/pass wd.PNG", picture.Bytes()).is(http.StatusCreated)
	id := made.str("id")
	require.Equal(t, "/v1/files/"+id, made.header.Get("Location"))
	require.Equal(t, "image/png", made.str("type"))
	require.NotContains(t, made.str("name"), "/")
	require.Equal(t, "uploaded", made.str("state"))

	for who, status := range map[string]int{"": 401, "eve": 404, "ada": 404, "bob": 200} {
		w.as(who).get("/v1/files/" + id).is(status)
		w.as(who).get("/v1/files/" + id + "/content").is(status)
	}
	w.as("ada").upload(path, "a.txt", []byte("hers")).refused(http.StatusForbidden, "milestone_relation")
	w.as("eve").upload(path, "a.txt", []byte("hers")).refused(http.StatusNotFound, "milestone_not_found")

	other := w.as("bob").upload(path, "notes.txt", []byte("first thoughts")).is(http.StatusCreated).str("id")
	w.as("ada").del("/v1/files/"+other).refused(http.StatusNotFound, "file_not_found")
	w.as("bob").del("/v1/files/" + other).is(http.StatusNoContent)
	w.as("bob").get("/v1/files/"+other).refused(http.StatusNotFound, "file_not_found")

	w.as("bob").post("/v1/milestones/"+milestone+"/submit", obj{"message": "See the picture.", "files": []string{other}}).
		refused(http.StatusUnprocessableEntity, "invalid_input").at("/files/0", "file_unknown")
	w.as("bob").post("/v1/milestones/"+milestone+"/submit", obj{"message": "See the picture.", "files": []string{id}}).is(http.StatusOK)
	turns := w.as("ada").get("/v1/milestones/" + milestone + "/history").is(http.StatusOK)
	require.Equal(t, id, turns.str("items", 0, "files", 0, "id"))
	require.Equal(t, made.str("sha256"), turns.str("items", 0, "files", 0, "sha256"))
	require.Equal(t, id, w.as("ada").get(path).is(http.StatusOK).str("items", 0, "id"))
	w.as("bob").del("/v1/files/"+id).refused(http.StatusConflict, "file_state")
}

func TestADownloadIsRangedAndSafe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/milestones/" + w.fundedMilestone() + "/files"
	id := w.as("bob").upload(path, "page <script>.html", []byte("<html><script>alert(1)</script></html>")).is(http.StatusCreated).str("id")
	content := "/v1/files/" + id + "/content"

	all := w.as("bob").get(content).is(http.StatusOK)
	require.Equal(t, "<html><script>alert(1)</script></html>", string(all.raw))
	require.True(t, strings.HasPrefix(all.header.Get("Content-Disposition"), "attachment;"), all.header)
	require.Equal(t, "nosniff", all.header.Get("X-Content-Type-Options"))
	require.Contains(t, all.header.Get("Content-Security-Policy"), "sandbox")

	part := w.as("bob").with("Range", "bytes=6-13").get(content).is(http.StatusPartialContent)
	require.Equal(t, "<script>", string(part.raw))
	w.as("bob").with("Range", "bytes=900-").get(content).refused(http.StatusRequestedRangeNotSatisfiable, "range")
	w.as("bob").with("If-None-Match", all.header.Get("ETag")).get(content).is(http.StatusNotModified)
	w.as("bob").with("If-Match", `"other"`).get(content).refused(http.StatusPreconditionFailed, "etag_unknown")
}

func TestAnUploadIsReadStrictly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/milestones/" + w.fundedMilestone() + "/files"
	w.as("bob").post(path, obj{"file": "text"}).refused(http.StatusUnsupportedMediaType, "media_type")
	wrong, mediaType := form(t, "picture", "a.txt", []byte("x"))
	w.as("bob").with("Content-Type", mediaType).post(path, wrong).refused(http.StatusUnprocessableEntity, "invalid_input").at("/file", "required")
	whole, mediaType := form(t, "file", "a.txt", []byte(strings.Repeat("x", 100)))
	w.as("bob").with("Content-Type", mediaType).post(path, whole[:len(whole)-60]).refused(http.StatusUnprocessableEntity, "invalid_input").at("/file", "content_broken")
	w.as("bob").with("Content-Type", "multipart/form-data").post(path, whole).refused(http.StatusBadRequest, "body_syntax")
	w.as("bob").upload(path, "a.txt", nil).refused(http.StatusUnprocessableEntity, "invalid_input").at("/file", "file_empty")
	w.as("bob").upload(path, "a.txt", bytes.Repeat([]byte("x"), 2<<20)).is(http.StatusCreated)
	require.Len(t, w.as("bob").get(path).is(http.StatusOK).val("items"), 1, "nothing else was kept")

	key := w.as("bob").with("Idempotency-Key", "once")
	first := key.upload(path, "b.txt", []byte("the same")).is(http.StatusCreated).str("id")
	require.Equal(t, first, key.upload(path, "b.txt", []byte("the same")).is(http.StatusCreated).str("id"))
	key.upload(path, "b.txt", []byte("another")).refused(http.StatusUnprocessableEntity, "key_reused")
}
