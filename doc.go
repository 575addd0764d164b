// Package lance is the vocabulary that every other package of this module
// shares: money and currencies, faults, identifiers, actors and parties,
// events, lifecycles, timers, transactions, tables and text rules.
//
// It imports nothing else of the module and does no input or output of its
// own. What a word means here, it means everywhere.
package lance
