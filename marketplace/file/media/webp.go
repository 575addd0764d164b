package media

import (
	"bytes"
	"encoding/binary"
	"io"
)

// webpFile goes through a WebP file chunk by chunk.
type webpFile struct {
	begun, filled, turned bool
	left                  int64 // bytes of the file that are not gone through yet
}

// webpNothing is a chunk that readers pass over.
const webpNothing = "JUNK"

// webpXMP is the flag of a file that has XMP.
const webpXMP = 0x04

func (w *webpFile) step(f *feed) error {
	if !w.begun {
		return w.begin(f)
	}
	if w.left == 0 {
		if !w.filled {
			return errMalformed()
		}
		return io.EOF
	}
	head, err := f.take(8)
	if err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(head[4:]))
	w.left -= 8 + n + n&1
	if w.left < 0 {
		return errMalformed()
	}
	switch kind := string(head[:4]); kind {
	case "VP8 ", "VP8L", "VP8X":
		if err := w.size(f, kind, head, n); err != nil {
			return err
		}
	case "ANMF", "ALPH", "ANIM", "ICCP":
		w.filled = w.filled || kind == "ANMF"
		f.emit(head)
		f.pass = n + n&1
	case "EXIF":
		return w.turn(f, head, n)
	default:
		f.emit([]byte(webpNothing), head[4:])
		f.blank = n + n&1
	}
	return nil
}

func (w *webpFile) begin(f *feed) error {
	head, err := f.take(12)
	if err != nil {
		return err
	}
	w.left = int64(binary.LittleEndian.Uint32(head[4:])) - 4
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WEBP" || w.left < 0 || w.left&1 != 0 {
		return errMalformed()
	}
	w.begun = true
	f.emit(head)
	return nil
}

// size checks the size that a chunk tells, and yields the chunk.
func (w *webpFile) size(f *feed, kind string, head []byte, n int64) error {
	if n < 10 {
		return errMalformed()
	}
	b, err := f.take(10)
	if err != nil {
		return err
	}
	var width, height int64
	switch kind {
	case "VP8 ":
		width, height = int64(binary.LittleEndian.Uint16(b[6:])&0x3fff), int64(binary.LittleEndian.Uint16(b[8:])&0x3fff)
	case "VP8L":
		bits := int64(binary.LittleEndian.Uint32(b[1:]))
		width, height = bits&0x3fff+1, bits>>14&0x3fff+1
	default:
		width, height = int24(b[4:])+1, int24(b[7:])+1
		b[0] &^= webpXMP
	}
	w.filled = w.filled || kind != "VP8X"
	f.emit(head, b)
	f.pass = n + n&1 - 10
	return checkPixels(width, height)
}

func int24(b []byte) int64 { return int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 }

// turn keeps of EXIF which way is up, in a chunk of the same size.
func (w *webpFile) turn(f *feed, head []byte, n int64) error {
	b, err := f.peek(int(min(n, bufferSize)))
	if err != nil {
		return err
	}
	small := exif(orientation(bytes.TrimPrefix(b, []byte("Exif\x00\x00"))))
	if w.turned || int64(len(small)) > n {
		f.emit([]byte(webpNothing), head[4:])
		f.blank = n + n&1
		return nil
	}
	w.turned = true
	f.emit(head, small)
	f.blank = n + n&1 - int64(len(small))
	return f.drop(int64(len(small)))
}
