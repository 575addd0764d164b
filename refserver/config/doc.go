// Package config is what the server can be told: one typed place for flags, the
// environment and a file, in this order of precedence, checked before anything
// starts.
//
// Every setting has one name: the flag --trust-proxy is LANCE_TRUST_PROXY in the
// environment and "trust-proxy" in the file. A secret is never a flag or a
// variable: a file holds it, and its path is what is set.
//
// This package opens nothing but the files that settings name, and decides
// nothing about the engine.
package config
