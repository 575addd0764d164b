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
	Held      lance.Money // in agreements the party pays for, in payouts under way, and set aside while a chargeback is open
	Pending   lance.Money // top-ups the provider has not confirmed, and releases in clearance
	Owed      lance.Money // what the party owes the platform
}

// Wallet returns a party's balances, those of currencies in which there is or was
// something, by code; for a party that has nothing yet, zero in the first
// currency. It is for the party itself, administrators and the engine. It fails
// with Unauthorized "actor_required", or NotFound "wallet_not_found" for others.
func (s *Service) Wallet(ctx context.Context, by lance.Actor, p lance.PartyID) ([]Balance, error) {
	return lance.Read(ctx, s.db, "payments.Wallet", func(ctx context.Context, r Repos) ([]Balance, error) {
		if err := seeWallet(by, p); err != nil {
			return nil, err
		}
		return s.balances(ctx, r, p)
	})
}

// Statement lists the lines of a party's available balance in one currency, the
// latest first, each with the balance after it. It fails as Wallet does, and
// with Invalid "invalid_input" with /currency ("currency_unknown"), /limit
// ("limit_range") or /cursor ("cursor_syntax").
func (s *Service) Statement(ctx context.Context, by lance.Actor, p lance.PartyID, c lance.Currency, q lance.PageQuery) (lance.Page[ledger.Line], error) {
	return lance.Read(ctx, s.db, "payments.Statement", func(ctx context.Context, r Repos) (lance.Page[ledger.Line], error) {
		if err := seeWallet(by, p); err != nil {
			return lance.Page[ledger.Line]{}, err
		}
		if c.IsZero() {
			return lance.Page[ledger.Line]{}, fieldFault("/currency", "currency_unknown", "a statement is in one currency")
		}
		return ledger.Statement(ctx, r, ledger.Available(p, c), q)
	})
}

func seeWallet(by lance.Actor, p lance.PartyID) error {
	if err := by.Require(); err != nil {
		return err
	}
	if p.Check() != nil || !mine(by, p) {
		return lance.E(lance.NotFound, "wallet_not_found", "there is no such wallet")
	}
	return nil
}

// kinds are the accounts of a wallet in one currency.
var kinds = []func(lance.PartyID, lance.Currency) ledger.Account{
	ledger.Available, ledger.Pending, ledger.Clearance, ledger.Payout, ledger.Reserve, ledger.Receivable,
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
	currencies := s.currencies(held, coming)
	var accounts []ledger.Account
	for _, c := range currencies {
		for _, of := range kinds {
			accounts = append(accounts, of(p, c))
		}
	}
	books, err := ledger.BalancesOf(ctx, r, accounts...)
	if err != nil {
		return nil, err
	}
	var out []Balance
	for i, c := range currencies {
		b, used, err := sumUp(c, books[i*len(kinds):(i+1)*len(kinds)], only(c, held), only(c, coming))
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

// sumUp makes one balance of a currency's accounts, in the order of kinds, and
// reports whether there is or was anything.
func sumUp(c lance.Currency, books []ledger.Balance, held, coming []lance.Money) (b Balance, used bool, err error) {
	available, pending, clearance, payout, reserve, owed := books[0], books[1], books[2], books[3], books[4], books[5]
	b = Balance{Currency: c, Available: available.Available(), Owed: owed.Posted}
	if b.Held, err = lance.Sum(c, append(held, available.PendingOut, payout.Posted, reserve.Posted)...); err != nil {
		return b, false, err
	}
	b.Pending, err = lance.Sum(c, append(coming, pending.Posted, clearance.Posted)...)
	used = len(held)+len(coming) > 0 || slices.ContainsFunc(books, func(x ledger.Balance) bool { return x.Lines > 0 })
	return b, used, err
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
	ts, err := r.TopUps().Find(ctx, lance.Filter{Eq: map[string]any{"party": string(p), "state": string(Processing)}})
	out := make([]lance.Money, len(ts))
	for i, t := range ts {
		out[i] = t.Amount
	}
	return out, err
}
