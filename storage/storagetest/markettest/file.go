package markettest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/file/media"
	"github.com/megilance/lance/marketplace/review"
)

// RunFiles proves the laws of files and of submissions that have them on the
// adapter, each in a parallel subtest <subject>/<law>.
func RunFiles[R review.Repos](t *testing.T, h Harness[R]) {
	run(t, h, "file", fileLaws())
	run(t, h, "submission", submissionLaws())
}

func fileLaws() []law {
	return []law{
		{"a_file_goes_through_its_life", fileLife},
		{"what_is_uploaded_is_its_owners_alone", uploadedMatrix},
		{"what_is_attached_is_both_parties_to_read", attachedMatrix},
		{"only_the_freelancer_uploads_while_it_is_funded", uploadMatrix},
		{"bad_files_are_refused_and_leave_nothing", badFiles},
		{"limits_are_the_platforms", fileLimits},
		{"names_are_safe_and_unique", fileNames},
		{"however_many_come_at_once_there_are_no_more_than_may_be", filesFull},
		{"a_repeated_upload_makes_one_file", uploadedOnce},
		{"what_fails_after_the_bytes_leaves_no_file", uploadFails},
		{"a_removed_file_loses_its_bytes", removedBytes},
		{"bytes_without_a_file_are_swept", swept},
		{"without_a_blob_store_files_are_unavailable", noBlobs},
	}
}

// send is an upload to a milestone.
func send(id contract.MilestoneID, name, content string) contract.UploadInput {
	return contract.UploadInput{Milestone: id, UploadInput: file.UploadInput{Name: name, Content: strings.NewReader(content)}}
}

// upload uploads a file of ann's.
func (w *world) upload(id contract.MilestoneID, name, content string) *file.File {
	w.Helper()
	w.clock.Move(time.Millisecond) // so that they sort
	f, err := w.contracts.Upload(w.Context(), ann, send(id, name, content))
	require.NoError(w, err)
	return f
}

// funded makes a funded milestone.
func (w *world) funded() contract.MilestoneID {
	w.Helper()
	id := w.hire(100_00).Milestones[0].ID
	w.take(id, contract.Fund)
	return id
}

// kept returns how many blobs there are.
func (w *world) kept() int {
	w.Helper()
	keys, err := w.blobs.Keys(w.Context(), "", 1000)
	require.NoError(w, err)
	return len(keys)
}

// listed returns the names of a milestone's files that an actor sees.
func (w *world) listed(by lance.Actor, id contract.MilestoneID) []string {
	w.Helper()
	files, err := w.files.List(w.Context(), by, contract.MilestoneRef(id))
	require.NoError(w, err)
	names := []string{}
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}

func fileLife(w *world) {
	ctx := w.Context()
	id := w.funded()
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00crc1" +
		"%s\x00\x00\x00\x04IDATdatacrc2\x00\x00\x00\x00IENDcrc3"
	clean := fmt.Sprintf(png, "")
	f := w.upload(id, "../me/photo.jpg", fmt.Sprintf(png, "\x00\x00\x00\x0atEXtAuthor\x00Anncrc4"))
	require.Equal(w, file.Info{
		ID: f.ID, Name: "photo.jpg", Type: media.PNG, Size: int64(len(clean)), SHA256: file.Digest(lance.Hash(sha256.Sum256([]byte(clean))).String()),
	}, f.Info)
	require.Equal(w, contract.MilestoneRef(id), f.Subject)
	require.Equal(w, w.clock.Now(), f.CreatedAt)
	require.Equal(w, []file.Action{file.Attach, file.Remove}, f.AllowedActions(ann))
	read, err := w.files.Get(ctx, ann, f.ID)
	require.NoError(w, err)
	require.Equal(w, f, read)

	_, err = w.contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: id, Message: "Look.", Files: []file.ID{f.ID}})
	require.NoError(w, err)
	c, err := w.files.Open(ctx, client, f.ID)
	require.NoError(w, err)
	require.Equal(w, file.StateAttached, c.State)
	require.Equal(w, f.Info, c.Info)
	_, err = c.Seek(-4, io.SeekEnd)
	require.NoError(w, err)
	end, err := io.ReadAll(c)
	require.NoError(w, err)
	require.NoError(w, c.Close())
	require.Equal(w, "crc3", string(end))
	require.Equal(w, []string{"file.uploaded", "file.attached"}, w.told(f.Ref()))
	require.Empty(w, c.AllowedActions(ann))
}

