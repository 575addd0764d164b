// Package escrow keeps agreements between a payer and a payee: the payer funds
// the price, the payee submits, and what is held is released to him or goes
// back.
//
// An agreement is about a Subject, which is any reference the embedder likes: a
// milestone, an order, a week. One agreement owns the money's state and every
// clock; title, files and messages belong to the subject. Parties are named by
// free text, so that an embedder may use the identifiers of his own users.
//
//   - agree makes an agreement; with a time to accept it is a proposal until the
//     other party accepts;
//   - fund moves the price or a part of it, and the payer's fees on it, from what
//     the payer has available into the agreement's own account, its hold;
//   - submit starts the inspection clock, once the whole price is held; request
//     changes stops it;
//   - approve releases all that is left to the payee less the fees, as does the
//     clock when the inspection is over; release does so with a part, and the
//     rest rolls forward. Several payees share what is released by their weights;
//   - refund sends what is left, or a part of it, back to the payer. The payee
//     does that, or an administrator without a stake; the payer can ask, and if
//     the payee does not decline in time, the policy answers for him;
//   - amend proposes another price; when the other party accepts, what is held
//     changes with it at once;
//   - freeze stops everything for a case (package dispute, a chargeback, one of the
//     embedder's): no money moves, the clocks stand. Thaw lets them go on where they
//     stood; rule ends the agreement by dividing what is held. Both are done through
//     who keeps that case, a Keeper, and nobody else;
//   - reclaim takes out of a frozen agreement what a bank has taken back; it goes on
//     with what other charges have paid for;
//   - cancel ends an agreement that holds nothing;
//   - indemnify gives the payer back what was released, out of the guarantee fund, when
//     somebody above says so: the payee keeps it.
//
// The policy's rule of funding decides whether work can be submitted before the
// price is held. Held money has a limit that counts from when the oldest of it was
// charged: before it the engine warns, at it the money goes where the policy says.
//
// What is released becomes available at once or, where the policy has a
// clearance, when that is over. An agreement keeps the policy it was made under.
//
// Each operation is a Service method in a transaction of its own, and a function
// …In inside the caller's. A caller who locks something of his own together with
// an agreement locks both in one call (Ref names the agreement), since locks are
// taken in one order.
//
// The package does not own accounts (package ledger keeps the books), fees and
// periods (package policy), or the way money comes in and goes out (payments).
// It moves entries in books and holds no money: it is no escrow agent.
package escrow
