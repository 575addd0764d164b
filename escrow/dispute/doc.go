// Package dispute decides what becomes of held money when the two parties of an
// agreement cannot agree.
//
// A Case is about one agreement of package escrow, which it freezes: while it is
// open no money moves and the agreement's clocks stand. One of the two parties opens
// it, says why, and claims a split of what is held: so much of the price to the
// payee, the rest back to the payer. It goes through stages, each with a deadline
// after which it goes on by itself, as the agreement's policy says:
//
//   - opened: the other party responds, or concedes. Its silence grants the claim,
//     or calls for an arbiter;
//   - negotiation: the parties offer each other splits. One that is accepted is
//     carried out at once. Either may call for a mediator, as does the clock;
//   - mediation: a mediator helps them. He may offer splits, too, which both have to
//     accept. He, or the clock, calls for an arbiter;
//   - arbitration: an arbiter rules. Without a ruling in time the policy decides
//     for all that is held;
//   - ruled: a party may appeal, once, and another arbiter rules; if he does not in
//     time, the first ruling stands. When nobody appeals in time it is carried out.
//
// Resolved is a case whose money is divided: the parts and the fees sum to what was
// held, and the ruling says who bears the fees (escrow.Bearer). Withdrawn is one
// that was taken back before arbitration: the agreement goes on with the time it
// had left. No offer, and nothing else that is said, gives a stage more time, and
// each party may open only so many cases in one agreement.
//
// Both parties show evidence, texts and files, until an arbiter has ruled. It is only
// added to. Files are kept elsewhere: the case has their names, sizes and SHA-256,
// and the log has the latter and the salted hash of the texts; Scope lets an audit
// find an item that was changed.
//
// Mediators and arbiters have lance.RoleArbiter and no stake. An administrator
// assigns them, or they take a case that has nobody. Options.Arbiters tells who is
// one.
//
// Something stronger than a case, a chargeback above all, suspends it, lets it go
// on, or overtakes it: SuspendIn, ResumeIn and OvertakeIn.
//
// A case has no lock of its own: it is locked with its agreement, to which its clock
// belongs (Timer.Owner). The package does not own the agreement's money and clocks
// (package escrow), the deadlines (package policy), or files.
package dispute
