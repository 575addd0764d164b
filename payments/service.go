package payments

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// Options set payments up.
type Options struct {
	Providers  []provider.Adapter // the first one is used for what is new; at least one
	Currencies []lance.Currency   // what wallets hold; default USD, EUR, GBP, JPY
	Wait       time.Duration      // how long TopUp and Payout wait for the provider's answer; default 10 s
}

// Service takes money in and sends it out. It has no state of its own.
type Service struct {
	db   lance.Runner[Repos]
	opts Options
}

// NewService returns a service on any store that has the Repos. It fails with
// Invalid "provider_required" when opts names no provider, and with
// "provider_twice" when two have one name.
func NewService[R Repos](db lance.Runner[R], opts Options) (*Service, error) {
	var f lance.Faults
	if len(opts.Providers) == 0 {
		f.Add("/providers", "provider_required", "payments need a provider")
	}
	names := map[string]bool{}
	for _, p := range opts.Providers {
		if names[p.Name()] {
			f.Add("/providers", "provider_twice", "two providers have one name")
		}
		names[p.Name()] = true
	}
	if err := f.Err(); err != nil {
		return nil, lance.Op("payments.NewService", err)
	}
	if len(opts.Currencies) == 0 {
		opts.Currencies = []lance.Currency{lance.USD, lance.EUR, lance.GBP, lance.JPY}
	}
	if opts.Wait <= 0 {
		opts.Wait = 10 * time.Second
	}
	return &Service{db: lance.Narrow(db, func(r R) Repos { return r }), opts: opts}, nil
}

// On returns the service on another runner, such as an open transaction.
func (s *Service) On(db lance.Runner[Repos]) *Service { return &Service{db: db, opts: s.opts} }

// checkAmount reports whether an amount may be moved in or out.
func (o *Options) checkAmount(m lance.Money) error {
	if err := lance.RequirePositive(m); err != nil {
		return err
	}
	if !slices.Contains(o.Currencies, m.Currency()) {
		return lance.E(lance.Invalid, "currency_unsupported", "wallets do not hold this currency")
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

// TopUp charges a payment method and credits the party's wallet when the
// provider confirms. It waits for the provider's answer for Options.Wait; past
// that it returns the top-up in state processing, and the engine goes on. A
// refusal returns the stored top-up together with Declined "top_up_declined".
// Faults: Unauthorized "actor_required"; Invalid with /amount
// ("money_not_positive", "currency_unsupported") or /payment_method ("text_…",
// "method_unknown"); Conflict "key_reused".
func (s *Service) TopUp(ctx context.Context, by lance.Actor, in TopUpInput) (*TopUp, error) {
	const op = "payments.TopUp"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(&s.opts); err != nil {
		return nil, lance.Op(op, err)
	}
	var id TopUpID
	err := s.db.InTx(ctx, func(ctx context.Context, r Repos) (err error) {
		id, err = s.request(ctx, r, by, in)
		return err
	})
	if err == nil {
		err = s.now(ctx, s.charges(), string(id))
	}
	if err != nil {
		return nil, lance.Op(op, err)
	}
	t, err := s.GetTopUp(ctx, lance.System("payments"), id)
	if err == nil && t.State == TopUpDeclined {
		err = lance.E(lance.Declined, "top_up_declined", "the payment was declined")
		if t.Code == "method_unknown" {
			err = fault("/payment_method", t.Code, "the provider does not know this payment method")
		}
	}
	return t, lance.Op(op, err)
}

func fault(pointer, code, msg string) error {
	var f lance.Faults
	f.Add(pointer, code, msg)
	return f.Err()
}

// request stores a top-up and the charge that is owed for it.
func (s *Service) request(ctx context.Context, r Repos, by lance.Actor, in TopUpInput) (TopUpID, error) {
	fresh := lance.NewID[TopUpID]("top", r)
	id, first, err := lance.Once(ctx, r, by, in.Key, "payments.TopUp", in, string(fresh))
	if err != nil || !first {
		return TopUpID(id), err
	}
	t := &TopUp{
		ID: fresh, Party: by.Party, Amount: in.Amount, Method: in.Method,
		Provider: s.opts.Providers[0].Name(), State: TopUpLifecycle.Start(),
		CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	if err := r.TopUps().Insert(ctx, t); err != nil {
		return "", err
	}
	if err := lance.Emit(ctx, r, by, t.change(), TopUpRequested{t.changed()}); err != nil {
		return "", err
	}
	return t.ID, r.Deliveries().Enqueue(ctx, lance.Delivery{
		Relay: relayCharge, Key: string(t.ID), Subject: t.Stream(), DueAt: r.Now(), State: lance.DeliveryQueued,
	})
}

// now makes a call that has just been stored, for a caller who waits. When the
// provider does not answer, the call stays owed and that is no error.
func (s *Service) now(ctx context.Context, relay lance.Relay[Repos], key string) error {
	waiting, cancel := context.WithTimeout(ctx, s.opts.Wait)
	defer cancel()
	_, err := lance.Call(waiting, s.db, relay, key)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if waiting.Err() != nil || lance.KindOf(err) == lance.Unavailable {
		return nil
	}
	return err
}

// GetTopUp returns a top-up to its party or an administrator; for anybody else
// it is NotFound "top_up_not_found".
func (s *Service) GetTopUp(ctx context.Context, by lance.Actor, id TopUpID) (*TopUp, error) {
	t, err := get(ctx, s.db, by, func(ctx context.Context, r Repos) (*TopUp, lance.PartyID, error) {
		t, err := r.TopUps().Get(ctx, id)
		if err != nil {
			return nil, "", err
		}
		return t, t.Party, nil
	}, TopUpTable.NotFound)
	return t, lance.Op("payments.GetTopUp", err)
}

// TopUps lists the actor's own top-ups, the latest first. Faults: Unauthorized
// "actor_required"; Invalid "limit_range", "cursor_syntax".
func (s *Service) TopUps(ctx context.Context, by lance.Actor, q lance.PageQuery) (lance.Page[TopUp], error) {
	page, err := list(ctx, s.db, by, TopUpTable, Repos.TopUps, q)
	return page, lance.Op("payments.TopUps", err)
}

// get reads one row for an actor who may see what belongs to its party.
func get[D any](ctx context.Context, db lance.Runner[Repos], by lance.Actor, read func(context.Context, Repos) (*D, lance.PartyID, error), none func() error) (*D, error) {
	if err := by.Require(); err != nil {
		return nil, err
	}
	var out *D
	err := db.View(ctx, func(ctx context.Context, r Repos) error {
		d, party, err := read(ctx, r)
		if err == nil && !mine(by, party) {
			err = none()
		}
		out = d
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// list reads a page of the actor's own rows, the latest first.
func list[D any, K ~string](ctx context.Context, db lance.Runner[Repos], by lance.Actor, t *lance.Table[D], rows func(Repos) lance.Rows[D, K], q lance.PageQuery) (lance.Page[D], error) {
	var page lance.Page[D]
	if err := by.Require(); err != nil {
		return page, err
	}
	err := db.View(ctx, func(ctx context.Context, r Repos) (err error) {
		f := lance.Filter{Eq: map[string]any{"party": string(by.Party)}, Order: "created_at", Desc: true}
		page, err = lance.List(ctx, rows(r), t, f, q)
		return err
	})
	return page, err
}
