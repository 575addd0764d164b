package lance_test

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// The operations of docs/ledger.md, as an embedder calls them.

func (b *bookkeeper) requestTopUp() error {
	_, err := b.Payments.TopUp(b.Context(), pagePayer, payments.TopUpInput{Amount: lance.NewMoney(500_00, lance.USD), Method: sandbox.MethodDeclined})
	require.ErrorIs(b, err, lance.Declined)
	t, err := b.Payments.TopUp(b.Context(), pagePayer, payments.TopUpInput{Amount: lance.NewMoney(500_00, lance.USD), Method: sandbox.MethodPending})
	if err == nil {
		b.topUp = t.ID
	}
	return err
}

func (b *bookkeeper) confirmTopUp() error {
	return b.hear(provider.Event{ID: "1", Kind: provider.KindCharge, Key: string(b.topUp), State: provider.Succeeded, Amount: lance.NewMoney(500_00, lance.USD)})
}

func (b *bookkeeper) settleTopUp() error {
	return b.hear(provider.Event{ID: "2", Kind: provider.KindSettlement, Key: string(b.topUp), Amount: lance.NewMoney(500_00, lance.USD)})
}

func (b *bookkeeper) bringMoney() error {
	_, err := b.Payments.TopUp(b.Context(), pagePayer, payments.TopUpInput{Amount: lance.NewMoney(500_00, lance.USD), Method: sandbox.MethodOK})
	return err
}

func (b *bookkeeper) agree() error { return b.agreeWith() }

func (b *bookkeeper) agreeShared() error {
	return b.agreeWith(escrow.Share{Party: pagePayee.Party, Weight: 2}, escrow.Share{Party: "partner", Weight: 1})
}

func (b *bookkeeper) agreeWith(payees ...escrow.Share) error {
	a, err := b.Escrow.Agree(b.Context(), pagePayer, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "job", ID: "7"}, Payer: pagePayer.Party, Payee: pagePayee.Party, Amount: lance.NewMoney(100_00, lance.USD),
		Payees: payees,
	})
	if err == nil {
		b.agreement, b.names[string(a.ID)] = a.ID, "agreement"
	}
	return err
}

// agreeTwice makes an agreement that is cancelled, and another one.
func (b *bookkeeper) agreeTwice() error {
	if err := b.agree(); err != nil {
		return err
	}
	if _, err := b.Escrow.Cancel(b.Context(), pagePayee, escrow.CancelInput{Agreement: b.agreement}); err != nil {
		return err
	}
	return b.agree()
}

func (b *bookkeeper) fund() error {
	_, err := b.Escrow.Fund(b.Context(), pagePayer, escrow.FundInput{Agreement: b.agreement})
	return err
}

func (b *bookkeeper) submit() error {
	_, err := b.Escrow.Submit(b.Context(), pagePayee, escrow.SubmitInput{Agreement: b.agreement})
	return err
}

func (b *bookkeeper) talk() error {
	if err := b.submit(); err != nil {
		return err
	}
	if _, err := b.Escrow.RequestChanges(b.Context(), pagePayer, escrow.RequestChangesInput{Agreement: b.agreement}); err != nil {
		return err
	}
	if _, err := b.Escrow.AskRefund(b.Context(), pagePayer, escrow.AskRefundInput{Agreement: b.agreement}); err != nil {
		return err
	}
	_, err := b.Escrow.DeclineRefund(b.Context(), pagePayee, escrow.DeclineRefundInput{Agreement: b.agreement})
	return err
}

func (b *bookkeeper) fundPart() error {
	_, err := b.Escrow.Fund(b.Context(), pagePayer, escrow.FundInput{Agreement: b.agreement, Amount: lance.NewMoney(25_00, lance.USD)})
	return err
}

func (b *bookkeeper) raise() error {
	_, err := b.Escrow.Amend(b.Context(), pagePayee, escrow.AmendInput{Agreement: b.agreement, Amount: lance.NewMoney(150_00, lance.USD)})
	return err
}