// fileReads are the ways to a file, by the actor.
func (w *world) fileReads(id file.ID) map[string]func(by lance.Actor) error {
	return map[string]func(by lance.Actor) error{
		"get": func(by lance.Actor) error { _, err := w.files.Get(w.Context(), by, id); return err },
		"open": func(by lance.Actor) error {
			c, err := w.files.Open(w.Context(), by, id)
			if err != nil {
				return err
			}
			return c.Close()
		},
	}
}

func uploadedMatrix(w *world) {
	id := w.funded()
	f := w.upload(id, "a.txt", "Hello")
	remove := func(by lance.Actor) error { return w.files.Remove(w.Context(), by, f.ID) }
	for name, read := range w.fileReads(f.ID) {
		require.NoError(w, read(ann), name)
		for _, by := range []lance.Actor{client, bob, eve, admin} {
			w.refused(read(by), lance.NotFound, "file_not_found")
			w.refused(remove(by), lance.NotFound, "file_not_found")
			require.Empty(w, w.listed(by, id))
		}
		w.refused(read(nobody), lance.Unauthorized, "actor_required")
	}
	w.refused(remove(nobody), lance.Unauthorized, "actor_required")
	_, err := w.files.List(w.Context(), nobody, f.Subject)
	w.refused(err, lance.Unauthorized, "actor_required")
	require.Equal(w, []string{"a.txt"}, w.listed(ann, id))
	require.NoError(w, remove(ann))
	w.refused(remove(ann), lance.NotFound, "file_not_found")
	for _, read := range w.fileReads(f.ID) {
		w.refused(read(ann), lance.NotFound, "file_not_found")
	}
	require.Empty(w, w.listed(ann, id))
	require.Equal(w, []string{"file.uploaded", "file.removed"}, w.told(f.Ref()))
}

func attachedMatrix(w *world) {
	id := w.funded()
	f := w.upload(id, "a.txt", "Hello")
	_, err := w.contracts.Submit(w.Context(), ann, contract.SubmitInput{Milestone: id, Message: "x", Files: []file.ID{f.ID}})
	require.NoError(w, err)
	for _, read := range w.fileReads(f.ID) {
		for _, by := range []lance.Actor{client, ann, admin} {
			require.NoError(w, read(by))
			require.Equal(w, []string{"a.txt"}, w.listed(by, id))
		}
		for _, by := range []lance.Actor{bob, eve} {
			w.refused(read(by), lance.NotFound, "file_not_found")
			require.Empty(w, w.listed(by, id))
		}
	}
	w.refused(w.files.Remove(w.Context(), ann, f.ID), lance.Precondition, "file_state")
	for _, by := range []lance.Actor{client, admin} {
		w.refused(w.files.Remove(w.Context(), by, f.ID), lance.Forbidden, "file_relation")
	}
	w.refused(w.files.Remove(w.Context(), eve, f.ID), lance.NotFound, "file_not_found")
	w.take(id, contract.Approve)
	for _, read := range w.fileReads(f.ID) {
		require.NoError(w, read(client), "it stays after the end")
	}
}

func uploadMatrix(w *world) {
	id := w.hire(100_00).Milestones[0].ID
	try := func(by lance.Actor) error {
		in := send(id, "a.txt", "Hello")
		in.Content = iotest.ErrReader(errors.New("nothing is read of what is refused"))
		_, err := w.contracts.Upload(w.Context(), by, in)
		return err
	}
	w.refused(try(ann), lance.Precondition, "milestone_state")
	w.take(id, contract.Fund)
	for _, by := range []lance.Actor{client, admin} {
		w.refused(try(by), lance.Forbidden, "milestone_relation")
	}
	for _, by := range []lance.Actor{bob, eve} {
		w.refused(try(by), lance.NotFound, "milestone_not_found")
	}
	for _, by := range []lance.Actor{nobody, lance.System("x")} {
		w.refused(try(by), lance.Unauthorized, "actor_required")
	}
	w.upload(id, "a.txt", "Hello")
	w.take(id, contract.Submit)
	w.refused(try(ann), lance.Precondition, "milestone_state")
	w.take(id, contract.RequestChanges)
	w.upload(id, "a.txt", "Hello")
	w.take(id, contract.Submit, contract.Approve)
	w.refused(try(ann), lance.Precondition, "milestone_state")
}

