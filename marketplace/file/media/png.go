package media

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

const pngHead = "\x89PNG\r\n\x1a\n"

// maxChunk bounds the chunks of a PNG file that hold no pixels.
const maxChunk = 1 << 20

// pngFile goes through a PNG file chunk by chunk.
type pngFile struct{ begun, sized, filled, turned bool }

// What becomes of chunks: pixels pass, others are kept; what is not here is
// left out, unless a picture cannot be shown without it.
var (
	pngPixels = map[string]bool{"IDAT": true, "fdAT": true}
	pngKept   = map[string]bool{
		"PLTE": true, "tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "cICP": true, "mDCV": true, "cLLI": true,
		"sBIT": true, "bKGD": true, "pHYs": true, "acTL": true, "fcTL": true,
	}
)

func (p *pngFile) step(f *feed) error {
	if !p.begun {
		head, err := f.take(len(pngHead))
		if err != nil {
			return err
		}
		if string(head) != pngHead {
			return errMalformed()
		}
		p.begun = true
		f.emit(head)
		return nil
	}
	head, err := f.take(8)
	if err != nil {
		return err
	}
	n, kind := int64(binary.BigEndian.Uint32(head)), string(head[4:])
	switch {
	case n >= 1<<31, p.sized == (kind == "IHDR"):
		return errMalformed()
	case kind == "IHDR":
		return p.size(f, head, n)
	case pngPixels[kind]:
		p.filled = true
		f.emit(head)
		f.pass = n + 4
	case kind == "IEND":
		return p.end(f, head, n)
	case kind == "eXIf" && n <= maxChunk:
		return p.turn(f, n)
	case pngKept[kind]:
		if n > maxChunk {
			return errMalformed()
		}
		f.emit(head)
		f.pass = n + 4
	case kind[0]&0x20 == 0: // critical
		return errMalformed()
	default:
		return f.drop(n + 4)
	}
	return nil
}

func (p *pngFile) size(f *feed, head []byte, n int64) error {
	if n != 13 {
		return errMalformed()
	}
	body, err := f.take(13 + 4)
	if err != nil {
		return err
	}
	p.sized = true
	f.emit(head, body)
	return checkPixels(int64(binary.BigEndian.Uint32(body)), int64(binary.BigEndian.Uint32(body[4:])))
}

func (p *pngFile) end(f *feed, head []byte, n int64) error {
	if n != 0 || !p.filled {
		return errMalformed()
	}
	sum, err := f.take(4)
	if err != nil {
		return err
	}
	f.emit(head, sum)
	return io.EOF
}

// turn keeps of EXIF which way is up.
func (p *pngFile) turn(f *feed, n int64) error {
	body, err := f.take(int(n) + 4)
	if err != nil {
		return err
	}
	if o := orientation(body[:n]); o != upright && !p.turned {
		p.turned = true
		chunk := append([]byte("eXIf"), exif(o)...)
		f.emit(binary.BigEndian.AppendUint32(nil, uint32(len(chunk)-4)), chunk, //nolint:gosec // a few bytes
			binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(chunk)))
	}
	return nil
}
