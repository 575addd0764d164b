// Package project holds what a client wants done and who offers to do it.
//
// A project is a piece of work that a client describes: its skills, its budget
// and who may see it. It is a draft until it is published, takes proposals
// while it is open, and is awarded when one of them is accepted. Closing it
// only stops new proposals; cancelling it ends it. Nothing is ever deleted.
//
// A proposal is one freelancer's offer: a letter and the milestones he would
// deliver, each with its price. A freelancer has at most one active proposal
// per project, and none on a project of his own.
//
// This package does not own the contract that an accepted proposal becomes:
// package contract calls AwardIn, CompleteIn and VacateIn in its own
// transactions. It holds no money and knows no ratings: Options.Ratings brings
// them in for comparing.
package project
