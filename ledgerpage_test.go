package lance_test

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

// TestGoldenLedgerPage keeps docs/ledger.md: the chart of accounts, and for each
// operation the transfers that an engine posted when the operation was done.
func TestGoldenLedgerPage(t *testing.T) {
	t.Parallel()
	var operations strings.Builder
	posted := map[ledger.Kind][]string{}
	for _, c := range chapters {
		c.write(t, &operations, posted)
	}
	page := pageWords + "\n" + chartTable(t, posted) + pageLots + operations.String() + pageProof
	goldentest.Check(t, "docs/ledger.md", []byte(page))
}

// chapter is a story of operations on a store of its own.
type chapter struct {
	title, words string
	terms        policy.Document
	operations   []operation
}

// operation is one thing done; what it posts is written down.
type operation struct {
	name, words string
	do          func(b *bookkeeper) error
	quiet       bool // only leads up to the next ones
}

var chapters = []chapter{
	{
		title: "Money comes in", terms: pageTerms(0),
		words: "A top-up of 500.00 by the payer, with a provider that says *pending* at first.",
		operations: []operation{
			{name: "Top-up requested, or declined", words: "`payments.TopUp`: the charge is owed to the provider, nothing has moved.", do: (*bookkeeper).requestTopUp},
			{name: "Top-up confirmed", words: "The provider says that it has charged: a lot is opened.", do: (*bookkeeper).confirmTopUp},
			{name: "Settlement", words: "The provider says that what it charged is in the platform's balance. Where it says so together with the confirmation, both are posted in one set.", do: (*bookkeeper).settleTopUp},
		},
	},
	{
		title: "An agreement, released", terms: pageTerms(0),
		words: "A price of 100.00, of which the payee bears a fee of 10 % and the payer one of 2 % on top. The payer has topped up 500.00.",
		operations: []operation{
			{do: (*bookkeeper).bringMoney, quiet: true},
			{name: "Agree, cancel", words: "`escrow.Agree`, and `escrow.Cancel` while nothing is held.", do: (*bookkeeper).agreeTwice},
			{name: "Fund", words: "`escrow.Fund`: the price and the payer's whole fee go into the agreement's own account.", do: (*bookkeeper).fund},
			{name: "Submit, request changes, ask a refund, decline it", words: "Clocks start and stop; no money moves.", do: (*bookkeeper).talk},
			{name: "Release with fee, a part", words: "`escrow.Release` of 40.00. The rest stays in the hold and rolls forward. Fees follow all that was released so far, less what was taken already, so that parts cost what the whole costs.", do: (*bookkeeper).releasePart},
			{name: "Release with fee, all that is left", words: "`escrow.Approve` releases the other 60.00 and ends the agreement with an empty hold.", do: (*bookkeeper).approve},
		},
	},
	{
		title: "Auto-release", terms: pageTerms(0),
		words: "The same agreement, funded and submitted; the payer is silent until the inspection is over.",
		operations: []operation{
			{do: (*bookkeeper).bringMoney, quiet: true},
			{do: (*bookkeeper).agree, quiet: true},
			{do: (*bookkeeper).fund, quiet: true},
			{do: (*bookkeeper).submit, quiet: true},
			{name: "The timer `escrow.auto_release` fires", words: "The clock approves for the payer: the same transfers as an approval of the whole.", do: (*bookkeeper).letInspectionPass},
		},
	},
	{
		title: "An agreement, refunded", terms: pageTerms(0),
		words: "The payee, or an administrator without a stake, sends money back; so does the clock when a request was not answered in time, or when held money may no longer stay. It goes to what the payer has available, with its lots, and the payer's fee on it goes along; no fee is taken of what is refunded.",
		operations: []operation{
			{do: (*bookkeeper).bringMoney, quiet: true},
			{do: (*bookkeeper).agree, quiet: true},
			{do: (*bookkeeper).fund, quiet: true},
			{name: "Refund of a part", words: "`escrow.Refund` of 30.00.", do: (*bookkeeper).refundPart},
			{name: "Refund of all that is left", words: "`escrow.Refund` without an amount ends the agreement with an empty hold.", do: (*bookkeeper).refundAll},
		},
	},
	{
		title: "An agreement, amended", terms: pageTerms(0),
		words: "The same agreement, funded in two parts; then both parties agree on another price, and on another one again.",
		operations: []operation{
			{do: (*bookkeeper).bringMoney, quiet: true},
			{do: (*bookkeeper).agree, quiet: true},
			{name: "Fund, a part", words: "`escrow.Fund` of 25.00: the payer's fee on it comes along.", do: (*bookkeeper).fundPart},
			{name: "Fund, all that is missing", words: "`escrow.Fund` without an amount. Parts cost what the whole costs.", do: (*bookkeeper).fund},
			{name: "Amend", words: "`escrow.Amend` proposes 150.00; that moves nothing.", do: (*bookkeeper).raise},
			{name: "Accept the amendment, upwards", words: "`escrow.AcceptAmendment`: what the hold lacks comes from the payer.", do: (*bookkeeper).acceptRaise},
			{name: "Accept the amendment, downwards", words: "The same, to 80.00: what the hold has too much goes back.", do: (*bookkeeper).lower},
		},
	},
	{
		title: "A ruling", terms: taxedTerms(),
		words: "The same agreement, under a policy that has a tax of 19 % on the payee's fee; two payees share what is released, two to one. It is funded, and a case is opened.",
		operations: []operation{
			{do: (*bookkeeper).bringMoney, quiet: true},
			{do: (*bookkeeper).agreeShared, quiet: true},
			{do: (*bookkeeper).fund, quiet: true},
			{name: "Freeze, thaw", words: "`escrow.FreezeIn`, `escrow.ThawIn`: the clocks stand and go on. Only who keeps the case ends what it has frozen.", do: (*bookkeeper).freezeTwice},
			{name: "Rule", words: "`escrow.RuleIn`: 60.00 to the payees, the rest back, each bears his own fees. The parts and the fees are what was held.", do: (*bookkeeper).rule},
		},
	},
	{
		title: "Clearance", terms: pageTerms(5 * 24 * time.Hour),
		words: "The same agreement under a policy with a clearance of five days: what is released can be withdrawn when that is over.",
		operations: []operation{
			{do: (*bookkeeper).bringMoney, quiet: true},
			{do: (*bookkeeper).agree, quiet: true},
			{do: (*bookkeeper).fund, quiet: true},
			{name: "Release into clearance", words: "The payee sees it as pending.", do: (*bookkeeper).approve},
			{name: "The timer `escrow.clear` fires", words: "The clearance is over.", do: (*bookkeeper).letClearancePass},
		},
	},
	{
		title: "Money goes out", terms: pageTerms(0),
		words: "The payee has 90.00 available and asks for 60.00. The transfer is pending while the provider has not said how it ended.",
		operations: append(slices.Clone(pageEarned),
			operation{name: "Payout requested", words: "`payments.Payout` reserves the amount: the balance still has it, but it is not available any more. That the provider takes the payout on (*submitted*) posts nothing.", do: (*bookkeeper).requestPayout},
			operation{name: "Payout paid", words: "The money has left: the pending transfer is posted.", do: (*bookkeeper).paid},
			operation{name: "Payout returned", words: "The bank sent it back afterwards. The lots that had left come back with it.", do: (*bookkeeper).returned},
		),
	},
	{
		title: "Money does not go out", terms: pageTerms(0),
		words: "The same payout, which the provider refuses after it took it on.",
		operations: append(slices.Clone(pageEarned),
			operation{do: (*bookkeeper).requestPayout, quiet: true},
			operation{name: "Payout rejected", words: "The pending transfer is voided: nothing moves, and the amount is available again.", do: (*bookkeeper).rejected},
		),
	},
	{
		title: "A chargeback, won", terms: pageTerms(0),
		words: "The payer has topped up 300.00. 100.00 was released, and of that the payee has withdrawn 60.00; another agreement holds 100.00, with the payer's fee; the rest is in the payer's wallet. His bank takes the whole charge back, and gives in later.",
		operations: []operation{
			{do: (*bookkeeper).spend, quiet: true},
			{name: "Chargeback opened", words: "The provider withholds the amount and takes its fee of 15.00. What the payer has of the charge yet is set aside, what the payee has of it too, and the agreement that holds some of it is frozen.", do: (*bookkeeper).chargedBack},
			{name: "Chargeback won", words: "Everything is as before but for the provider's fee; the agreement goes on.", do: (*bookkeeper).wonBack},
		},
	},
	{
		title: "A chargeback, lost", terms: pageTerms(0),
		words: "The same chargeback, which the bank does not give in to.",
		operations: []operation{
			{do: (*bookkeeper).spend, quiet: true},
			{do: (*bookkeeper).chargedBack, quiet: true},
			{name: "Chargeback lost", words: "What was set aside goes to the provider, and so does what the agreement holds of the charge (`escrow.ReclaimIn`). Nothing of its price is left, so it ends; what other charges had paid for would stay in it. The platform gives its fees back. What the payee has withdrawn he owes (`payments.Losses` says on whom it falls).", do: (*bookkeeper).lostIt},
			{name: "The payee earns again", words: "A release of 50.00 as always.", do: (*bookkeeper).earnLittle},
			{name: "The chore `payments.net`", words: "What he has available pays the debt, within a minute. A payout nets in its own transaction, before it reserves.", do: (*bookkeeper).letMinutePass},
			{name: "The timer `payments.write_off` fires", words: "What nobody paid within 180 days the platform bears.", do: (*bookkeeper).letDebtPass},
		},
	},
	{
		title: "A claim on the guarantee", terms: guaranteeTerms(),
		words: "The same agreement, under a policy that promises payers all of what was released, and has the payee owe it. 40.00 was released when the payer claims 30.00; later the rest is released, and he claims the 40.00 that are left.",
		operations: []operation{
			{do: (*bookkeeper).bringMoney, quiet: true},
			{do: (*bookkeeper).agree, quiet: true},
			{do: (*bookkeeper).fund, quiet: true},
			{do: (*bookkeeper).releasePart, quiet: true},
			{name: "Fill the guarantee fund", words: "`guarantee.Fill`: an administrator brings 20.00 of cash, then takes 4.00 of the fees.", do: (*bookkeeper).fillFund},
			{name: "A claim is upheld: out of the hold", words: "`guarantee.Uphold`: what the agreement holds yet is refunded first (`escrow.RefundIn`), with the payer's fee on it.", do: (*bookkeeper).claimHeld},
			{do: (*bookkeeper).approve, quiet: true},
			{name: "A claim is upheld: the fund has not enough", words: "It waits, whole (`guarantee_fund`), and is tried again each hour.", do: (*bookkeeper).claimMore},
			{name: "The fund is filled, and the timer `guarantee.payment` fires", words: "The payer is paid (`escrow.IndemnifyIn`). The payee owes what he was paid of it (`payments.OweIn`), and pays it at once of what he has available: it goes to the fund.", do: (*bookkeeper).fillMore},
		},
	},
}

