// Package demo fills a test store with a small marketplace that has been going
// for two months, and tells an evaluator what to try in it.
//
// Everything is done through the engine's services by the people it is about,
// while the clock moves on: nothing is written behind their backs, so the books
// balance and every history is whole. Projects stand in each of their states,
// contracts are half-way, money is in escrow, one submission waits for an answer
// while its clock runs.
//
// It owns no rule; what it tells is played.
package demo
