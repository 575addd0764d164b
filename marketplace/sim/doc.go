// Package sim plays a marketplace's money against a store: clients, freelancers,
// arbiters and administrators who do at random whatever they may, and now and
// then what they may not; a payment provider that delays, declines, repeats and
// mixes up what it tells; days that pass at once; and a process that dies at any
// transaction and is started again from the store. After every step it holds the
// whole store against laws that must hold whatever has happened.
//
// One number, the seed, decides all of it, so that a run can be played again
// exactly. A run that breaks a Law ends with a Failure, which says what broke, at
// which step, and the shortest part of the run that it found to break it still.
//
// What is played is the engine itself, through the functions that a host calls.
// The store comes in by an Open, so that one of your own can be put under it. Its
// clock does not matter; its identifiers have to follow from the seed.
//
// In this repository the simulation is run by the package's own tests:
//
//	go test ./marketplace/sim                       // some tens of runs
//	go test ./marketplace/sim -sim.runs=10000       // as CI does, on the store in memory
//	go test ./marketplace/sim -sim.seed=42          // one run, told step by step with -v
//	go test ./marketplace/sim -sim.seed=42 -sim.acts=0,3,17   // only those steps of it
//	go test ./marketplace/sim -sim.seed=42 -sim.store=postgres // or sqlite; memory if not given
//	go test ./marketplace/sim -sim.databases=100    // so many runs on SQLite and on PostgreSQL
//	go test ./marketplace/sim -sim.steps=200        // longer runs
//
// The package does not own the laws of one package alone, which its own suite
// proves, nor what only concurrency can break: one thing happens at a time here.
package sim
