// Package throttle holds back who tries too often: an auth.Throttle in the
// memory of one process.
//
// A key may do some things at once and then one more each while, counted for
// each operation apart. What is remembered of a key is one time, and of no more
// keys than a bound: past that the one that was quiet for longest is forgotten.
// An IPv6 address counts as its /64, for whoever has one has them all.
//
// Several processes each count what they see. Whoever wants one count for all
// implements auth.Throttle on a store that they share.
package throttle
