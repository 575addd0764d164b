package guarantee

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
)

// FillID names what has filled the guarantee fund: "gfl_…".
type FillID string

// Fill is an amount that the guarantee fund was filled with.
type Fill struct {
	ID       FillID
	Amount   lance.Money
	From     Source
	Provider string // with FromCash: whose balance it was brought into
	At       time.Time
}

func fillRef(id FillID) lance.Ref { return lance.Ref{Kind: "guarantee_fill", ID: string(id)} }

// fundRef is locked by who fills the fund from fees.
func fundRef(c lance.Currency) lance.Ref { return lance.Ref{Kind: "guarantee_fund", ID: c.Code()} }

// planFill is what a fill posts.
func planFill(id FillID, in *FillInput) ledger.Transfer {
	return ledger.Transfer{
		ID: ledger.TransferIDFor(fillRef(id), "fill", 0), Code: ledger.CodeGuarantee, Amount: in.Amount, Subject: fillRef(id),
		Debit: in.account(), Credit: ledger.Guarantee(in.Amount.Currency()),
	}
}

// fillOf reads a fill out of what it has posted.
func fillOf(t *ledger.Transfer) *Fill {
	f := &Fill{ID: FillID(t.Subject.ID), Amount: t.Amount, From: FromFees, At: t.At}
	if t.Debit.Kind == ledger.KindCash {
		f.From, f.Provider = FromCash, t.Debit.Owner
	}
	return f
}

// FillIn puts money into the guarantee fund for an administrator, in the transaction of
// r: what the platform has earned by fees, or cash that it has brought. Claims that
// wait for the fund are tried again at once.
//
// It fails with Unauthorized "actor_required", Forbidden "role_required", Invalid
// "/amount", "/from" or "/provider", Insufficient "fees_insufficient" for more than
// was earned, and Conflict "key_reused".
func FillIn(ctx context.Context, r Repos, in FillInput) (*Fill, error) {
	if err := in.By.RequireRole(lance.RoleAdmin); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	cur := in.Amount.Currency()
	if err := r.Lock(ctx, fundRef(cur)); err != nil {
		return nil, err
	}
	id := lance.NewID[FillID]("gfl", r)
	known, first, err := lance.Once(ctx, r, in.By, in.Key, "guarantee.Fill", in, string(id))
	if err != nil {
		return nil, err
	}
	t := planFill(FillID(known), &in)
	if !first {
		stands, err := ledger.TransfersOf(ctx, r, t.ID)
		if err != nil {
			return nil, err
		}
		return fillOf(&stands[0]), nil
	}
	if in.From == FromFees {
		has, err := ledger.BalancesOf(ctx, r, in.account())
		if err != nil {
			return nil, err
		}
		if has[0].Posted.Minor() < in.Amount.Minor() {
			return nil, lance.E(lance.Insufficient, "fees_insufficient", "the platform has earned less than that by fees")
		}
	}
	posted, err := ledger.Post(ctx, r, t)
	if err != nil {
		return nil, err
	}
	if err := wake(ctx, r, cur); err != nil {
		return nil, err
	}
	f := fillOf(&posted[0])
	return f, lance.Emit(ctx, r, in.By, lance.Change{Stream: fillRef(f.ID), Version: 1}, FundFilled{f.ID, f.Amount, f.From})
}

// wake has the claims tried again that wait for the fund.
func wake(ctx context.Context, r Repos, cur lance.Currency) error {
	waiting, err := upheld(ctx, r)
	for _, c := range waiting {
		if c.Why == WhyFund && c.Amount.Currency() == cur {
			if err := r.Timers().Set(ctx, lance.Timer{Owner: escrow.Ref(c.Agreement), Kind: KindPayment, DueAt: r.Now()}); err != nil {
				return err
			}
		}
	}
	return err
}

// upheld returns the claims that wait to be paid.
func upheld(ctx context.Context, r Repos) ([]*Claim, error) {
	return r.Claims().Find(ctx, lance.Filter{Eq: map[string]any{"state": string(Upheld)}, Order: "created_at"})
}

// Fill puts money into the guarantee fund. It fails as FillIn does.
func (s *Service) Fill(ctx context.Context, by lance.Actor, in FillInput) (*Fill, error) {
	in.By = by
	return lance.Do(ctx, s.db, "guarantee.Fill", func(ctx context.Context, r Repos) (*Fill, error) { return FillIn(ctx, r, in) })
}

// Fund is what the guarantee fund has in one currency.
type Fund struct {
	Currency lance.Currency
	Balance  lance.Money // what it has
	Promised lance.Money // what claims were granted that are not paid yet
	Claims   int         // how many
}

// Short returns what the fund lacks for all that is promised; nothing when it has
// enough. What agreements hold yet pays a part of it.
func (f *Fund) Short() lance.Money {
	return lance.NewMoney(max(0, f.Promised.Minor()-f.Balance.Minor()), f.Currency)
}

// Funds returns what the guarantee fund has and what is promised out of it, for
// administrators and the engine, by currency: each in which there was ever something
// in it or something is promised. It fails with Unauthorized "actor_required" or
// Forbidden "role_required".
func (s *Service) Funds(ctx context.Context, by lance.Actor) ([]Fund, error) {
	const op = "guarantee.Funds"
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) ([]Fund, error) {
		waiting, err := upheld(ctx, r)
		if err != nil {
			return nil, err
		}
		books, err := ledger.OwnedBy(ctx, r, "")
		if err != nil {
			return nil, err
		}
		var out []Fund
		at := func(c lance.Currency) *Fund {
			i := slices.IndexFunc(out, func(f Fund) bool { return f.Currency == c })
			if i < 0 {
				i, out = len(out), append(out, Fund{Currency: c, Balance: lance.NewMoney(0, c), Promised: lance.NewMoney(0, c)})
			}
			return &out[i]
		}
		for _, b := range books {
			if b.Account.Kind == ledger.KindGuarantee {
				at(b.Account.Currency).Balance = b.Available()
			}
		}
		for _, c := range waiting {
			f := at(c.Amount.Currency())
			f.Claims++
			if f.Promised, err = f.Promised.Add(c.Decision.Granted); err != nil {
				return nil, err
			}
		}
		slices.SortFunc(out, func(a, b Fund) int { return strings.Compare(a.Currency.Code(), b.Currency.Code()) })
		return out, nil
	})
}
