// Package guarantee gives payers back what was released, where the agreement's policy
// promises that (policy.Guarantee).
//
// A Claim is made by the payer of an agreement within a window from its last release,
// for an amount of what was released. Somebody without a stake decides about it, an
// arbiter or an administrator as the policy says, and grants all of it, a part, or
// nothing; when nobody has decided in time, the policy does. Of one agreement one
// claim is open at a time.
//
// What is granted goes to what the payer has available: first out of what the
// agreement holds yet, as a refund of it, and else out of the guarantee fund, which an
// administrator fills from the platform's fees or with cash that he brings (Fill).
// Where it cannot be paid the claim waits, whole, and says why (Why): the fund has not
// enough, a case or a chargeback has the agreement frozen, or one about money that it
// has released is open. It is tried again each hour, and when the fund is filled.
//
// Nobody gets the same money back twice: no more is paid than was released, less what
// claims, banks and corrections have given back already. A claim of which nothing is
// left by then is overtaken; of one that a bank gives back after it was paid the payer
// owes what he has twice (payments.PartGuaranteed).
//
// The payees keep what they were paid, in clearance, too; where the policy says so
// they owe it (payments.Debt), and what they pay of that goes to the fund.
//
// A claim has no lock of its own: it is locked with its agreement, to which its clocks
// belong (Timer.Owner). The package does not own the agreement (package escrow), debts
// and chargebacks (package payments), or the promise (package policy).
package guarantee
