package media_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/marketplace/file/media"
)

func TestATypeIsToldFromTheContent(t *testing.T) {
	t.Parallel()
	const html = "<!doctype html><script>alert(1)</script>"
	for _, c := range []struct {
		head, name string
		want       media.Type
	}{
		{"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "a.jpg", media.JPEG},
		{"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.jpg", media.PNG},
		{"GIF89a\x01\x00\x01\x00", "x", media.GIF},
		{"RIFF\x1a\x00\x00\x00WEBPVP8L", "x.webp", media.WebP},
		{"RIFF\x1a\x00\x00\x00WAVEfmt ", "x.webp", "audio/wav"},
		{"%PDF-1.7\n", "x", media.PDF},
		{"PK\x03\x04\x14\x00", "x.zip", media.Zip},
		{"PK\x03\x04\x14\x00", "x.DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"PK\x03\x04\x14\x00", "x.html", media.Zip},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.doc", "application/msword"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.msi", media.Office},
		{"MZ\x90\x00\x03", "holiday.jpg", media.EXE},
		{"\x7fELF\x02\x01", "x.txt", media.ELF},
		{"\xcf\xfa\xed\xfe\x07", "x", media.MachO},
		{"\x00\x00\x00\x18ftypmp42", "x", "video/mp4"},
		{"\x00\x00\x00\x18ftypheic", "x", "image/heic"},
		{html, "a.png", media.Text},
		{html, "a.html", "text/html"},
		{html, "a.svg", "image/svg+xml"},
		{html, "a", media.Text},
		{"a,b\n1,2\n", "a.csv", "text/csv"},
		{"MZ is how this text begins", "x", media.Text},
		{"GIF89a=1;alert(1)", "x.js", "text/javascript"},
		{"ID3 tags explained", "x.md", "text/markdown"},
		{"{\\rtf1 hello}", "x.rtf", media.RTF},
		{"\xff\xfeh\x00i\x00", "x.txt", media.Text},
		{"\x00\x01\x02\x03", "x.txt", media.Binary},
		{"ends amid a letter \xe2\x82", "x", media.Text},
		{"broken \xe2\x28\xa1 letter", "x", media.Binary},
		{strings.Repeat("\x00", 257) + "ustar\x00", "x.tar", "application/x-tar"},
	} {
		require.Equal(t, c.want, media.Sniff([]byte(c.head), c.name), "%q as %s", c.head, c.name)
	}
}

func TestOnlyWhatRunsNothingIsShownInline(t *testing.T) {
	t.Parallel()
	for _, typ := range []media.Type{media.JPEG, media.PNG, media.PDF, media.Text, "audio/mpeg"} {
		require.True(t, typ.Inline(), typ)
	}
	for _, typ := range []media.Type{"text/html", "image/svg+xml", "application/xml", "text/javascript", media.Zip, media.Binary, media.EXE, ""} {
		require.False(t, typ.Inline(), typ)
	}
	require.True(t, media.PNG.Matches("video/*", "image/*"))
	require.False(t, media.PNG.Matches("image/", "image/p", "im*age/*"))
	require.True(t, media.PNG.Matches("*"))
}

// A name is made safe, and a type told from the content.
func Example() {
	fmt.Println(media.Name(`..\..\C:\me\holiday.jpg`))
	fmt.Println(media.Sniff([]byte("MZ\x90\x00"), "holiday.jpg"))
	fmt.Println(media.Free("report.pdf", []string{"Report.PDF"}))
	// Output:
	// holiday.jpg
	// application/vnd.microsoft.portable-executable
	// report (2).pdf
}
