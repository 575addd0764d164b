package media

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Type is a media type without parameters: "image/png".
type Type string

// Types that this package speaks of.
const (
	JPEG   Type = "image/jpeg"
	PNG    Type = "image/png"
	GIF    Type = "image/gif"
	WebP   Type = "image/webp"
	PDF    Type = "application/pdf"
	Text   Type = "text/plain"
	Zip    Type = "application/zip"
	Office Type = "application/x-ole-storage" // an old office file, or anything else in its container
	Binary Type = "application/octet-stream"  // not known

	RTF        Type = "application/rtf"
	PostScript Type = "application/postscript"

	ELF   Type = "application/x-elf"
	MachO Type = "application/x-mach-binary"
	EXE   Type = "application/vnd.microsoft.portable-executable"
)

// HeadSize is how many of a file's first bytes Sniff looks at.
const HeadSize = 4096

// signature is what files of a type have at a place.
type signature struct {
	typ  Type
	at   int
	have string
}

// signatures in the order in which they are tried.
var signatures = []signature{
	{JPEG, 0, "\xff\xd8\xff"},
	{PNG, 0, pngHead},
	{GIF, 0, "GIF87a"},
	{GIF, 0, "GIF89a"},
	{WebP, 8, "WEBPVP8"},
	{PDF, 0, "%PDF-"},
	{Zip, 0, "PK\x03\x04"},
	{Zip, 0, "PK\x05\x06"},
	{Office, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
	{ELF, 0, "\x7fELF"},
	{EXE, 0, "MZ"},
	{MachO, 0, "\xfe\xed\xfa\xce"},
	{MachO, 0, "\xfe\xed\xfa\xcf"},
	{MachO, 0, "\xce\xfa\xed\xfe"},
	{MachO, 0, "\xcf\xfa\xed\xfe"},
	{MachO, 0, "\xca\xfe\xba\xbe"}, // a Java class begins so too
	{"image/avif", 4, "ftypavif"},
	{"image/heic", 4, "ftyphei"},
	{"image/heic", 4, "ftypmif1"},
	{"video/quicktime", 4, "ftypqt"},
	{"audio/mp4", 4, "ftypM4A"},
	{"video/mp4", 4, "ftyp"},
	{"image/tiff", 0, "II*\x00"},
	{"image/tiff", 0, "MM\x00*"},
	{"image/bmp", 0, "BM"},
	{"image/x-icon", 0, "\x00\x00\x01\x00"},
	{"image/vnd.adobe.photoshop", 0, "8BPS"},
	{"application/gzip", 0, "\x1f\x8b"},
	{"application/x-7z-compressed", 0, "7z\xbc\xaf\x27\x1c"},
	{"application/vnd.rar", 0, "Rar!\x1a\x07"},
	{"application/x-xz", 0, "\xfd7zXZ\x00"},
	{"application/x-bzip2", 0, "BZh"},
	{"application/zstd", 0, "\x28\xb5\x2f\xfd"},
	{"application/x-tar", 257, "ustar"},
	{"application/vnd.sqlite3", 0, "SQLite format 3\x00"},
	{"application/wasm", 0, "\x00asm"},
	{RTF, 0, "{\\rtf"},
	{PostScript, 0, "%!PS"},
	{"video/matroska", 0, "\x1aE\xdf\xa3"}, // WebM too
	{"video/x-msvideo", 8, "AVI LIST"},
	{"audio/wav", 8, "WAVE"},
	{"audio/mpeg", 0, "ID3"},
	{"audio/mpeg", 0, "\xff\xfb"},
	{"audio/mpeg", 0, "\xff\xf3"},
	{"audio/ogg", 0, "OggS"},
	{"audio/flac", 0, "fLaC"},
	{"font/woff", 0, "wOFF"},
	{"font/woff2", 0, "wOF2"},
	{"font/otf", 0, "OTTO"},
	{"font/ttf", 0, "\x00\x01\x00\x00\x00"},
}

// textual are the types of which a whole file may be text. Text that begins
// like any other is text.
var textual = []Type{PDF, RTF, PostScript}

// closer says which types an ending of the name can make of one that many
// formats share.
var closer = map[Type]map[string]Type{
	Zip: {
		".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
		".odt":  "application/vnd.oasis.opendocument.text",
		".ods":  "application/vnd.oasis.opendocument.spreadsheet",
		".odp":  "application/vnd.oasis.opendocument.presentation",
		".epub": "application/epub+zip",
		".jar":  "application/java-archive",
	},
	Office: {
		".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	},
	Text: {
		".csv": "text/csv", ".css": "text/css", ".md": "text/markdown", ".html": "text/html", ".htm": "text/html",
		".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".xml": "application/xml",
		".svg": "image/svg+xml",
	},
}

// Sniff tells the type of a file from its first HeadSize bytes, or all where it
// has fewer. The name's ending chooses among types whose content looks alike:
// text that is called .html is "text/html", and a program that is called .png a
// program. What is not known is Binary.
func Sniff(head []byte, name string) Type {
	t := sniff(head)
	_, ending := split(name)
	if c, ok := closer[t][strings.ToLower(ending)]; ok {
		return c
	}
	return t
}

func sniff(head []byte) Type {
	text := isText(head)
	for _, s := range signatures {
		if len(head) < s.at || !bytes.HasPrefix(head[s.at:], []byte(s.have)) || s.at == 8 && !bytes.HasPrefix(head, []byte("RIFF")) {
			continue
		}
		if !text || s.typ.Matches(textual...) {
			return s.typ
		}
	}
	if text {
		return Text
	}
	return Binary
}

// isText reports whether the beginning of a file is text: UTF-8 without control
// characters, or marked as UTF-16. Its last character may be cut off.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	for len(head) > 0 {
		c, n := utf8.DecodeRune(head)
		switch {
		case c == utf8.RuneError && n == 1:
			return len(head) < utf8.UTFMax && !utf8.FullRune(head)
		case c < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", c):
			return false
		}
		head = head[n:]
	}
	return true
}

// Matches reports whether the type is one of the patterns: "image/png", or
// "image/*" for all images.
func (t Type) Matches(patterns ...Type) bool {
	for _, p := range patterns {
		kind, all := strings.CutSuffix(string(p), "*")
		if t == p || all && strings.HasPrefix(string(t), kind) {
			return true
		}
	}
	return false
}

// inline are the types that a browser shows and does not run.
var inline = []Type{JPEG, PNG, GIF, WebP, "image/avif", PDF, Text, "audio/*", "video/mp4", "video/matroska"}

// Inline reports whether a server may show files of this type in the page's own
// origin. All others, such as HTML and SVG, which can carry scripts, are only to
// be downloaded. In either case the browser must be told not to guess.
func (t Type) Inline() bool { return t.Matches(inline...) }