func (b *bookkeeper) acceptRaise() error {
	_, err := b.Escrow.AcceptAmendment(b.Context(), pagePayer, escrow.AcceptAmendmentInput{Agreement: b.agreement})
	return err
}

func (b *bookkeeper) lower() error {
	_, err := b.Escrow.Amend(b.Context(), pagePayer, escrow.AmendInput{Agreement: b.agreement, Amount: lance.NewMoney(80_00, lance.USD)})
	if err != nil {
		return err
	}
	_, err = b.Escrow.AcceptAmendment(b.Context(), pagePayee, escrow.AcceptAmendmentInput{Agreement: b.agreement})
	return err
}

// pageCase is what freezes the agreement of the page.
var pageCase = lance.Ref{Kind: "case", ID: "1"}

type pageDesk struct{}

var pageKeeper = escrow.KeeperOf[pageDesk]()

func (b *bookkeeper) freezeTwice() error {
	return b.store.InTx(b.Context(), func(ctx context.Context, r marketplace.Repos) error {
		for range 2 {
			if _, err := escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: pagePayer, Agreement: b.agreement, Case: pageCase, Keeper: pageKeeper}); err != nil {
				return err
			}
			if _, err := escrow.ThawIn(ctx, r, escrow.ThawInput{By: lance.System("case"), Agreement: b.agreement, Case: pageCase, Keeper: pageKeeper}); err != nil {
				return err
			}
		}
		_, err := escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: pagePayer, Agreement: b.agreement, Case: pageCase, Keeper: pageKeeper})
		return err
	})
}

func (b *bookkeeper) rule() error {
	return b.store.InTx(b.Context(), func(ctx context.Context, r marketplace.Repos) error {
		_, err := escrow.RuleIn(ctx, r, escrow.RuleInput{
			By: lance.Person("judge", lance.RoleArbiter), Agreement: b.agreement, Case: pageCase, Keeper: pageKeeper,
			ToPayee: lance.NewMoney(60_00, lance.USD), Bears: escrow.BearEach,
		})
		return err
	})
}

func (b *bookkeeper) releasePart() error {
	_, err := b.Escrow.Release(b.Context(), pagePayer, escrow.ReleaseInput{Agreement: b.agreement, Amount: lance.NewMoney(40_00, lance.USD)})
	return err
}

func (b *bookkeeper) approve() error {
	_, err := b.Escrow.Approve(b.Context(), pagePayer, escrow.ApproveInput{Agreement: b.agreement})
	return err
}

func (b *bookkeeper) letInspectionPass() error {
	b.now = b.now.Add(14 * 24 * time.Hour)
	return b.work()
}

func (b *bookkeeper) letClearancePass() error {
	b.now = b.now.Add(5 * 24 * time.Hour)
	return b.work()
}

func (b *bookkeeper) refundPart() error {
	_, err := b.Escrow.Refund(b.Context(), pagePayee, escrow.RefundInput{Agreement: b.agreement, Amount: lance.NewMoney(30_00, lance.USD)})
	return err
}

func (b *bookkeeper) refundAll() error {
	_, err := b.Escrow.Refund(b.Context(), pagePayee, escrow.RefundInput{Agreement: b.agreement})
	return err
}

func (b *bookkeeper) requestPayout() error {
	p, err := b.Payments.Payout(b.Context(), pagePayee, payments.PayoutInput{Amount: lance.NewMoney(60_00, lance.USD), Destination: sandbox.DestinationOK})
	if err == nil {
		b.payout = p.ID
	}
	return err
}

func (b *bookkeeper) paid() error { return b.hearOfPayout("1", provider.Succeeded, "") }
func (b *bookkeeper) returned() error {
	return b.hearOfPayout("2", provider.Returned, "account_closed")
}
func (b *bookkeeper) rejected() error { return b.hearOfPayout("1", provider.Refused, "account_closed") }

func (b *bookkeeper) hearOfPayout(id string, state provider.State, code string) error {
	return b.hear(provider.Event{
		ID: id, Kind: provider.KindPayout, Key: string(b.payout), State: state, Code: code, Amount: lance.NewMoney(60_00, lance.USD),
	})
}

