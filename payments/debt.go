package payments

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// DebtID names a debt: "dbt_…".
type DebtID string

// Debt is what a party owes the platform for a chargeback that was lost, or for what
// the guarantee fund gave back to a payer. The oldest is taken first out of whatever
// the party has available.
type Debt struct {
	ID         DebtID
	Party      lance.PartyID
	For        lance.Ref   // what it is owed for: a chargeback, or a claim (package payments/guarantee)
	Amount     lance.Money // never changes
	Paid       lance.Money // what was netted so far
	State      DebtState
	WriteOffAt time.Time // when what is left is written off by itself
	CreatedAt  time.Time // UTC
	UpdatedAt  time.Time // UTC
	Version    int64
}

// Ref names the debt in the log, in timers and in the ledger.
func (d *Debt) Ref() lance.Ref { return debtRef(d.ID) }

func debtRef(id DebtID) lance.Ref { return lance.Ref{Kind: debtNoun, ID: string(id)} }

// debtorRef is locked by whoever changes debts of a party.
func debtorRef(p lance.PartyID) lance.Ref { return lance.Ref{Kind: "debtor", ID: string(p)} }

// DebtorRef is locked, together with whatever else is, by who calls OweIn.
func DebtorRef(p lance.PartyID) lance.Ref { return debtorRef(p) }

// Rest returns what is owed yet.
func (d *Debt) Rest() lance.Money {
	return lance.NewMoney(d.Amount.Minor()-d.Paid.Minor(), d.Amount.Currency())
}

// AllowedActions returns what the actor may do to the debt now.
func (d *Debt) AllowedActions(by lance.Actor) []DebtAction {
	return DebtLifecycle.Actions(d.State, relations(by, d.Party)...)
}

// refills reports whether what is paid of the debt goes to the guarantee fund.
func (d *Debt) refills() bool { return d.For.Kind != chargebackNoun }

// OweInput says what a party comes to owe because the guarantee fund gave somebody
// else money back.
type OweInput struct {
	By       lance.Actor   // the engine
	Party    lance.PartyID // who
	For      lance.Ref     // for what: the claim
	Amount   lance.Money   // above zero
	WriteOff time.Duration // how long it is netted before it is written off
}

// OweIn makes a party a debtor in the transaction of r, and takes at once what it has
// available. What it pays goes to the guarantee fund, when it does: until then, and
// for what it never pays, the loss account has it. The caller has locked
// DebtorRef(in.Party).
func OweIn(ctx context.Context, r Repos, in OweInput) error {
	cur := in.Amount.Currency()
	t := ledger.Transfer{
		ID: ledger.TransferIDFor(in.For, "owe/"+string(in.Party), 0), Code: ledger.CodeOwe, Amount: in.Amount, Subject: in.For,
		Debit: ledger.Receivable(in.Party, cur), Credit: ledger.Loss(cur),
	}
	if _, err := ledger.Post(ctx, r, t); err != nil {
		return err
	}
	if err := in.keep(ctx, r); err != nil {
		return err
	}
	return netIn(ctx, r, in.Party, cur)
}

// owes stores that a party owes for a chargeback; the books have it already.
func (c *Chargeback) owes(ctx context.Context, r Repos, by lance.Actor, p lance.PartyID, amount lance.Money) error {
	in := OweInput{By: by, Party: p, For: c.Ref(), Amount: amount, WriteOff: c.Losses.WriteOff}
	return in.keep(ctx, r)
}

