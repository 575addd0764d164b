package sqlitetest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

var (
	mu     sync.Mutex
	models = map[string][]byte{} // by key: a prepared file
)

// Copy returns the path of a file that belongs to tb alone and begins as what
// prepare made of an empty one: once in this process for each key. prepare
// closes what it opens, so that all is in that one file. The test fails when
// prepare does, or the file cannot be copied.
func Copy(tb testing.TB, key string, prepare func(path string) error) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "test.db")
	model, err := prepared(tb, key, prepare)
	if err == nil {
		err = os.WriteFile(path, model, 0o600)
	}
	if err != nil {
		tb.Fatalf("sqlitetest: %v", err)
	}
	return path
}

// prepared returns the content of the file that prepare made for the key.
func prepared(tb testing.TB, key string, prepare func(path string) error) ([]byte, error) {
	mu.Lock()
	defer mu.Unlock()
	if model, ok := models[key]; ok {
		return model, nil
	}
	path := filepath.Join(tb.TempDir(), "model.db")
	if err := prepare(path); err != nil {
		return nil, err
	}
	model, err := os.ReadFile(path)
	models[key] = model
	return model, err
}
