package paymenttest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/paymenttest"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/storagetest/mutanttest"
)

// mutants are ways in which payment adapters go wrong, and the law that catches
// each.
var mutants = map[string]string{
	"name changes":                      "name/never_changes",
	"name is empty":                     "name/owns_accounts",
	"idempotency ignored":               "charge/same_key_is_the_same_charge",
	"idempotency ignored under a crowd": "charge/same_key_at_the_same_time_is_one_charge",
	"idempotency kept in memory":        "charge/same_key_in_another_process_is_the_same_charge",
	"one charge for all":                "charge/other_key_is_another_charge",
	"key's content forgotten":           "charge/key_with_another_amount_is_a_conflict",
	"key's method forgotten":            "charge/key_with_another_method_is_a_conflict",
	"refusal is an error":               "charge/refusal_is_an_outcome",
	"reason is a sentence":              "charge/same_key_is_refused_the_same",
	"token unchecked":                   "charge/unknown_method_is_invalid",
	"sign of amounts ignored":           "charge/amount_is_above_zero",
	"pending for ever":                  "charge/pending_succeeds_later",
	"payouts not idempotent":            "payout/same_key_is_the_same_payout",
	"rejections overlooked":             "payout/refused_after_it_was_submitted",
	"lookup invents":                    "lookup/makes_nothing",
	"lookup mixes kinds up":             "lookup/charge_is_no_payout",
	"pending comes back":                "lookup/pending_does_not_come_back",
	"outage taken for a refusal":        "outage/is_unavailable",
	"outage taken for not found":        "outage/is_unavailable",
	"context ignored":                   "outage/ended_context_is_kept_to",
	"signature unchecked":               "webhook/changed_body_is_refused",
	"missing signature believed":        "webhook/unsigned_is_refused",
	"age unchecked":                     "webhook/old_is_refused",
	"events named anew":                 "webhook/same_event_has_the_same_name",
	"states mixed up":                   "webhook/says_what_the_provider_said",
	"fee forgotten":                     "webhook/says_what_the_provider_said",
	"chargebacks named anew":            "chargeback/is_told_of_from_beginning_to_end_when_lost",
	"every chargeback is won":           "chargeback/is_told_of_from_beginning_to_end_when_lost",
	"every chargeback is lost":          "chargeback/is_told_of_from_beginning_to_end_when_won",
	"chargebacks decided otherwise":     "chargeback/can_be_asked_about",
}

func TestEachMutantIsCaughtByItsLaw(t *testing.T) {
	t.Parallel()
	mutanttest.Each(t, "TestMutated", mutants)
}

// TestMutated runs the suite on the sandbox that the environment variable
// breaks; without it on the same one whole.
func TestMutated(t *testing.T) {
	t.Parallel()
	is := mutanttest.Is(t, mutants)
	fresh := func(*testing.T) provider.Adapter {
		return &broken{Sandbox: sandbox.New(sandbox.Options{}), is: is, first: map[string]provider.Outcome{}, instance: lance.NewID[string]("i", w{})}
	}
	paymenttest.Run(t, paymenttest.Harness{
		Open: fresh, Amount: lance.NewMoney(1250, lance.USD),
		Charges: paymenttest.Charges{OK: sandbox.MethodOK, Declined: sandbox.MethodDeclined, Pending: sandbox.MethodPending, Unknown: "pm_nobody", Lost: sandbox.MethodChargeback, Won: sandbox.MethodChargebackWon},
		Tell:    tell,
		Payouts: paymenttest.Payouts{OK: sandbox.DestinationOK, Rejected: sandbox.DestinationRejected, Unknown: "ba_nobody"},
		Again:   func(t *testing.T, _ provider.Adapter) provider.Adapter { return fresh(t) },
		Outage:  func(a provider.Adapter, on bool) { a.(*broken).Outage(on) },
		Webhook: func(a provider.Adapter, ev provider.Event, at time.Time) provider.Request {
			return a.(*broken).Sign(ev, at)
		},
	})
}

// tell lets a sandbox send everything about its charges, as it is read.
func tell(t *testing.T, a provider.Adapter, _ string) (all []provider.Event) {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for range 2 {
		for _, req := range a.(interface {
			Webhooks(time.Time) []provider.Request
		}).Webhooks(now) {
			evs, err := a.Parse(req, now)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, evs...)
		}
		now = now.Add(sandbox.DecideAfter)
	}
	return all
}

// w is the world of the test's own identifiers.
type w struct{}

func (w) Now() time.Time         { return time.Now() }
func (w) Entropy() lance.Entropy { return lance.SystemEntropy() }

// broken is a sandbox that goes wrong in one way.
type broken struct {
	*sandbox.Sandbox
	is       string
	instance string

	mu    sync.Mutex
	calls int
	first map[string]provider.Outcome
}

// Name returns the sandbox's name.
func (b *broken) Name() string {
	switch b.is {
	case "name changes":
		return b.instance
	case "name is empty":
		return ""
	}
	return b.Sandbox.Name()
}

