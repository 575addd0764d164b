package payments

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// MaxAmount bounds one top-up or payout, in minor units: a balance must be able
// to hold what has been charged already.
const MaxAmount = 1_000_000_000_000_000

// Options set payments up.
type Options struct {
	Providers  []provider.Adapter // the first one is used for what is new; at least one
	Currencies []lance.Currency   // what wallets hold; default USD, EUR, GBP, JPY
	Wait       time.Duration      // how long TopUp and Payout wait for the provider's answer; default 10 s
	Losses     Losses             // what happens with what a lost chargeback leaves
}

// Service takes money in and sends it out. It has no state of its own.
type Service struct {
	db    lance.Runner[Repos]
	opts  Options
	waits bool // whether TopUp and Payout make the call that they owe
}

// NewService returns a service on any store that has the Repos. It fails with
// Invalid at /providers: "provider_required" when opts names none,
// "provider_name" when one cannot own accounts, being called by more than 64
// bytes or none, and "provider_twice" when two have one name; and at
// /losses/bearer ("bearer_unknown"), /losses/fees ("fee_rule_unknown") or a period of
// them ("period_range").
func NewService[R Repos](db lance.Runner[R], opts Options) (*Service, error) {
	var f lance.Faults
	if len(opts.Providers) == 0 {
		f.Add("/providers", "provider_required", "payments need a provider")
	}
	names := map[string]bool{}
	for _, p := range opts.Providers {
		if lance.PartyID(p.Name()).Check() != nil {
			f.Add("/providers", "provider_name", "a provider is named by 1 to 64 bytes of text")
		}
		if names[p.Name()] {
			f.Add("/providers", "provider_twice", "two providers have one name")
		}
		names[p.Name()] = true
	}
	opts.Losses = opts.Losses.filled()
	opts.Losses.check(&f)
	if err := f.Err(); err != nil {
		return nil, lance.Op("payments.NewService", err)
	}
	if len(opts.Currencies) == 0 {
		opts.Currencies = []lance.Currency{lance.USD, lance.EUR, lance.GBP, lance.JPY}
	}
	if opts.Wait <= 0 {
		opts.Wait = 10 * time.Second
	}
	return &Service{db: lance.Narrow(db, func(r R) Repos { return r }), opts: opts, waits: true}, nil
}

// On returns the service on a transaction that is open already (lance.Within, or
// a store that joined it). There it calls no provider, since what would be said
// of a call that the transaction then takes back? TopUp and Payout store what is
// owed; the engine makes the call when the transaction has committed.
func (s *Service) On(db lance.Runner[Repos]) *Service {
	return &Service{db: db, opts: s.opts}
}

// Providers returns the payment providers that the service was given, the one for
// what is new first.
func (s *Service) Providers() []provider.Adapter { return slices.Clone(s.opts.Providers) }

// checkAmount reports whether an amount may be moved in or out.
func (o *Options) checkAmount(m lance.Money) error {
	if err := lance.RequirePositive(m); err != nil {
		return err
	}
	if !slices.Contains(o.Currencies, m.Currency()) {
		return lance.E(lance.Invalid, "currency_unsupported", "wallets do not hold this currency")
	}
	if m.Minor() > MaxAmount {
		return lance.E(lance.Invalid, "money_overflow", "the amount is too large")
	}
	return nil
}

// adapter returns the provider of that name.
func (s *Service) adapter(name string) (provider.Adapter, error) {
	for _, p := range s.opts.Providers {
		if p.Name() == name {
			return p, nil
		}
	}
	return nil, lance.E(lance.Unavailable, "provider_missing", "the payment provider is not set up here")
}

// owner returns the party whose wallet the actor moves money in and out of.
func owner(by lance.Actor) (lance.PartyID, error) {
	if err := by.Require(); err != nil {
		return "", err
	}
	if by.IsSystem() {
		return "", lance.E(lance.Forbidden, "party_required", "only a party has a wallet")
	}
	return by.Party, by.Party.Check()
}

// relations are what an actor is to a payment besides its owner: an
// administrator, which nobody is to his own.
func relations(by lance.Actor, p lance.PartyID) []lance.Relation {
	if by.Has(lance.RoleAdmin) && by.Party != p && lance.PartyID(by.User) != p {
		return []lance.Relation{lance.ByAdmin}
	}
	return nil
}

// mine reports whether the actor may see what belongs to a party.
func mine(by lance.Actor, p lance.PartyID) bool {
	return by.IsSystem() || by.Party == p || by.Has(lance.RoleAdmin)
}

// read reads a row for an actor who may see what belongs to its party.
func read[D any, K ~string](ctx context.Context, rows lance.Rows[D, K], t *lance.Table[D], by lance.Actor, id K) (*D, error) {
	if err := by.Require(); err != nil {
		return nil, err
	}
	d, err := rows.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if party, _ := t.Get(d, "party").(string); !mine(by, lance.PartyID(party)) {
		return nil, t.NotFound()
	}
	return d, nil
}

// list reads a page of the actor's own rows, the latest first.
func list[D any, K ~string](ctx context.Context, rows lance.Rows[D, K], t *lance.Table[D], by lance.Actor, q lance.PageQuery) (lance.Page[D], error) {
	if err := by.Require(); err != nil {
		return lance.Page[D]{}, err
	}
	f := lance.Filter{Eq: map[string]any{"party": string(by.Party)}, Order: "created_at", Desc: true}
	return lance.List(ctx, rows, t, f, q)
}

// listAll is list for an actor, or with all for an administrator who lists those of
// everybody.
func listAll[D any, K ~string](ctx context.Context, rows lance.Rows[D, K], t *lance.Table[D], by lance.Actor, all bool, q lance.PageQuery) (lance.Page[D], error) {
	if !all {
		return list(ctx, rows, t, by, q)
	}
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return lance.Page[D]{}, err
	}
	return lance.List(ctx, rows, t, lance.Filter{Order: "created_at", Desc: true}, q)
}

// owe stores a call to a provider, and the clock that asks what became of it.
func owe(ctx context.Context, r Repos, relay string, of lance.Ref) error {
	call := lance.Delivery{Relay: relay, Key: of.ID, Subject: of, DueAt: r.Now()}
	if err := r.Deliveries().Enqueue(ctx, call); err != nil {
		return err
	}
	return r.Timers().Set(ctx, lance.Timer{Owner: of, Kind: timerPoll, DueAt: r.Now()})
}

// owed reports whether a call is still to be made, or under way.
func owed(ctx context.Context, r Repos, relay string, of lance.Ref) (bool, error) {
	d, err := r.Deliveries().Delivery(ctx, relay, of.ID)
	if lance.KindOf(err) == lance.NotFound {
		return false, nil
	}
	return d.State == lance.DeliveryQueued, err
}

// callNow makes a call that has just been stored, for a caller who waits for the
// answer. What fails here stays owed and is tried again and reported by the
// engine, so it is no fault of what the caller asked for.
func (s *Service) callNow(ctx context.Context, relay lance.Relay[Repos], key string) error {
	if !s.waits {
		return nil
	}
	relay.Timeout = s.opts.Wait
	_, _ = lance.Call(ctx, s.db, relay, key)
	return ctx.Err()
}

func fieldFault(pointer, code, msg string) error {
	var f lance.Faults
	f.Add(pointer, code, msg)
	return f.Err()
}