// spend brings 300.00 in and spends it: 100.00 is released, 100.00 is held, and the
// payee has withdrawn 60.00.
func (b *bookkeeper) spend() error {
	t, err := b.Payments.TopUp(b.Context(), pagePayer, payments.TopUpInput{Amount: lance.NewMoney(300_00, lance.USD), Method: sandbox.MethodOK})
	if err != nil {
		return err
	}
	b.topUp = t.ID
	for _, do := range []func() error{b.agree, b.fund, b.approve, b.requestPayout, b.paid, b.agree, b.fund} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bookkeeper) chargedBack() error { return b.hearOfChargeback("3", provider.Opened) }
func (b *bookkeeper) wonBack() error     { return b.hearOfChargeback("4", provider.Won) }
func (b *bookkeeper) lostIt() error      { return b.hearOfChargeback("4", provider.Lost) }

func (b *bookkeeper) hearOfChargeback(id string, state provider.State) error {
	return b.hear(provider.Event{
		ID: id, Kind: provider.KindChargeback, Key: string(b.topUp), State: state, Chargeback: "dp_1", Code: "fraudulent",
		Amount: lance.NewMoney(300_00, lance.USD), Fee: lance.NewMoney(15_00, lance.USD),
	})
}

// earnLittle lets the payee earn less than he owes, and the minute pass.
func (b *bookkeeper) earnLittle() error {
	if err := b.bringMoney(); err != nil {
		return err
	}
	a, err := b.Escrow.Agree(b.Context(), pagePayer, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "job", ID: "8"}, Payer: pagePayer.Party, Payee: pagePayee.Party, Amount: lance.NewMoney(50_00, lance.USD),
	})
	if err != nil {
		return err
	}
	b.agreement, b.names[string(a.ID)] = a.ID, "agreement"
	if err := b.fund(); err != nil {
		return err
	}
	return b.approve()
}

func (b *bookkeeper) letMinutePass() error {
	b.now = b.now.Add(time.Minute)
	return b.work()
}

func (b *bookkeeper) letDebtPass() error {
	b.now = b.now.Add(180 * 24 * time.Hour)
	return b.work()
}

var pageAdmin = lance.Person("root", lance.RoleAdmin)

func (b *bookkeeper) fill(minor int64, from guarantee.Source, provider string) error {
	_, err := b.Guarantee.Fill(b.Context(), pageAdmin, guarantee.FillInput{Amount: lance.NewMoney(minor, lance.USD), From: from, Provider: provider})
	return err
}

func (b *bookkeeper) fillFund() error {
	if err := b.fill(20_00, guarantee.FromCash, "sandbox"); err != nil {
		return err
	}
	return b.fill(4_00, guarantee.FromFees, "")
}

func (b *bookkeeper) fillMore() error {
	if err := b.fill(16_00, guarantee.FromCash, "sandbox"); err != nil {
		return err
	}
	return b.work()
}

func (b *bookkeeper) claimHeld() error { return b.claim(30_00) }
func (b *bookkeeper) claimMore() error { return b.claim(40_00) }

func (b *bookkeeper) claim(minor int64) error {
	c, err := b.Guarantee.File(b.Context(), pagePayer, guarantee.FileInput{
		Agreement: b.agreement, Amount: lance.NewMoney(minor, lance.USD), Statement: "It does not work.",
	})
	if err != nil {
		return err
	}
	_, err = b.Guarantee.Uphold(b.Context(), pageAdmin, guarantee.UpholdInput{Claim: c.ID, Text: "It does not."})
	return err
}

// hear takes a webhook in and lets the engine act on it.
func (b *bookkeeper) hear(ev provider.Event) error {
	if err := b.Payments.Receive(b.Context(), b.provider.Name(), b.provider.Sign(ev, b.now)); err != nil {
		return err
	}
	return b.work()
}

