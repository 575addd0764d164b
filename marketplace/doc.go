// Package marketplace is the whole engine: people and their profiles, projects
// and proposals, contracts and reviews, on escrow and payments.
//
// It only wires. Engine holds a service of each domain on one store, and does
// what goes on by itself: timers, reactions to events, calls to payment
// providers. Each domain stands alone too, for a host that needs only a part.
//
// A host that keeps rows of his own works in his own transaction and lets the
// engine join it:
//
//	engine.With(store.Join(tx)).Contracts.Accept(ctx, by, in)
package marketplace
