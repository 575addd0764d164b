package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/file/media"
)

// secret stands in every part that must go.
const secret = "GPS 33.6844N 73.0479E"

// picture has a different colour at each place.
func picture() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, 61, 47))
	for y := range 47 {
		for x := range 61 {
			m.Set(x, y, color.NRGBA{uint8(x * 4), uint8(y * 5), uint8(x * y), uint8(255 - x)})
		}
	}
	return m
}

func encoded(t *testing.T, encode func(w io.Writer, m image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, encode(&b, picture()))
	return b.Bytes()
}

func asJPEG(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
func asGIF(w io.Writer, m image.Image) error  { return gif.Encode(w, m, nil) }

// tiff is EXIF with a secret and which way is up.
func tiff(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II*\x00")
	}
	b = order.AppendUint32(b, 8+uint32(len(secret)))
	b = append(b, secret...)
	b = order.AppendUint16(b, 2)
	for _, tag := range []struct{ id, value uint16 }{{0x010f, 9}, {0x0112, orientation}} {
		b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tag.id), 3), 1)
		b = order.AppendUint16(order.AppendUint16(b, tag.value), 0)
	}
	return order.AppendUint32(b, 0)
}

// segment makes one of JPEG.
func segment(marker byte, body string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// chunk makes one of PNG.
func chunk(kind, body string) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), kind+body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(kind+body)))
}

// riff makes a chunk of WebP.
func riff(kind, body string) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// webp makes a WebP file of chunks.
func webp(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// insert puts parts into a file at a place.
func insert(into []byte, at int, parts ...[]byte) []byte {
	return bytes.Join([][]byte{into[:at], bytes.Join(parts, nil), into[at:]}, nil)
}

// strip strips a file, in pieces of any size.
func strip(t *testing.T, typ media.Type, file []byte) []byte {
	t.Helper()
	got, err := io.ReadAll(media.Strip(typ, bytes.NewReader(file)))
	require.NoError(t, err)
	for _, src := range []io.Reader{iotest.OneByteReader(bytes.NewReader(file)), iotest.DataErrReader(bytes.NewReader(file))} {
		again, err := io.ReadAll(iotest.HalfReader(media.Strip(typ, src)))
		require.NoError(t, err)
		require.True(t, bytes.Equal(got, again), "it depends on how it is read")
	}
	again, err := io.ReadAll(media.Strip(typ, bytes.NewReader(got)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(got, again), "what is stripped stays as it is")
	require.NotContains(t, string(got), secret)
	require.Equal(t, typ, media.Sniff(got, ""))
	return got
}

func dirtyJPEG(t *testing.T, exif []byte) []byte {
	t.Helper()
	file := insert(encoded(t, asJPEG), 2,
		segment(0xe0, "JFIF\x00\x01\x01\x01\x00H\x00H\x01\x01"+secret),
		segment(0xe0, "JFXX\x00\x13"+secret),
		segment(0xe1, "Exif\x00\x00"+string(exif)),
		segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x>"+secret+"</x>"),
		segment(0xe2, "ICC_PROFILE\x00\x01\x01colours"),
		segment(0xe2, "MPF\x00"+secret),
		segment(0xed, "Photoshop 3.0\x008BIM"+secret),
		segment(0xee, "Adobe\x00d\x00\x00\x00\x00\x01"),
		segment(0xef, secret),
		segment(0xfe, secret),
	)
	return append(file, []byte("\xff\xd8\xff\xe1"+secret)...) // another picture behind it
}

func TestJPEGLosesItsMakerAndNoPixel(t *testing.T) {
	t.Parallel()
	clean := encoded(t, asJPEG)
	require.True(t, bytes.Equal(clean, strip(t, media.JPEG, clean)), "a clean picture stays as it is")
	want, err := jpeg.Decode(bytes.NewReader(clean))
	require.NoError(t, err)
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		got := strip(t, media.JPEG, dirtyJPEG(t, tiff(order, 6)))
		m, err := jpeg.Decode(bytes.NewReader(got))
		require.NoError(t, err)
		require.Equal(t, want, m)
		require.Contains(t, string(got), "ICC_PROFILE\x00\x01\x01colours")
		require.Contains(t, string(got), "Adobe\x00d")
		require.Equal(t, 1, bytes.Count(got, []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06")), "which way is up")
		require.Len(t, got, len(clean)+18+36+4+21+4+12)
	}
	require.NotContains(t, string(strip(t, media.JPEG, dirtyJPEG(t, tiff(binary.BigEndian, 1)))), "Exif", "nothing to tell")
	require.NotContains(t, string(strip(t, media.JPEG, dirtyJPEG(t, []byte("II*\x00\xff\xff\xff\xff")))), "Exif")
}

func TestPNGLosesItsMakerAndNoPixel(t *testing.T) {
	t.Parallel()
	clean := encoded(t, png.Encode)
	require.True(t, bytes.Equal(clean, strip(t, media.PNG, clean)), "a clean picture stays as it is")
	dirty := insert(clean, 8+25, chunk("tEXt", "Author\x00"+secret), chunk("iTXt", "XML:com.adobe.xmp\x00"+secret), chunk("zTXt", secret),
		chunk("eXIf", string(tiff(binary.BigEndian, 8))), chunk("eXIf", string(tiff(binary.BigEndian, 3))), chunk("tIME", "\x07\xe8\x01\x01\x01\x01\x01"),
		chunk("gAMA", "\x00\x00\xb1\x8f"), chunk("prVt", secret))
	dirty = append(dirty, []byte("PK\x03\x04"+secret)...)
	got := strip(t, media.PNG, dirty)
	turned := chunk("eXIf", "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00")
	require.True(t, bytes.Equal(insert(clean, 8+25, turned, chunk("gAMA", "\x00\x00\xb1\x8f")), got))
	_, err := png.Decode(bytes.NewReader(got))
	require.NoError(t, err)
}

func TestGIFLosesItsMakerAndNoFrame(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, gif.Encode(&b, picture(), nil))
	first, err := gif.Decode(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	frame, ok := first.(*image.Paletted)
	require.True(t, ok)
	b.Reset()
	require.NoError(t, gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, frame, frame}, Delay: []int{10, 20, 30}, LoopCount: 7}))
	clean := b.Bytes()
	require.True(t, bytes.Equal(clean, strip(t, media.GIF, clean)), "a clean picture stays as it is")
	note := string(rune(len(secret))) + secret
	at := bytes.Index(clean, []byte("\x21\xff"))
	dirty := insert(clean, at, []byte("\x21\xfe"+note+note+"\x00"), []byte("\x21\xff\x0bXMP DataXMP"+note+"\x00"), []byte("\x21\x01\x0c------------"+note+"\x00"))
	require.True(t, bytes.Equal(clean, strip(t, media.GIF, append(dirty, secret...))))
}