const pageWords = `# The ledger

For somebody who has never built escrow: what the books are, which accounts there are, and what each operation writes into them. Read [limits](limits.md) too: these are books, not a vault. Where the money itself is depends on your payment provider.

The tables on this page are written by ` + "`make golden`" + ` from what a running engine posted.

## Double entry, as it is here

A **transfer** moves an amount from one **account** to another: it *debits* the one and *credits* the other, by the same amount, in the same currency. There is no way to write down only one half, so all debits and all credits of a currency are always equal: the books *balance*. Money does not appear or vanish in them; it only changes its account.

An account stands on one side of the books, its **class**:

- An **asset** is what the platform has, or somebody owes it: what a provider charged for it, cash, debts. A debit raises it, a credit lowers it.
- A **liability** is what the platform owes to somebody: to a party what it has in its wallet, to both parties of an agreement what is held. A credit raises it, a debit lowers it.
- A **result** is what the platform earned (above zero) or spent (below).
- The **position** keeps two currencies apart when one is changed into the other.

So when a payer tops up 500.00, the platform has 500.00 more with its provider (an asset is debited) and owes the payer 500.00 (a liability is credited). Funding an agreement moves a debt of the platform's from the payer to the agreement; a release moves it on to the payee, and the fee becomes the platform's own.

Rules that hold for every transfer:

- It is append-only. A mistake is corrected by another transfer, which names the one it corrects.
- Its ID is made from the operation that posts it, so that the same operation cannot post twice. The same ID with other content is refused (` + "`transfer_reused`" + `).
- The transfers of one operation are a set: all are posted or none, in the transaction that changes the agreement or payout and appends its event.
- An account **with a floor** never goes below zero, and never below what is reserved on it: that is ` + "`balance_insufficient`" + `, whoever else is drawing on it at the moment. An account without a floor may go anywhere; it is only ever added to, so that one that stands in every transfer, such as ` + "`fee`" + `, holds nobody up.
- Amounts are whole minor units (cents). Balances are shown in the account's own direction: an asset's debits less credits, all others' credits less debits.

## The chart of accounts

The chart is closed: there are no other kinds. An account is a kind, whose it is, and a currency; it exists by being named. In the ledger it reads ` + "`kind:currency:owner`" + `; on this page the currency, US dollars, is left out.
`

const pageLots = `
Of a party, *available* is what may be spent; *held* (in its wallet) is what its agreements hold and what is reserved for payouts; *pending* is what the provider has not confirmed and what is in clearance; *owed* is its receivable.

Zero-sum books can still be insolvent. What parties, holds and the guarantee fund have must be *covered* by cash and clearing, and by what is disputed while that is not decided, since what it backs is set aside: compare the two, and the provider's own statement with ` + "`cash`" + ` and ` + "`clearing`" + `.

## Lots

Each credit from outside opens a **lot**: this charge, of this provider, at this time, so much. An account of parties or agreements is made of shares of lots, and money that moves on takes them along, the oldest charge first; the transfer stores which. A transfer can name its lots instead, as the return of a payout does.

So of any held amount it is known with which payment it came in: a refund finds the charge to go back to, and a chargeback what it paid for. Lots do not split balances: a party spends one sum.

## Pending transfers

What may yet not happen is posted in two phases. A **pending** transfer moves nothing and reserves its amount on the account that it will debit. Later another transfer *resolves* it: it **posts** it, whole or in part (what is left is freed), or **voids** it. One with a time limit voids itself when that is over, by the timer ` + "`ledger.expire`" + `. Payouts under way are pending transfers.

## What each operation posts

Parties are called *payer* and *payee*, the provider *sandbox*. *Then* says what the accounts have afterwards. Each part of this chapter begins with empty books.
`

const pageProof = `
## How to check the books

` + "`ledger.TrialBalance`" + ` sums the stored balances up, currency by currency: zero. ` + "`ledger.Refold`" + ` trusts no stored balance: it reads every transfer, computes each balance again and names each account that differs. ` + "`ledger.Statement`" + ` lists an account's lines, each with the balance after it. Every transfer is witnessed by the sealed log, so that one that was changed or removed afterwards is found.
`