// pageEarned leads up to a payee who has been paid.
var pageEarned = []operation{
	{do: (*bookkeeper).bringMoney, quiet: true},
	{do: (*bookkeeper).agree, quiet: true},
	{do: (*bookkeeper).fund, quiet: true},
	{do: (*bookkeeper).approve, quiet: true},
}

func pageTerms(clearance time.Duration) policy.Document {
	d := policy.Default()
	d.Clearance = clearance
	d.Fees = append(d.Fees, policy.Component{Name: "processing", Side: policy.Payer, Percent: decimal.NewFromInt(2)})
	return d
}

func taxedTerms() policy.Document {
	d := pageTerms(0)
	d.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.NewFromInt(19)}}
	return d
}

func guaranteeTerms() policy.Document {
	d := pageTerms(0)
	d.Guarantee = policy.Guarantee{
		Window: 14 * 24 * time.Hour, Share: decimal.NewFromInt(100), Claims: 2, Judge: policy.JudgeAdmin, Decision: 7 * 24 * time.Hour,
		Silence: policy.Keep, Bearer: policy.Payee, WriteOff: 180 * 24 * time.Hour,
	}
	return d
}

// bookkeeper does operations through an engine and notes what they post.
type bookkeeper struct {
	*testing.T
	*marketplace.Engine
	store    *memstore.Store
	provider *sandbox.Sandbox
	now      time.Time
	seen     int64 // up to where the log was read
	names    map[string]string

	agreement escrow.ID
	topUp     payments.TopUpID
	payout    payments.PayoutID
}

