// Package ledger keeps the books: accounts of a closed chart, transfers between
// them, balances, lots and statements.
//
// A transfer moves an amount from the account it debits to the account it
// credits. An operation that moves money is a set of transfers, posted together
// by Post: all of them stand, or none. A transfer's ID is made from the
// operation (TransferIDFor), so that the same operation cannot post twice. The
// ledger is append-only: a mistake is corrected by another transfer.
//
// Accounts of parties, of agreements (hold) and of the guarantee fund have a
// floor: they never owe. Their balances are locked while money leaves or enters
// them, and each of their lines carries the balance after it. Accounts without a
// floor (fees, cash, costs) may be named in every transfer of a platform, so
// they have no balance that could be locked: transfers are only inserted, the
// sealing of the log adds them up, and a read adds what is not sealed yet.
//
// A pending transfer moves nothing yet: it reserves its amount on the account
// it will debit, until another transfer posts it (whole or in part) or voids
// it, or until it expires.
//
// Money from outside comes in lots: each credit of an account with a floor by
// one without opens a lot, and money that moves on takes its lots along, the
// oldest charge first. So a refund finds the payment to go back to, and a
// chargeback finds what it paid for.
//
// The package knows nothing of agreements, fees or providers: who may move what,
// and when, is decided by the packages that post.
package ledger
