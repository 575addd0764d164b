// Package clocktest is a clock that a test moves: the one that every suite and
// the server's tests give to a store.
//
// It owns nothing but where it stands, and never goes by itself.
package clocktest
