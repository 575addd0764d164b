package payments

import (
	"context"
	"slices"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// Balance is what a party has in one currency.
type Balance struct {
	Currency  lance.Currency
	Available lance.Money // may be spent now
	Held      lance.Money // in agreements the party pays for, and in payouts under way
	Pending   lance.Money // top-ups the provider has not confirmed, and releases in clearance
	Owed      lance.Money // what the party owes the platform
}

// Wallet returns a party's balances, those of currencies in which there is or was
// something, by code; for one that has nothing yet, zero in the first currency.
// Only the party itself and administrators may see it: for others it is NotFound
// "wallet_not_found".
func (s *Service) Wallet(ctx context.Context, by lance.Actor, p lance.PartyID) ([]Balance, error) {
	const op = "payments.Wallet"
	if err := s.seeWallet(by, p); err != nil {
		return nil, lance.Op(op, err)
	}
	var out []Balance
	err := s.db.View(ctx, func(ctx context.Context, r Repos) (err error) {
		out, err = s.balances(ctx, r, p)
		return err
	})
	return out, lance.Op(op, err)
}

func (s *Service) seeWallet(by lance.Actor, p lance.PartyID) error {
	if err := by.Require(); err != nil {
		return err
	}
	if !mine(by, p) {
		return lance.E(lance.NotFound, "wallet_not_found", "there is no such wallet")
	}
	return nil
}

// balances sums up a party's accounts, what its agreements hold and what the
// provider has not confirmed.
func (s *Service) balances(ctx context.Context, r Repos, p lance.PartyID) ([]Balance, error) {
	held, err := r.Agreements().HeldBy(ctx, p)
	if err != nil {
		return nil, err
	}
	coming, err := unconfirmed(ctx, r, p)
	if err != nil {
		return nil, err
	}
	var out []Balance
	for _, c := range s.currencies(held, coming) {
		b, used, err := balance(ctx, r, p, c, held, coming)
		if err != nil {
			return nil, err
		}
		if used {
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		none := lance.NewMoney(0, s.opts.Currencies[0])
		out = []Balance{{none.Currency(), none, none, none, none}}
	}
	return out, nil
}

// currencies returns, by code, those that wallets hold and those of the amounts.
func (s *Service) currencies(amounts ...[]lance.Money) []lance.Currency {
	out := slices.Clone(s.opts.Currencies)
	for _, m := range slices.Concat(amounts...) {
		out = append(out, m.Currency())
	}
	slices.SortFunc(out, func(a, b lance.Currency) int { return strings.Compare(a.Code(), b.Code()) })
	return slices.Compact(out)
}

// balance sums one currency up, and reports whether there is or was anything.
func balance(ctx context.Context, r Repos, p lance.PartyID, c lance.Currency, held, coming []lance.Money) (b Balance, used bool, err error) {
	accounts, err := ledger.BalancesOf(ctx, r, wallet(p, c)...)
	if err != nil {
		return b, false, err
	}
	available, clearance, payout, owed := accounts[0], accounts[2], accounts[3], accounts[4]
	heldIn, waiting := only(c, held), only(c, coming)
	b = Balance{Currency: c, Available: available.Available(), Owed: owed.Posted}
	if b.Held, err = lance.Sum(c, append(heldIn, available.PendingOut, payout.Posted)...); err != nil {
		return b, false, err
	}
	b.Pending, err = lance.Sum(c, append(waiting, accounts[1].Posted, clearance.Posted)...)
	for _, a := range accounts {
		used = used || a.Lines > 0 || !a.PendingOut.IsZero()
	}
	return b, used || len(heldIn)+len(waiting) > 0, err
}

// only returns the amounts of one currency.
func only(c lance.Currency, amounts []lance.Money) []lance.Money {
	var out []lance.Money
	for _, m := range amounts {
		if m.Currency() == c {
			out = append(out, m)
		}
	}
	return out
}

// unconfirmed returns the amounts of a party's top-ups that are processing.
func unconfirmed(ctx context.Context, r Repos, p lance.PartyID) ([]lance.Money, error) {
	ts, err := r.TopUps().Find(ctx, lance.Filter{Eq: map[string]any{"party": string(p), "state": string(TopUpProcessing)}})
	out := make([]lance.Money, len(ts))
	for i, t := range ts {
		out[i] = t.Amount
	}
	return out, err
}

// Statement lists the lines of a party's available balance in one currency, the
// latest first, each with the balance after it. Faults as Wallet, and Invalid
// "limit_range", "cursor_syntax", or /currency "currency_unknown".
func (s *Service) Statement(ctx context.Context, by lance.Actor, p lance.PartyID, c lance.Currency, q lance.PageQuery) (lance.Page[ledger.Line], error) {
	const op = "payments.Statement"
	var page lance.Page[ledger.Line]
	err := s.seeWallet(by, p)
	if err == nil && c.IsZero() {
		err = fault("/currency", "currency_unknown", "a statement is in one currency")
	}
	if err == nil {
		err = s.db.View(ctx, func(ctx context.Context, r Repos) (err error) {
			page, err = ledger.Statement(ctx, r, ledger.Available(p, c), q)
			return err
		})
	}
	return page, lance.Op(op, err)
}