// keep stores a debt that the books have.
func (in *OweInput) keep(ctx context.Context, r Repos) error {
	d := &Debt{
		ID: lance.NewID[DebtID]("dbt", r), Party: in.Party, For: in.For, Amount: in.Amount, Paid: lance.NewMoney(0, in.Amount.Currency()),
		State: DebtLifecycle.Start(), WriteOffAt: r.Now().Add(in.WriteOff), CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	if err := r.Debts().Insert(ctx, d); err != nil {
		return err
	}
	if err := r.Timers().Set(ctx, lance.Timer{Owner: d.Ref(), Kind: timerWriteOff, DueAt: d.WriteOffAt}); err != nil {
		return err
	}
	return lance.Emit(ctx, r, in.By, d.change(), DebtArisen{d.changed()})
}

// byNetting is the actor of what is taken for debts.
var byNetting = lance.System("net")

// owing returns the debts of a party that are not over, the oldest first.
func owing(ctx context.Context, r Repos, p lance.PartyID, cur lance.Currency) ([]*Debt, error) {
	f := lance.Filter{Eq: map[string]any{"party": string(p), "state": string(Owing)}}
	all, err := r.Debts().Find(ctx, f)
	return slices.DeleteFunc(all, func(d *Debt) bool { return d.Amount.Currency() != cur }), err
}

// netIn takes what a party owes in a currency out of what it has available. Who
// owes nothing is not locked.
func netIn(ctx context.Context, r Repos, p lance.PartyID, cur lance.Currency) error {
	if debts, err := owing(ctx, r, p, cur); err != nil || len(debts) == 0 {
		return err
	}
	if err := r.Lock(ctx, debtorRef(p)); err != nil {
		return err
	}
	debts, err := owing(ctx, r, p, cur)
	if err != nil || len(debts) == 0 {
		return err
	}
	from := ledger.Available(p, cur)
	has, err := ledger.Stakes(ctx, r, "", from, ledger.Receivable(p, cur))
	if err != nil {
		return err
	}
	left := has[from].Available().Minor()
	for _, d := range debts {
		take := min(left, d.Rest().Minor())
		if take <= 0 {
			return nil
		}
		if err := d.net(ctx, r, lance.NewMoney(take, cur)); err != nil {
			return err
		}
		left -= take
	}
	return nil
}

// net takes an amount for the debt out of what its party has available.
func (d *Debt) net(ctx context.Context, r Repos, amount lance.Money) (err error) {
	do := NetPart
	if amount == d.Rest() {
		do = Net
	}
	if d.State, err = DebtLifecycle.Next(d.State, do, lance.ByClock); err != nil {
		return err
	}
	cur := amount.Currency()
	move := func(n int, code ledger.Code, from, to ledger.Account) ledger.Transfer {
		return ledger.Transfer{
			ID: ledger.TransferIDFor(d.Ref(), "net/"+d.Paid.Amount(), n), Code: code, Amount: amount, Subject: d.Ref(), Debit: from, Credit: to,
		}
	}
	set := []ledger.Transfer{move(0, ledger.CodeNet, ledger.Available(d.Party, cur), ledger.Receivable(d.Party, cur))}
	if d.refills() {
		set = append(set, move(1, ledger.CodeGuarantee, ledger.Loss(cur), ledger.Guarantee(cur)))
	}
	if _, err := ledger.Post(ctx, r, set...); err != nil {
		return err
	}
	d.Paid = lance.NewMoney(d.Paid.Minor()+amount.Minor(), cur)
	if do == NetPart {
		return d.save(ctx, r, byNetting, DebtPartNetted{d.changed(), amount})
	}
	return d.end(ctx, r, byNetting, DebtNetted{d.changed(), amount})
}

// writeOffIn gives up what is left of a debt that is locked.
func (d *Debt) writeOffIn(ctx context.Context, r Repos, by lance.Actor, as ...lance.Relation) (err error) {
	if d.State, err = DebtLifecycle.Next(d.State, WriteOff, as...); err != nil {
		return err
	}
	rest := d.Rest()
	t := ledger.Transfer{
		ID: ledger.TransferIDFor(d.Ref(), "write_off", 0), Code: ledger.CodeLoss, Amount: rest, Subject: d.Ref(),
		Debit: ledger.Loss(rest.Currency()), Credit: ledger.Receivable(d.Party, rest.Currency()),
	}
	if _, err := ledger.Post(ctx, r, t); err != nil {
		return err
	}
	return d.end(ctx, r, by, DebtWrittenOff{d.changed(), rest})
}

// writeOff writes a debt off that was owed long enough.
func writeOff(ctx context.Context, r Repos, t lance.Timer) error {
	d, err := lockDebt(ctx, r, byNetting, DebtID(t.Owner.ID))
	if err != nil || d.State != Owing {
		return err
	}
	return d.writeOffIn(ctx, r, lance.System("write_off"), lance.ByClock)
}

// lockDebt reads a debt that nobody else changes meanwhile.
func lockDebt(ctx context.Context, r Repos, by lance.Actor, id DebtID) (*Debt, error) {
	d, err := read(ctx, r.Debts(), DebtTable, by, id)
	if err != nil {
		return nil, err
	}
	if err := r.Lock(ctx, debtorRef(d.Party)); err != nil {
		return nil, err
	}
	return r.Debts().Get(ctx, id)
}

func (d *Debt) end(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	if err := r.Timers().Cancel(ctx, d.Ref(), timerWriteOff); err != nil {
		return err
	}
	return d.save(ctx, r, by, event)
}

func (d *Debt) save(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	d.UpdatedAt = r.Now()
	if err := r.Debts().Update(ctx, d); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, d.change(), event)
}