func badFiles(w *world) {
	id := w.funded()
	for content, code := range map[string]string{
		"": "file_empty", "MZ\x90\x00": "type_denied", "\x7fELF\x02": "type_denied",
		"\xff\xd8\xff\xe0\x00\x10JFIF\x00": "image_malformed", "GIF89a\xff\xff\xff\xff\x00\x00\x00": "image_too_large",
	} {
		_, err := w.contracts.Upload(w.Context(), ann, send(id, "holiday.jpg", content))
		w.invalid(err, map[string]string{"/content": code})
	}
	for _, src := range []io.Reader{
		iotest.ErrReader(errors.New("the line went dead")),
		io.MultiReader(strings.NewReader(strings.Repeat("a", 100_000)), iotest.ErrReader(io.ErrUnexpectedEOF)),
	} {
		in := send(id, "a.txt", "")
		in.Content = src
		_, err := w.contracts.Upload(w.Context(), ann, in)
		w.invalid(err, map[string]string{"/content": "content_broken"})
	}
	ctx, cancel := context.WithCancel(w.Context())
	in := send(id, "a.txt", "")
	in.Content = io.MultiReader(strings.NewReader(strings.Repeat("a", 100_000)), cancels{cancel})
	_, err := w.contracts.Upload(ctx, ann, in)
	require.ErrorIs(w, err, context.Canceled)
	require.Empty(w, w.listed(ann, id))
	require.Zero(w, w.kept())
}

// cancels is a source that cancels its reader's context and goes on.
type cancels struct{ cancel func() }

// Read yields a byte.
func (c cancels) Read(p []byte) (int, error) {
	c.cancel()
	return copy(p, "a"), nil
}

func fileLimits(w *world) {
	id := w.funded()
	limited := func(l file.Limits, content string) error {
		svc := contract.NewService(w.db, &contract.Options{Files: file.Options{Blobs: w.blobs, Limits: l}})
		_, err := svc.Upload(w.Context(), ann, send(id, "a.txt", content))
		return err
	}
	require.NoError(w, limited(file.Limits{MaxSize: 5}, "Hello"))
	w.invalid(limited(file.Limits{MaxSize: 5}, "Hello!"), map[string]string{"/content": "file_too_large"})
	only := file.Limits{Allow: []media.Type{"image/*", media.PDF}}
	require.NoError(w, limited(only, "%PDF-1.7 …"))
	w.invalid(limited(only, "Hello"), map[string]string{"/content": "type_denied"})
	none := file.Limits{Deny: []media.Type{"text/*"}}
	require.NoError(w, limited(none, "MZ\x90\x00"), "the platform denies what it likes")
	w.invalid(limited(none, "Hello"), map[string]string{"/content": "type_denied"})
}

func fileNames(w *world) {
	id := w.funded()
	want := []string{"passwd", "passwd (2)", "PASSWD (3)", "_CON.txt", "file", "gpj.exe"}
	for _, name := range []string{"../../etc/passwd", `C:\passwd`, "PASSWD", "CON.txt", "..", "gpj.\u202eexe"} {
		w.upload(id, name, "Hello")
	}
	require.Equal(w, want, w.listed(ann, id))
	other := w.funded()
	require.Equal(w, "passwd", w.upload(other, "passwd", "Hello").Name, "another subject has names of its own")
}

func filesFull(w *world) {
	subject := lance.Ref{Kind: "case", ID: "1"}
	errs := w.race(8, func(i int) error {
		_, err := file.Upload(w.Context(), w.db, &file.Options{Blobs: w.blobs}, "test.Upload", ann,
			file.UploadInput{Name: "a.txt", Content: strings.NewReader(strings.Repeat("a", 1+i))},
			func(context.Context, review.Repos) (file.Place, error) {
				return file.Place{Subject: subject, Max: 3}, nil
			})
		return err
	})
	require.Equal(w, 3, won(errs), "%v", errs)
	for _, err := range errs {
		if err != nil {
			w.refused(err, lance.Precondition, "files_full")
		}
	}
	require.Equal(w, 3, w.kept(), "the bytes of the others are gone")
	files, err := w.files.List(w.Context(), ann, subject)
	require.NoError(w, err)
	names := map[string]bool{}
	for _, f := range files {
		names[f.Name] = true
	}
	require.Equal(w, map[string]bool{"a.txt": true, "a (2).txt": true, "a (3).txt": true}, names)
	require.NoError(w, w.files.Remove(w.Context(), ann, files[0].ID))
}

