package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// The payment methods and payout destinations that a sandbox knows.
const (
	MethodOK       = "pm_ok"       // succeeds
	MethodDeclined = "pm_declined" // is refused
	MethodPending  = "pm_pending"  // is pending, and has succeeded when looked up

	MethodChargeback    = "pm_chargeback"     // succeeds, is charged back later, and the platform loses
	MethodChargebackWon = "pm_chargeback_won" // the same, and the platform wins

	DestinationOK       = "ba_ok"       // is submitted, and has succeeded when looked up
	DestinationRejected = "ba_rejected" // is submitted, and was refused when looked up
)

// Options set a sandbox up.
type Options struct {
	Name   string        // default "sandbox"
	Secret string        // signs webhooks; default "sandbox"
	Delay  time.Duration // how long each call takes; default 0
}

// Sandbox is a provider.Adapter.
type Sandbox struct {
	name   string
	secret []byte
	delay  time.Duration
	outage atomic.Bool

	mu    sync.Mutex
	seen  map[string]call
	sends []provider.Event
	backs []*chargeback
}

// call is a charge or payout that came in.
type call struct {
	content string
	outcome provider.Outcome
}

var _ provider.Adapter = (*Sandbox)(nil)

// New returns a sandbox that has seen nothing yet.
func New(o Options) *Sandbox {
	s := &Sandbox{name: o.Name, secret: []byte(o.Secret), delay: o.Delay, seen: map[string]call{}}
	if s.name == "" {
		s.name = "sandbox"
	}
	if o.Secret == "" {
		s.secret = []byte("sandbox")
	}
	return s
}

// Name returns the name it was given, else "sandbox".
func (s *Sandbox) Name() string { return s.name }

// Outage makes every call fail with Unavailable "provider_unavailable" until it
// is told otherwise.
func (s *Sandbox) Outage(on bool) { s.outage.Store(on) }

// first is what each token leads to at first.
var first = map[string]provider.Outcome{
	MethodOK:            {State: provider.Succeeded, Settled: true},
	MethodChargeback:    {State: provider.Succeeded, Settled: true},
	MethodChargebackWon: {State: provider.Succeeded, Settled: true},
	MethodDeclined:      {State: provider.Refused, Code: "card_declined"},
	MethodPending:       {State: provider.Pending},
	DestinationOK:       {State: provider.Pending},
	DestinationRejected: {State: provider.Pending},
}

// last is what each token leads to in the end, where that is not what it leads to
// at first.
var last = map[string]provider.Outcome{
	MethodPending:       {State: provider.Succeeded, Settled: true},
	DestinationOK:       {State: provider.Succeeded},
	DestinationRejected: {State: provider.Refused, Code: "account_closed"},
}

// Charge takes no money; what it answers is decided by the method. It fails with
// Invalid "method_unknown" for a method that is not the sandbox's.
func (s *Sandbox) Charge(ctx context.Context, c provider.Charge) (provider.Outcome, error) {
	if !strings.HasPrefix(c.Method, "pm_") || first[c.Method].State == "" {
		return provider.Outcome{}, field("/method", provider.CodeMethodUnknown, "the provider does not know this payment method")
	}
	return s.accept(ctx, provider.KindCharge, c.Key, c.Method, c.Amount)
}

// Payout sends no money; what it answers is decided by the destination. It fails
// with Invalid "destination_unknown" for one that is not the sandbox's.
func (s *Sandbox) Payout(ctx context.Context, p provider.Payout) (provider.Outcome, error) {
	if !strings.HasPrefix(p.Destination, "ba_") || first[p.Destination].State == "" {
		return provider.Outcome{}, field("/destination", provider.CodeDestinationUnknown, "the provider does not know this destination")
	}
	return s.accept(ctx, provider.KindPayout, p.Key, p.Destination, p.Amount)
}

func field(pointer, code, msg string) error {
	var f lance.Faults
	f.Add(pointer, code, msg)
	return f.Err()
}

// up takes its time, and fails while there is an outage or when ctx has ended.
func (s *Sandbox) up(ctx context.Context) error {
	if s.delay > 0 {
		late := time.NewTimer(s.delay)
		defer late.Stop()
		select {
		case <-late.C:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return lance.E(lance.Unavailable, "provider_unavailable", "the provider did not answer in time").Cause(err)
	}
	if s.outage.Load() {
		return lance.E(lance.Unavailable, "provider_unavailable", "the provider cannot be reached")
	}
	return nil
}

func (s *Sandbox) accept(ctx context.Context, kind provider.Kind, key, token string, amount lance.Money) (provider.Outcome, error) {
	if err := s.up(ctx); err != nil {
		return provider.Outcome{}, err
	}
	if err := lance.RequirePositive(amount); err != nil {
		var f lance.Faults
		f.Check("/amount", err)
		return provider.Outcome{}, f.Err()
	}
	if key == "" || len(key) > 64 {
		return provider.Outcome{}, field("/key", "key_syntax", "a call is named by 1 to 64 bytes")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, content := string(kind)+"/"+key, token+" "+amount.String()
	if known, ok := s.seen[id]; ok {
		if known.content != content {
			return provider.Outcome{}, lance.E(lance.Conflict, "key_reused", "this key names another call")
		}
		return known.outcome, nil
	}
	out := first[token]
	out.Ref = refOf(kind, key, token)
	s.seen[id] = call{content, out}
	if _, ok := verdicts[token]; ok {
		s.backs = append(s.backs, newChargeback(key, out.Ref, token, amount))
	}
	if end, ok := last[token]; ok {
		s.sends = append(s.sends, s.event(kind, key, out.Ref, amount, end))
	}
	return out, nil
}

// refOf names a charge or payout so that its token can be read from the name.
func refOf(kind provider.Kind, key, token string) string {
	sum := sha256.Sum256([]byte(key))
	return "sbx_" + string(kind) + "_" + hex.EncodeToString(sum[:8]) + "_" + token
}

// Lookup answers with what the token leads to in the end; of a chargeback that it
// has not decided yet, that it is opened.
func (s *Sandbox) Lookup(ctx context.Context, kind provider.Kind, key, ref string) (provider.Outcome, error) {
	if err := s.up(ctx); err != nil {
		return provider.Outcome{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind == provider.KindChargeback {
		return s.verdict(key, ref)
	}
	id := string(kind) + "/" + key
	if known, ok := s.seen[id]; ok {
		ref = known.outcome.Ref
	}
	parts := strings.SplitN(ref, "_", 4)
	if len(parts) != 4 || ref != refOf(kind, key, parts[3]) {
		return provider.Outcome{}, lance.E(lance.NotFound, "provider_unknown", "the provider has never seen this")
	}
	out, ok := last[parts[3]]
	if !ok {
		out = first[parts[3]]
	}
	out.Ref = ref
	if known, ok := s.seen[id]; ok {
		s.seen[id] = call{known.content, out}
	}
	return out, nil
}