// The bounds of one round of netting: how many debts are read at a time, and from
// how many wallets is taken in one transaction.
const (
	netPage = 500
	netMost = 20
)

// netAll nets the debts of parties that have something available. It reads every
// debt that is not over and no wallet of anybody who owes nothing.
func netAll(ctx context.Context, r Repos) (more bool, err error) {
	f := lance.Filter{Eq: map[string]any{"state": string(Owing)}, Limit: netPage}
	var from []ledger.Account
	for !more {
		debts, err := r.Debts().Find(ctx, f)
		if err != nil {
			return false, err
		}
		found, err := nettable(ctx, r, debts)
		if err != nil {
			return false, err
		}
		from = append(from, found...)
		if more = len(from) > netMost; len(debts) < netPage {
			break
		}
		last := string(debts[len(debts)-1].ID)
		f.After = []any{last, last}
	}
	slices.SortFunc(from, func(a, b ledger.Account) int { return strings.Compare(a.Owner, b.Owner) })
	for _, a := range slices.Compact(from[:min(len(from), netMost)]) {
		if err := netIn(ctx, r, lance.PartyID(a.Owner), a.Currency); err != nil {
			return false, err
		}
	}
	return more, nil
}

// nettable returns the accounts that debts can be taken out of.
func nettable(ctx context.Context, r Repos, debts []*Debt) ([]ledger.Account, error) {
	var of []ledger.Account
	for _, d := range debts {
		if a := ledger.Available(d.Party, d.Amount.Currency()); !slices.Contains(of, a) {
			of = append(of, a)
		}
	}
	balances, err := ledger.BalancesOf(ctx, r, of...)
	var out []ledger.Account
	for _, b := range balances {
		if b.Available().IsPositive() {
			out = append(out, b.Account)
		}
	}
	return out, err
}

// GetDebt returns a debt to its party, an administrator or the engine. It fails
// with Unauthorized "actor_required", or NotFound "debt_not_found" for anybody
// else.
func (s *Service) GetDebt(ctx context.Context, by lance.Actor, id DebtID) (*Debt, error) {
	return lance.Read(ctx, s.db, "payments.GetDebt", func(ctx context.Context, r Repos) (*Debt, error) {
		return read(ctx, r.Debts(), DebtTable, by, id)
	})
}

// Debts lists the actor's own debts, or with all, for an administrator, those of
// everybody, the latest first. It fails with Unauthorized "actor_required",
// Forbidden "role_required", or Invalid "invalid_input" with /limit
// ("limit_range") or /cursor ("cursor_syntax").
func (s *Service) Debts(ctx context.Context, by lance.Actor, all bool, q lance.PageQuery) (lance.Page[Debt], error) {
	return lance.Read(ctx, s.db, "payments.Debts", func(ctx context.Context, r Repos) (lance.Page[Debt], error) {
		return listAll(ctx, r.Debts(), DebtTable, by, all, q)
	})
}

// WriteOffDebt gives up for an administrator what is left of a debt: the platform
// bears it. Nobody does that with his own.
//
// It fails with Unauthorized "actor_required", NotFound "debt_not_found",
// Forbidden "debt_relation", and Precondition "debt_state".
func (s *Service) WriteOffDebt(ctx context.Context, by lance.Actor, id DebtID) (*Debt, error) {
	return lance.Do(ctx, s.db, "payments.WriteOffDebt", func(ctx context.Context, r Repos) (*Debt, error) {
		d, err := lockDebt(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		err = d.writeOffIn(ctx, r, by, relations(by, d.Party)...)
		return d, err
	})
}