// The cast, by the names that the page has for them.
var (
	pagePayer = lance.Person("payer")
	pagePayee = lance.Person("payee")
)

func newBookkeeper(t *testing.T, terms policy.Document) *bookkeeper {
	t.Helper()
	b := &bookkeeper{T: t, provider: sandbox.New(sandbox.Options{}), now: noon, names: map[string]string{}}
	b.store = memstore.New(&memstore.Options{Clock: b})
	var err error
	b.Engine, err = marketplace.New(marketplace.Config{
		Store: b.store, Policy: &terms, Payments: payments.Options{Providers: []provider.Adapter{b.provider}},
	})
	require.NoError(t, err)
	return b
}

// Now returns the time of the story.
func (b *bookkeeper) Now() time.Time { return b.now }

// write does the operations and writes down what each posts.
func (c *chapter) write(t *testing.T, out *strings.Builder, posted map[ledger.Kind][]string) {
	t.Helper()
	b := newBookkeeper(t, c.terms)
	fmt.Fprintf(out, "\n### %s\n\n%s\n", c.title, c.words)
	for _, op := range c.operations {
		require.NoError(t, op.do(b), "%s: %s", c.title, op.name)
		transfers := b.news()
		if op.quiet {
			continue
		}
		fmt.Fprintf(out, "\n**%s.** %s\n\n", op.name, op.words)
		if len(transfers) == 0 {
			out.WriteString("Posts nothing.\n")
			continue
		}
		out.WriteString("| Transfer | Debit | Credit | Amount | How |\n| --- | --- | --- | --- | --- |\n")
		for _, tr := range transfers {
			fmt.Fprintf(out, "| `%s` | %s | %s | %s | %s |\n", tr.Code, b.name(tr.Debit), b.name(tr.Credit), tr.Amount.Amount(), b.manner(&tr))
			for _, a := range []ledger.Account{tr.Debit, tr.Credit} {
				if code := "`" + string(tr.Code) + "`"; !slices.Contains(posted[a.Kind], code) {
					posted[a.Kind] = append(posted[a.Kind], code)
				}
			}
		}
		fmt.Fprintf(out, "\nThen: %s.\n", b.standing(transfers))
	}
	b.balanced()
}