func uploadedOnce(w *world) {
	id := w.funded()
	in := func(content string) contract.UploadInput {
		in := send(id, "a.txt", content)
		in.Key = "k"
		return in
	}
	first, err := w.contracts.Upload(w.Context(), ann, in("Hello"))
	require.NoError(w, err)
	again, err := w.contracts.Upload(w.Context(), ann, in("Hello"))
	require.NoError(w, err)
	require.Equal(w, first, again)
	_, err = w.contracts.Upload(w.Context(), ann, in("Other"))
	w.refused(err, lance.Conflict, "key_reused")
	require.Equal(w, []string{"a.txt"}, w.listed(ann, id))
	require.Equal(w, 1, w.kept())
}

func uploadFails(w *world) {
	id := w.funded()
	oops := errors.New("oops")
	err := w.db.InTx(w.Context(), func(ctx context.Context, r review.Repos) error {
		svc := contract.NewService(lance.Within(r), &contract.Options{Files: file.Options{Blobs: w.blobs}})
		_, err := svc.Upload(ctx, ann, send(id, "a.txt", "Hello"))
		return errors.Join(err, oops)
	})
	require.ErrorIs(w, err, oops)
	require.Empty(w, w.listed(ann, id))
	require.Equal(w, 1, w.kept(), "the host failed after the bytes were stored")
	w.clock.Move(25 * time.Hour)
	n, err := w.files.Sweep(w.Context(), 0)
	require.NoError(w, err)
	require.Equal(w, 1, n)
	require.Zero(w, w.kept())
}

func removedBytes(w *world) {
	id := w.funded()
	gone, stays := w.upload(id, "a.txt", "Hello"), w.upload(id, "b.txt", "Hello")
	require.NoError(w, w.files.Remove(w.Context(), ann, gone.ID))
	require.Equal(w, 2, w.kept(), "not before the removal has committed")
	w.settle()
	require.Equal(w, 1, w.kept())
	for _, read := range w.fileReads(stays.ID) {
		require.NoError(w, read(ann))
	}
	require.NoError(w, w.blobs.Delete(w.Context(), string(stays.ID)))
	_, err := w.files.Open(w.Context(), ann, stays.ID)
	w.refused(err, lance.Internal, "blob_missing")
}

func swept(w *world) {
	ctx := w.Context()
	id := w.funded()
	lost := func() string {
		var key string
		w.read(func(_ context.Context, r review.Repos) error {
			key = lance.NewID[string]("fil", r)
			return nil
		})
		_, err := w.blobs.Put(ctx, key, strings.NewReader("x"))
		require.NoError(w, err)
		return key
	}
	for range 3 {
		lost()
	}
	f := w.upload(id, "a.txt", "Hello")
	for _, key := range []string{"backup_1", "fil_other", "zzz"} {
		_, err := w.blobs.Put(ctx, key, strings.NewReader("x"))
		require.NoError(w, err)
	}
	n, err := w.files.Sweep(ctx, 0)
	require.NoError(w, err)
	require.Zero(w, n, "an upload may be under way")
	w.clock.Move(25 * time.Hour)
	young := lost()
	n, err = w.files.Sweep(ctx, 0)
	require.NoError(w, err)
	require.Equal(w, 3, n)
	keys, err := w.blobs.Keys(ctx, "", 100)
	require.NoError(w, err)
	require.ElementsMatch(w, []string{string(f.ID), young, "backup_1", "fil_other", "zzz"}, keys)
	w.settle()
	w.clock.Move(25 * time.Hour)
	w.settle()
	_, err = w.blobs.Open(ctx, young)
	require.ErrorIs(w, err, lance.NotFound, "the chore sweeps by itself")
	old := lost()
	w.clock.Move(30 * day)
	w.settle()
	_, err = w.blobs.Open(ctx, old)
	require.NoError(w, err, "the chore does not look back that far")
}

func noBlobs(w *world) {
	id := w.funded()
	f := w.upload(id, "a.txt", "Hello")
	_, err := contract.NewService(w.db, nil).Upload(w.Context(), ann, send(id, "a.txt", "Hello"))
	w.refused(err, lance.Unavailable, "blobs_unavailable")
	without := file.NewService(w.db, nil)
	_, err = without.Open(w.Context(), ann, f.ID)
	w.refused(err, lance.Unavailable, "blobs_unavailable")
	_, err = without.Sweep(w.Context(), 0)
	w.refused(err, lance.Unavailable, "blobs_unavailable")
	_, err = without.Get(w.Context(), ann, f.ID)
	require.NoError(w, err, "what is known of it is there")
}
