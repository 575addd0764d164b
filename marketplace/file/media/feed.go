package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/megilance/lance"
)

// MaxPixels bounds width times height of a picture: what a viewer needs for it
// is a multiple of that.
const MaxPixels = 100_000_000

// bufferSize is how far ahead a picture is looked into.
const bufferSize = 64 << 10

// Strip returns a reader of src without what tells of a picture's maker, as the
// package says, or src itself where the type is none of those. Reading it fails
// with Invalid "image_malformed" when the picture is not built as its type says
// or ends too early, and with Invalid "image_too_large" when it, or a frame of
// it, has more than MaxPixels; what src returns else comes through.
func Strip(t Type, src io.Reader) io.Reader {
	var step func(*feed) error
	switch t {
	case JPEG:
		step = new(jpegFile).step
	case PNG:
		step = new(pngFile).step
	case GIF:
		step = new(gifFile).step
	case WebP:
		step = new(webpFile).step
	default:
		return src
	}
	return &feed{src: bufio.NewReaderSize(src, bufferSize), step: step}
}

// feed is a reader that yields what the steps through a file decide.
type feed struct {
	src   *bufio.Reader
	step  func(*feed) error // reads on and sets out, pass or blank; io.EOF ends the file
	out   []byte            // yielded first
	pass  int64             // bytes of src that are then yielded as they are
	blank int64             // bytes of src that are then yielded as zeros
	err   error
}

// Read yields the next bytes.
func (f *feed) Read(p []byte) (int, error) {
	for len(p) > 0 {
		switch {
		case len(f.out) > 0:
			n := copy(p, f.out)
			f.out = f.out[n:]
			return n, nil
		case f.pass > 0:
			return f.through(p, &f.pass)
		case f.blank > 0:
			n, err := f.through(p, &f.blank)
			clear(p[:n])
			return n, err
		case f.err != nil:
			return 0, f.err
		}
		f.err = f.step(f)
	}
	return 0, nil
}

// through reads some of the left bytes.
func (f *feed) through(p []byte, left *int64) (int, error) {
	n, err := f.src.Read(p[:min(int64(len(p)), *left)])
	*left -= int64(n)
	if err != nil {
		*left, f.err = 0, whole(err)
		return n, f.err
	}
	return n, nil
}

// take reads n bytes.
func (f *feed) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(f.src, b)
	return b, whole(err)
}

// peek looks at the next n bytes, at most bufferSize, and leaves them there.
func (f *feed) peek(n int) ([]byte, error) {
	b, err := f.src.Peek(n)
	return b, whole(err)
}

// drop leaves the next n bytes out.
func (f *feed) drop(n int64) error {
	_, err := io.CopyN(io.Discard, f.src, n)
	return whole(err)
}

// emit yields parts one after the other.
func (f *feed) emit(parts ...[]byte) {
	for _, p := range parts {
		f.out = append(f.out, p...)
	}
}

// whole makes an end that comes too early a fault of the picture.
func whole(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && lance.CodeOf(err) == "" {
		return errMalformed()
	}
	return err
}

func errMalformed() error {
	return lance.E(lance.Invalid, "image_malformed", "the picture is damaged, or is not what it seems")
}

// checkPixels bounds a picture or a frame.
func checkPixels(width, height int64) error {
	if width < 1 || height < 1 {
		return errMalformed()
	}
	if width > MaxPixels/height {
		return lance.E(lance.Invalid, "image_too_large", "the picture has more than 100 million pixels")
	}
	return nil
}

// upright is the orientation of a picture that is shown as it is kept.
const upright = 1

// orientation returns which way is up according to EXIF (a TIFF file): 1 to 8.
func orientation(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if len(tiff) < 8 {
		return upright
	}
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > int64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if o := int(order.Uint16(entries[8:])); order.Uint16(entries) == 0x0112 && o >= 1 && o <= 8 {
			return o
		}
		entries = entries[12:]
	}
	return upright
}

// exif returns EXIF that says which way is up and nothing else.
func exif(orientation int) []byte {
	return []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0, 0, 0, 0, 0} //nolint:gosec // 1 to 8
}