// news returns the transfers that were posted since it was last asked, in the
// order of the log.
func (b *bookkeeper) news() (out []ledger.Transfer) {
	b.Helper()
	require.NoError(b, b.store.InTx(b.Context(), func(ctx context.Context, r marketplace.Repos) error {
		if _, err := r.Log().Seal(ctx, 1000); err != nil {
			return err
		}
		entries, err := r.Log().Entries(ctx, b.seen, 1000)
		if err != nil {
			return err
		}
		var ids []ledger.TransferID
		for _, e := range entries {
			if b.seen = e.Seq; e.Kind == ledger.EntryKind {
				ids = append(ids, ledger.TransferID(e.ID))
			}
		}
		out, err = ledger.TransfersOf(ctx, r, ids...)
		return err
	}))
	return out
}

// name is what the page calls an account.
func (b *bookkeeper) name(a ledger.Account) string {
	owner := cmp.Or(b.names[a.Owner], a.Owner)
	if owner == "" {
		return "`" + string(a.Kind) + "`"
	}
	return "`" + string(a.Kind) + ":" + owner + "`"
}

// manner says how a transfer moves its amount.
func (b *bookkeeper) manner(t *ledger.Transfer) string {
	switch {
	case t.Pending:
		return "pending: reserves"
	case t.Void:
		return "voids the pending one"
	case t.Resolves != "":
		return "posts the pending one"
	case t.Lot != nil:
		return "opens a lot"
	}
	return "moves"
}