func TestWebPLosesItsMakerAndKeepsItsSize(t *testing.T) {
	t.Parallel()
	pixels := riff("VP8L", "/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07")
	plain := webp(pixels)
	require.True(t, bytes.Equal(plain, strip(t, media.WebP, plain)), "a clean picture stays as it is")
	canvas := func(flags string) []byte { return riff("VP8X", flags+"\x00\x00\x00\x00\x00\x00\x00\x00\x00") }
	dirty := webp(canvas("\x2c"), riff("ICCP", "colours"), pixels, riff("EXIF", string(tiff(binary.LittleEndian, 6))), riff("XMP ", "<x>"+secret+"</x>"), riff("note", secret))
	got := strip(t, media.WebP, append(dirty, secret...))
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	exif := "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	want := webp(canvas("\x28"), riff("ICCP", "colours"), pixels,
		riff("EXIF", exif+zeros(len(tiff(binary.LittleEndian, 6))-len(exif))), riff("JUNK", zeros(7+len(secret))), riff("JUNK", zeros(len(secret))))
	require.True(t, bytes.Equal(want, got), "%q\n%q", want, got)
	small := webp(canvas("\x08"), pixels, riff("EXIF", secret[:20]))
	require.True(t, bytes.Equal(webp(canvas("\x08"), pixels, riff("JUNK", zeros(20))), strip(t, media.WebP, small)))
}

// bombs are pictures that would fill a viewer's memory.
func bombs() map[string][]byte {
	return map[string][]byte{
		"image/jpeg": append(segment(0xd8, "")[:2], segment(0xc0, "\x08\xff\xff\xff\xff\x01\x01\x11\x00")...),
		"image/png":  append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", "\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\x00\x00\x00")...),
		"image/gif":  []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"),
		"image/webp": webp(riff("VP8X", "\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff")),
	}
}

func TestABombIsRefusedByItsSize(t *testing.T) {
	t.Parallel()
	for typ, bomb := range bombs() {
		_, err := io.ReadAll(media.Strip(media.Type(typ), bytes.NewReader(bomb)))
		require.ErrorIs(t, err, lance.Invalid, typ)
		require.Equal(t, "image_too_large", lance.CodeOf(err), typ)
	}
}

func TestADamagedPictureIsRefused(t *testing.T) {
	t.Parallel()
	pixels := riff("VP8L", "/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07")
	whole := map[media.Type][]byte{
		media.JPEG: encoded(t, asJPEG), media.PNG: encoded(t, png.Encode), media.GIF: encoded(t, asGIF), media.WebP: webp(pixels),
	}
	for typ, file := range whole {
		for n := range file {
			_, err := io.ReadAll(media.Strip(typ, bytes.NewReader(file[:n])))
			require.Equal(t, "image_malformed", lance.CodeOf(err), "%s cut after %d of %d", typ, n, len(file))
		}
		for n := range 200 { // it may pass, and must end
			bent := bytes.Clone(file)
			bent[n%len(bent)] ^= byte(1 + n/8)
			if _, err := io.ReadAll(media.Strip(typ, bytes.NewReader(bent))); err != nil {
				require.ErrorIs(t, err, lance.Invalid)
			}
		}
		dead := errors.New("the line went dead")
		_, err := io.ReadAll(media.Strip(typ, io.MultiReader(bytes.NewReader(file[:len(file)-1]), iotest.ErrReader(dead))))
		require.ErrorIs(t, err, dead, typ)
	}
	for name, file := range map[string][]byte{
		"image/jpeg": []byte("\xff\xd8\xff\xd9"), "image/png": append([]byte("\x89PNG\r\n\x1a\n"), chunk("IEND", "")...),
		"image/gif": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "image/webp": webp(),
	} {
		_, err := io.ReadAll(media.Strip(media.Type(name), bytes.NewReader(file)))
		require.Equal(t, "image_malformed", lance.CodeOf(err), "%s without a picture", name)
	}
}

func TestWhatIsNoPicturePassesAsItIs(t *testing.T) {
	t.Parallel()
	got, err := io.ReadAll(media.Strip(media.Zip, strings.NewReader("PK\x03\x04"+secret)))
	require.NoError(t, err)
	require.Equal(t, "PK\x03\x04"+secret, string(got))
}
