package media_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/megilance/lance/marketplace/file/media"
)

// names is a corpus of what senders call files, and what becomes of it.
var names = map[string]string{
	"report.pdf": "report.pdf", "Bericht für Ü.pdf": "Bericht für Ü.pdf", "отчёт.docx": "отчёт.docx", "日本.txt": "日本.txt", "🙂.png": "🙂.png",
	"a.tar.gz": "a.tar.gz", "no ending": "no ending", "it's (1) [2] {3} & #4 100%.txt": "it's (1) [2] {3} & #4 100%.txt",
	// Paths.
	"../../etc/passwd": "passwd", `..\..\windows\system32\cmd.exe`: "cmd.exe", "/etc/passwd": "passwd", `C:\autoexec.bat`: "autoexec.bat",
	"C:evil.txt": "C_evil.txt", "..": "file", ".": "file", "../": "file", "a/..": "file", "a/": "file", `\\server\share\x.doc`: "x.doc",
	"....//....//x": "x", "%2e%2e%2fx": "%2e%2e%2fx", "..%c0%afx": "%c0%afx", "..;/x": "x", "x.txt/.": "file", "file:///etc/passwd": "passwd",
	"a\u2215b\u2044c\uff0fd\uff3ce\u29f8f": "a_b_c_d_e_f", "\xc0\xae\xc0\xae/\xff": "file", "a.txt::$DATA": "a.txt__$DATA", "..\x00/x": "x",
	// What cannot be seen, or turns the reading round.
	"a\x00b.txt": "ab.txt", "a\r\nSet-Cookie: x.txt": "a  Set-Cookie_ x.txt", "\x1b[31mred": "[31mred", "gpj.\u202eexe.txt": "gpj.exe.txt",
	"\u2066a\u2069\u200b\ufeff.txt": "a.txt", "a\u3164b\ufe0f.txt": "ab.txt", "a\u00a0b\u2003c.txt": "a b c.txt", "a\xffb.txt": "ab.txt", "\ue000": "file",
	// Hidden, or a folder's.
	".htaccess": "htaccess", "...x": "x", " x ": "x", "x.": "x", "x. . .": "x", "": "file", "\u200b": "file", "   ": "file",
	// Taken by Windows.
	"con": "_con", "CON.txt": "_CON.txt", "Aux.tar.gz": "_Aux.tar.gz", "nul .txt": "_nul .txt", "com1": "_com1", "LPT9.md": "_LPT9.md", "com¹.x": "_com¹.x",
	"clock$": "_clock$", "com10": "com10", "console": "console", "COMLPT1": "COMLPT1", "x?*<>|\".txt": "x______.txt", ".con": "_con",
	// One form of one name.
	"u\u0308.txt": "\u00fc.txt", "\u212aON": "KON", "C\u212aO": "CKO",
	// Long.
	strings.Repeat("a", 200) + ".pdf":              strings.Repeat("a", 116) + ".pdf",
	strings.Repeat("ö", 200) + ".pdf":              strings.Repeat("ö", 58) + ".pdf",
	strings.Repeat("a", 200):                       strings.Repeat("a", 120),
	"a." + strings.Repeat("b", 200):                "a." + strings.Repeat("b", 118),
	strings.Repeat("x/", 5000) + "y":               "y",
	strings.Repeat("a", 110) + " . . . . . . .pdf": strings.Repeat("a", 110) + ".pdf",
}

func TestNamesAreMadeSafe(t *testing.T) {
	t.Parallel()
	for in, want := range names {
		require.Equal(t, want, media.Name(in), "%q", in)
	}
}

func TestAnyNameIsSafeAndStaysAsItIs(t *testing.T) {
	t.Parallel()
	alphabet := []rune("aZ09./\\: \t\n\x00<>\"|?*_-$~\u202e\u200b\u2215\uff0f\u0301\u00c9cConNulLPT1\u00b9\ufffd\U0001f642\u1100\u1161\u11a8")
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.StringOf(rapid.SampledFrom(alphabet)), rapid.String(), rapid.StringN(100, 300, -1),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "name")
		name := media.Name(in)
		require.NotEmpty(t, name)
		require.LessOrEqual(t, len(name), media.MaxName)
		require.True(t, utf8.ValidString(name) && norm.NFC.IsNormalString(name))
		require.False(t, strings.ContainsAny(name, `/\<>:"|?*`), name)
		require.False(t, strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsGraphic(c) }), "%q", name)
		require.Equal(t, name, strings.Trim(name, ". "))
		require.Equal(t, name, media.Name(name))
		free := media.Free(name, []string{strings.ToUpper(name), name})
		require.NotEqual(t, strings.ToLower(name), strings.ToLower(free))
		require.Equal(t, free, media.Name(free))
	})
}

func TestATakenNameGetsANumber(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a.txt", media.Free("a.txt", []string{"b.txt"}))
	require.Equal(t, "a (2).txt", media.Free("a.txt", []string{"A.TXT"}))
	require.Equal(t, "a (4).txt", media.Free("a.txt", []string{"a.txt", "a (2).txt", "a (3).txt"}))
	require.Equal(t, "ÄRGER (2)", media.Free("ÄRGER", []string{"ärger"}))
	long := strings.Repeat("a", 116) + ".pdf"
	require.Equal(t, strings.Repeat("a", 112)+" (2).pdf", media.Free(long, []string{long}))
}
