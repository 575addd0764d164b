package media

import (
	"bytes"
	"encoding/binary"
	"io"
)

// jpegFile goes through a JPEG file segment by segment.
type jpegFile struct {
	begun, sized, turned bool
	scan                 bool // amid coded pixels
}

// Markers of JPEG.
const (
	jpegStart   = 0xd8
	jpegEnd     = 0xd9
	jpegScan    = 0xda
	jpegComment = 0xfe
	jpegApp0    = 0xe0
	jpegApp1    = 0xe1
	jpegApp2    = 0xe2
	jpegApp14   = 0xee
	jpegApp15   = 0xef
)

func (j *jpegFile) step(f *feed) error {
	if j.scan {
		return j.pixels(f)
	}
	m, err := f.take(2)
	if err != nil {
		return err
	}
	for m[0] == 0xff && m[1] == 0xff { // padding
		b, err := f.take(1)
		if err != nil {
			return err
		}
		m[1] = b[0]
	}
	switch {
	case m[0] != 0xff, j.begun == (m[1] == jpegStart):
		return errMalformed()
	case !j.begun:
		j.begun = true
		f.emit(m)
		return nil
	case m[1] == jpegEnd:
		if !j.sized {
			return errMalformed()
		}
		f.emit(m)
		return io.EOF
	case m[1] < 0xc0, m[1] >= 0xd0 && m[1] < jpegStart, m[1] >= 0xf0 && m[1] != jpegComment:
		return errMalformed()
	}
	size, err := f.take(2)
	if err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(size))
	if n < 2 {
		return errMalformed()
	}
	body, err := f.take(n - 2)
	if err != nil {
		return err
	}
	return j.segment(f, m[1], body)
}

// segment yields what is kept of a segment.
func (j *jpegFile) segment(f *feed, marker byte, body []byte) error {
	keep := true
	switch {
	case marker == jpegApp0:
		keep = bytes.HasPrefix(body, []byte("JFIF\x00")) && len(body) >= 14
		if keep {
			body = append(body[:12:12], 0, 0) // no thumbnail
		}
	case marker == jpegApp1:
		tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
		o := orientation(tiff)
		keep = ok && !j.turned && o != upright
		if keep {
			j.turned, body = true, append([]byte("Exif\x00\x00"), exif(o)...)
		}
	case marker == jpegApp2:
		keep = bytes.HasPrefix(body, []byte("ICC_PROFILE\x00"))
	case marker == jpegApp14:
		keep = bytes.HasPrefix(body, []byte("Adobe"))
	case marker > jpegApp2 && marker <= jpegApp15, marker == jpegComment:
		keep = false
	case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc: // a frame
		if len(body) < 6 {
			return errMalformed()
		}
		if err := checkPixels(int64(binary.BigEndian.Uint16(body[3:])), int64(binary.BigEndian.Uint16(body[1:]))); err != nil {
			return err
		}
		j.sized = true
	case marker == jpegScan:
		if !j.sized {
			return errMalformed()
		}
		j.scan = true
	}
	if keep {
		f.emit([]byte{0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2)), body) //nolint:gosec // a segment has less than 64 KiB
	}
	return nil
}

// pixels passes coded pixels on up to the next marker that is not a part of
// them.
func (j *jpegFile) pixels(f *feed) error {
	if _, err := f.peek(2); err != nil {
		return err
	}
	here, err := f.peek(f.src.Buffered())
	if err != nil {
		return err
	}
	at := 0
	for at < len(here)-1 && j.scan {
		next := bytes.IndexByte(here[at:len(here)-1], 0xff)
		if next < 0 {
			at = len(here) - 1
			break
		}
		at += next
		if m := here[at+1]; m == 0 || m >= 0xd0 && m < jpegStart {
			at += 2
			continue
		}
		j.scan = false
	}
	f.pass = int64(at)
	return nil
}
