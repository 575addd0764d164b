package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/launcher/flags"
	"github.com/go-rod/rod/lib/proto"
	"github.com/stretchr/testify/require"
)

// browser starts a Chromium. Where there is none the test is skipped by name; in
// CI that fails.
func browser(t *testing.T) *rod.Browser {
	t.Helper()
	bin := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			bin = path
			break
		}
	}
	if bin == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("in CI the browser is never skipped: install chromium")
		}
		t.Skip("no Chromium here")
	}
	l := launcher.New().Bin(bin).Leakless(false).Headless(true).NoSandbox(true).UserDataDir(t.TempDir())
	for _, flag := range []flags.Flag{"disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		l = l.Set(flag)
	}
	control, err := l.Launch()
	require.NoError(t, err)
	b := rod.New().ControlURL(control)
	require.NoError(t, b.Connect())
	t.Cleanup(func() {
		_ = b.Close()
		l.Kill()
		l.Cleanup()
	})
	return b
}

// timeToShow is how long a busy machine may take until a page shows something.
const timeToShow = time.Minute

// The page of the documents shows every chapter in a real browser, asks nobody
// but this server for anything, and logs no error.
func TestTheDocumentsShowInABrowser(t *testing.T) {
	t.Parallel()
	b := browser(t)
	url, _, _ := up(t, "--dsn", "sqlite:"+filepath.Join(t.TempDir(), "lance.db"))
	page, err := b.Page(proto.TargetCreateTarget{})
	require.NoError(t, err)
	var mu sync.Mutex
	var asked, wrong []string
	go page.EachEvent(func(e *proto.NetworkRequestWillBeSent) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, e.Request.URL)
	}, func(e *proto.RuntimeExceptionThrown) {
		mu.Lock()
		defer mu.Unlock()
		wrong = append(wrong, e.ExceptionDetails.Text)
	})()
	require.NoError(t, page.Navigate(url+"/docs"))
	for _, text := range []string{"lance", "Projects", "Money"} {
		_, err := page.Timeout(timeToShow).ElementR("*", text)
		require.NoError(t, err, "%s is not shown", text)
	}
	_, err = page.Timeout(timeToShow).ElementR("a, button, h2", "Open projects, latest published first|Projects")
	require.NoError(t, err)
	mu.Lock()
	defer mu.Unlock()
	require.Empty(t, wrong)
	require.NotEmpty(t, asked)
	for _, u := range asked {
		require.True(t, strings.HasPrefix(u, url) || strings.HasPrefix(u, "data:") || strings.HasPrefix(u, "blob:"), "the page asks %s", u)
	}
}