// standing says what the accounts of transfers have now.
func (b *bookkeeper) standing(transfers []ledger.Transfer) string {
	b.Helper()
	var accounts []ledger.Account
	for _, t := range transfers {
		for _, a := range []ledger.Account{t.Debit, t.Credit} {
			if !slices.Contains(accounts, a) {
				accounts = append(accounts, a)
			}
		}
	}
	var said []string
	require.NoError(b, b.store.View(b.Context(), func(ctx context.Context, r marketplace.Repos) error {
		balances, err := ledger.BalancesOf(ctx, r, accounts...)
		for _, x := range balances {
			line := b.name(x.Account) + " " + x.Posted.Amount()
			if x.PendingOut.IsPositive() {
				line += ", of which " + x.Available().Amount() + " may be moved on"
			}
			said = append(said, line)
		}
		return err
	}))
	return strings.Join(said, "; ")
}

func (b *bookkeeper) balanced() {
	b.Helper()
	require.NoError(b, b.store.View(b.Context(), func(ctx context.Context, r marketplace.Repos) error {
		rep, err := ledger.Refold(ctx, r)
		require.True(b, rep.Balanced())
		return err
	}))
	audit, err := b.Verify(b.Context(), lance.System("page"), nil)
	require.NoError(b, err)
	require.NoError(b, audit.Err())
}

// work lets what is due happen by itself, except calls to the provider: what the
// provider says is part of the story.
func (b *bookkeeper) work() error {
	b.Helper()
	jobs := b.Jobs()
	jobs.Relays = nil
	rep, err := lance.NewWorker(b.store, jobs, nil).Drain(b.Context(), b.now, 50)
	require.Empty(b, rep.Faults)
	require.Empty(b, rep.Parked)
	return err
}

// chartTable is the closed chart. Whose an account is stands in the comment of
// its kind, and nowhere else.
func chartTable(t *testing.T, posted map[ledger.Kind][]string) string {
	t.Helper()
	words := kindWords(t)
	kinds := ledger.Kinds()
	order := []ledger.Class{ledger.Asset, ledger.Liability, ledger.Result, ledger.Position}
	slices.SortStableFunc(kinds, func(a, b ledger.Kind) int {
		return cmp.Compare(slices.Index(order, a.Class()), slices.Index(order, b.Class()))
	})
	var out strings.Builder
	out.WriteString("| Account | Class | Whose | What it has | Floor | Lots | Posted to by |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	yes := map[bool]string{true: "yes", false: "–"}
	for _, k := range kinds {
		whose, what, ok := strings.Cut(words[k], ": ")
		require.True(t, ok, "the comment of %s says whose it is", k)
		err := ledger.Account{Kind: k, Owner: "x", Currency: lance.USD}.Check()
		require.Equal(t, whose == "nobody", err != nil, "the comment of %s says whose it is", k)
		by := cmp.Or(strings.Join(posted[k], " "), "nothing yet")
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s | %s | %s |\n", k, k.Class(), whose, what, yes[k.Floor()], yes[k.Lots()], by)
	}
	return out.String()
}

// kindWords returns the comment of each kind of account.
func kindWords(t *testing.T) map[ledger.Kind]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "escrow/ledger/account.go", nil, parser.ParseComments)
	require.NoError(t, err)
	words := map[ledger.Kind]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Comment == nil || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Kind") {
			return true
		}
		kind, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		words[ledger.Kind(kind)] = strings.TrimSpace(spec.Comment.Text())
		return true
	})
	return words
}
