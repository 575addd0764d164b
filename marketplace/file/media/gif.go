package media

import (
	"encoding/binary"
	"io"
	"slices"
)

// gifFile goes through a GIF file block by block.
type gifFile struct {
	begun, filled bool
	sub, keep     bool // amid the parts of a block, and whether they are kept
}

// gifLoops are the extensions that say how often an animation runs.
var gifLoops = []string{"NETSCAPE2.0", "ANIMEXTS1.0"}

func (g *gifFile) step(f *feed) error {
	if !g.begun {
		return g.begin(f)
	}
	b, err := f.take(1)
	if err != nil {
		return err
	}
	if g.sub {
		g.sub = b[0] != 0
		if !g.keep {
			return f.drop(int64(b[0]))
		}
		f.emit(b)
		f.pass = int64(b[0])
		return nil
	}
	switch b[0] {
	case 0x21:
		return g.extension(f)
	case 0x2c:
		return g.frame(f)
	case 0x3b:
		if !g.filled {
			return errMalformed()
		}
		f.emit(b)
		return io.EOF
	}
	return errMalformed()
}

func (g *gifFile) begin(f *feed) error {
	head, err := f.take(13)
	if err != nil {
		return err
	}
	if v := string(head[:6]); v != "GIF87a" && v != "GIF89a" {
		return errMalformed()
	}
	if err := checkPixels(gifSize(head[6:])); err != nil {
		return err
	}
	g.begun = true
	f.emit(head)
	f.pass = gifTable(head[10])
	return nil
}

// gifSize reads width and height.
func gifSize(b []byte) (width, height int64) {
	return int64(binary.LittleEndian.Uint16(b)), int64(binary.LittleEndian.Uint16(b[2:]))
}

// gifTable returns the size of the table of colours that flags announce.
func gifTable(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// frame yields a frame up to its pixels, which follow in parts.
func (g *gifFile) frame(f *feed) error {
	head, err := f.take(9)
	if err != nil {
		return err
	}
	if err := checkPixels(gifSize(head[4:])); err != nil {
		return err
	}
	g.filled, g.sub, g.keep = true, true, true
	f.emit([]byte{0x2c}, head)
	f.pass = gifTable(head[8]) + 1 // and the size of codes
	return nil
}

// extension keeps the timing of frames and the loop. Its parts follow.
func (g *gifFile) extension(f *feed) error {
	label, err := f.take(1)
	if err != nil {
		return err
	}
	g.sub, g.keep = true, label[0] == 0xf9
	if label[0] != 0xff {
		if g.keep {
			f.emit([]byte{0x21}, label)
		}
		return nil
	}
	name, err := f.take(1)
	if err != nil {
		return err
	}
	app, err := f.take(int(name[0]))
	if err != nil {
		return err
	}
	if g.keep = slices.Contains(gifLoops, string(app)); g.keep {
		f.emit([]byte{0x21}, label, name, app)
	}
	return nil
}
