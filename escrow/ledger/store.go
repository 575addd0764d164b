package ledger

import (
	"cmp"
	"context"
	"slices"

	"github.com/megilance/lance"
)

// Repos is what the ledger needs of a transaction.
type Repos interface {
	lance.Repos
	// Ledger is the store of the books.
	Ledger() Store
}

// Store keeps the books. It has no rules of its own beyond the ones said here:
// what may be posted is decided by this package.
type Store interface {
	// Load returns what a set of transfers depends on and locks the balances of
	// w.Accounts, in their order, until the transaction ends. All it returns is
	// as of after the locks were taken.
	Load(ctx context.Context, w Want) (*Loaded, error)
	// Write adds the transfers of a set, stores what they change, and has the log
	// witness them as lance.Log.Witness does. It fails with Conflict
	// "transfer_exists", and then has written nothing, when one of the IDs, or a
	// settlement of the same pending transfer, was written since Load.
	Write(ctx context.Context, c Changes) error
	// Balances returns the balances of accounts in the order asked for, zero for
	// one that has no lines; without accounts those of every account that has
	// lines, in order. It takes no locks.
	Balances(ctx context.Context, accounts ...Account) ([]Balance, error)
	// Totals returns for each currency, in order, what the stored balances sum
	// to, and how many accounts and transfers there are.
	Totals(ctx context.Context) ([]Total, error)
	// Statement returns lines of an account with N < before (any, when before is
	// 0), latest first, at most limit. An account without a floor has lines for
	// the transfers that are sealed in the log, in the log's order.
	Statement(ctx context.Context, a Account, before int64, limit int) ([]Line, error)
	// Shares returns the parts of lots that an account has with Lot > after, in
	// order, at most limit.
	Shares(ctx context.Context, a Account, after LotID, limit int) ([]LotShare, error)
	// Lots returns those of the lots that are known, in order of their IDs.
	Lots(ctx context.Context, ids ...LotID) ([]Lot, error)
	// Kept returns what is kept of accounts whose String is greater than after,
	// in order, at most limit: of each that has a balance or parts of lots.
	Kept(ctx context.Context, after string, limit int) ([]Kept, error)
	// Sums returns what the stored balances of each kind and currency sum to, in
	// order of kind and currency, of those that have lines.
	Sums(ctx context.Context) ([]Sum, error)
	// Find returns transfers in order of their IDs.
	Find(ctx context.Context, q Query) ([]Transfer, error)
}

// Want is what a set of transfers depends on.
type Want struct {
	Accounts  []Account    // with a floor, in order, without repetition
	Transfers []TransferID // that may be known
	Lots      []LotID      // named by transfers
}

// SharesAhead is how many of an account's oldest shares are kept in its Front at
// most.
const SharesAhead = 4

// Front is what of an account's shares is kept beside its balance: the oldest, so
// that most sets need no others. Those are kept each by itself.
type Front struct {
	Shares []LotShare // in order of the lots
	More   bool       // whether there may be others, all of later lots
}

// After returns those with Lot > after, at most limit.
func (f Front) After(after LotID, limit int) []LotShare {
	i, found := slices.BinarySearchFunc(f.Shares, after, func(s LotShare, lot LotID) int { return cmp.Compare(s.Lot, lot) })
	if found {
		i++
	}
	return slices.Clone(f.Shares[i:min(i+limit, len(f.Shares))])
}

// Loaded is what Load found.
type Loaded struct {
	Balances  []Balance  // one for each of Want.Accounts, in order
	Fronts    []Front    // likewise
	Transfers []Transfer // those of Want.Transfers that are known, in order of their IDs
	Named     []Holding  // shares of Want.Lots in Want.Accounts that are in no front, in any order
	Lots      []Lot      // those of Want.Lots that are known
}

// Changes is what a set of transfers changes.
type Changes struct {
	Transfers []Transfer    // to insert, in this order
	Entries   []lance.Entry // by which the log witnesses them
	Balances  []Balance     // the new balances of accounts with a floor, all locked by Load, in order
	Fronts    []Front       // of these accounts, likewise
	Shares    []Shift       // of shares outside of fronts, in order of account and lot
	Lots      []Lot         // to insert
}

// Shift changes the part of a lot that an account has outside of its front. One
// that reaches zero is removed.
type Shift struct {
	Account Account
	Lot     LotID
	By      int64 // minor units, never 0
	Known   bool  // whether Load or Shares returned the share; otherwise By is above 0 and the share may be there or not
	After   int64 // what is left, when Known
}

// Query selects transfers.
type Query struct {
	IDs      []TransferID // only these
	Open     *Account     // only pending transfers that debit this account and are not settled
	Corrects []TransferID // only those that correct one of these
	Loose    bool         // only those that have no place in the log; it looks at every transfer
	After    TransferID   // only with a greater ID
	Limit    int          // at most so many; 0: all
}

// Balance is what an account has. Amounts are in the account's own direction:
// debits less credits for an asset, credits less debits for all others.
type Balance struct {
	Account    Account
	Posted     lance.Money // by transfers that moved money
	PendingOut lance.Money // reserved by pending transfers
	Lines      int64       // of its statement; for an account without a floor those not sealed yet are counted too
}

// Available returns what may be moved on: Posted less PendingOut.
func (b Balance) Available() lance.Money {
	return minor(b.Posted.Minor()-b.PendingOut.Minor(), b.Account.Currency)
}

// Credit returns Posted as credits less debits, whatever the account's own
// direction.
func (b Balance) Credit() lance.Money {
	return minor(b.Posted.Minor()*b.Account.sign(), b.Account.Currency)
}

// Kept is what is kept of an account.
type Kept struct {
	Balance Balance
	Shares  []LotShare // parts of lots, in order of the lots
}

// Line is one line of an account's statement.
type Line struct {
	N        int64 // from 1, without gaps
	Transfer Transfer
	Change   lance.Money // by this transfer, in the account's own direction
	Balance  lance.Money // after it
}

// Total sums the books of one currency up.
type Total struct {
	Currency  lance.Currency
	Imbalance lance.Money // credits less debits over all balances: zero
	Accounts  int64       // that have lines
	Transfers int64       // pending and voiding ones, too
}
