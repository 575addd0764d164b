// Package contract holds what a client and a freelancer have agreed on and how
// the work goes.
//
// A contract begins when a client accepts a proposal: in one transaction the
// contract and its milestones appear, each milestone with an escrow agreement
// of its own, the project is awarded and the other proposals are declined. A
// milestone is funded, its work submitted, perhaps sent back with a request for
// changes, submitted again, and approved; meanwhile one party may propose another
// amount, and the other agree to it. When every milestone is finished the
// contract is: completed if any was approved, cancelled otherwise, and its
// project with it.
//
// The agreement owns the money and every clock; the milestone owns title, due
// date and the turns of the work. What a caller sees as the state of a
// milestone is derived from both (StateOf), so that it is right even in the
// moment between a release by the clock and the reaction that records it.
//
// This package does not own ratings: package review lets the parties of a
// completed contract speak of each other.
package contract