// key returns what the sandbox is told instead of our key.
func (b *broken) key(key string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	switch b.is {
	case "idempotency ignored", "idempotency ignored under a crowd":
		return key + strconv.Itoa(b.calls)
	case "idempotency kept in memory":
		return key + b.instance[:20]
	case "one charge for all":
		return "one"
	}
	return key
}

// remembered returns what a key was answered with first.
func (b *broken) remembered(key string, out provider.Outcome) provider.Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.first[key]; ok {
		return known
	}
	if out.State != "" {
		b.first[key] = out
	}
	return out
}

// Charge takes no money.
func (b *broken) Charge(ctx context.Context, c provider.Charge) (provider.Outcome, error) {
	if b.is == "context ignored" {
		ctx = context.WithoutCancel(ctx)
	}
	if b.is == "sign of amounts ignored" && !c.Amount.IsPositive() {
		c.Amount = lance.NewMoney(1, c.Amount.Currency())
	}
	key := c.Key
	c.Key = b.key(c.Key)
	out, err := b.Sandbox.Charge(ctx, c)
	reused := lance.CodeOf(err) == "key_reused" && (b.is == "key's content forgotten" || b.is == "key's method forgotten")
	switch {
	case reused:
		return b.remembered(key, out), nil
	case b.is == "pending comes back", b.is == "key's content forgotten", b.is == "key's method forgotten":
		return b.remembered(key, out), err
	case b.is == "refusal is an error" && out.State == provider.Refused:
		return provider.Outcome{}, lance.E(lance.Declined, "card_declined", "the card was declined")
	case b.is == "reason is a sentence" && out.State == provider.Refused:
		out.Code = "Your card was declined."
	case b.is == "token unchecked" && lance.KindOf(err) == lance.Invalid && c.Amount.IsPositive(),
		b.is == "outage taken for a refusal" && lance.KindOf(err) == lance.Unavailable:
		return provider.Outcome{State: provider.Refused, Code: "declined"}, nil
	}
	return out, err
}

// Payout sends no money.
func (b *broken) Payout(ctx context.Context, p provider.Payout) (provider.Outcome, error) {
	if b.is == "payouts not idempotent" {
		b.mu.Lock()
		b.calls++
		p.Key += strconv.Itoa(b.calls)
		b.mu.Unlock()
	}
	return b.Sandbox.Payout(ctx, p)
}

// Lookup asks what became of it.
func (b *broken) Lookup(ctx context.Context, kind provider.Kind, key, ref string) (provider.Outcome, error) {
	if b.is == "lookup mixes kinds up" && kind == provider.KindPayout {
		kind = provider.KindCharge
	}
	if b.is == "pending for ever" && strings.HasSuffix(ref, sandbox.MethodPending) {
		return provider.Outcome{Ref: ref, State: provider.Pending}, nil
	}
	out, err := b.Sandbox.Lookup(ctx, kind, b.key(key), ref)
	switch {
	case b.is == "lookup invents" && lance.KindOf(err) == lance.NotFound:
		return provider.Outcome{Ref: key, State: provider.Pending}, nil
	case b.is == "chargebacks decided otherwise" && out.State == provider.Lost:
		out.State = provider.Won
	case b.is == "outage taken for not found" && lance.KindOf(err) == lance.Unavailable:
		return out, lance.E(lance.NotFound, "provider_unknown", "never seen")
	case b.is == "rejections overlooked" && kind == provider.KindPayout && out.State == provider.Refused:
		out.State, out.Code = provider.Succeeded, ""
	}
	return out, err
}

// Parse reads a webhook.
func (b *broken) Parse(req provider.Request, now time.Time) ([]provider.Event, error) {
	header := req.Header[sandbox.SignatureHeader]
	switch {
	case b.is == "signature unchecked" && len(header) > 0, b.is == "missing signature believed" && len(header) == 0:
		req.Header = map[string][]string{sandbox.SignatureHeader: {sign(now, req.Body)}}
	case b.is == "age unchecked" && len(header) > 0:
		stamp, _, _ := strings.Cut(strings.TrimPrefix(header[0], "t="), ",")
		if at, err := strconv.ParseInt(stamp, 10, 64); err == nil {
			now = time.Unix(at, 0)
		}
	}
	evs, err := b.Sandbox.Parse(provider.Request{Header: maps.Clone(req.Header), Body: req.Body}, now)
	for i := range evs {
		switch {
		case b.is == "events named anew":
			evs[i].ID += strconv.FormatInt(now.Unix(), 10)
		case b.is == "states mixed up" && evs[i].State == provider.Returned:
			evs[i].State = provider.Refused
		case b.is == "fee forgotten":
			evs[i].Fee = lance.Money{}
		case b.is == "chargebacks named anew" && evs[i].Chargeback != "":
			evs[i].Chargeback += evs[i].ID
		case b.is == "every chargeback is won" && evs[i].State == provider.Lost:
			evs[i].State = provider.Won
		case b.is == "every chargeback is lost" && evs[i].State == provider.Won:
			evs[i].State = provider.Lost
		}
	}
	return evs, err
}

// sign signs a webhook as the sandbox does.
func sign(now time.Time, body []byte) string {
	t := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte("sandbox"))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
