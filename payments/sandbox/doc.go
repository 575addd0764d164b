// Package sandbox is a payment provider that moves no money: for tests,
// demonstrations and simulations. A live store refuses it.
//
// What happens is decided by the token alone. Payment methods: pm_ok succeeds;
// pm_declined is refused; pm_pending is pending and has succeeded when it is
// looked up; pm_chargeback and pm_chargeback_won succeed, are charged back when
// Webhooks is asked the next time, and are lost or won DecideAfter that. Payout
// destinations: ba_ok is submitted and has succeeded when it is looked up;
// ba_rejected is submitted and was refused when it is looked up. Any other token
// is Invalid. The tests of other packages also use Outage.
//
// A token is written into the provider's reference, so a sandbox that was
// restarted still knows what became of a charge, a payout or a chargeback. It does
// not remember which charges were still to be charged back.
package sandbox
