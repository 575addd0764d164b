// Package levers is what a test store has besides: a clock that can be moved
// ahead, a mailbox that shows the mail that would have been sent, and a switch
// that cuts the sandbox off.
//
// A store needs its clock before it is opened, and an engine needs where its mail
// goes: so the Clock comes first, then the store, then the Mailbox with the
// engine, and Levers hold them all together. A store that was born live has none.
//
// Levers step the engine themselves, so that they can say what happened because
// the time was moved; where a process has them it runs Levers.Run in place of
// Engine.Run. The clock is moved for one process: a test store is used by one.
package levers
