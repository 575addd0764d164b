package paytest

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// bank is the sandbox, as unreliable as a case wants it, which counts its calls.
type bank struct {
	*sandbox.Sandbox

	mu     sync.Mutex
	calls  map[string]int // how often each key was charged or paid
	says   *provider.Outcome
	fails  error
	rules  provider.State // how it says that chargebacks ended which a case made up; empty: it has not decided
	answer func()         // runs when a charge or payout has been made, before it is answered
}

// say makes the bank answer everything with an outcome, however absurd; nil lets
// it be itself again.
func (b *bank) say(out *provider.Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.says = out
}

// fail makes the bank answer everything with an error; nil lets it be itself.
func (b *bank) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = err
}

// decide makes the bank say how chargebacks ended.
func (b *bank) decide(s provider.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = s
}

// onAnswer runs fn each time when a charge or payout has been made.
func (b *bank) onAnswer(fn func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = fn
}

// called returns how often a key was charged or paid.
func (b *bank) called(key string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls[key]
}

// made returns how many keys were charged or paid.
func (b *bank) made() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}

// script counts a call and returns what the case wants it to be answered with.
func (b *bank) script(key string) (says *provider.Outcome, answer func(), fails error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if key != "" {
		b.calls[key]++
	}
	return b.says, b.answer, b.fails
}

func (b *bank) play(key string, itself func() (provider.Outcome, error)) (provider.Outcome, error) {
	says, answer, fails := b.script(key)
	if fails != nil {
		return provider.Outcome{}, fails
	}
	out, err := itself()
	if says != nil {
		out, err = *says, nil
	}
	if answer != nil && key != "" {
		answer()
	}
	return out, err
}

// Charge takes no money.
func (b *bank) Charge(ctx context.Context, c provider.Charge) (provider.Outcome, error) {
	return b.play(c.Key, func() (provider.Outcome, error) { return b.Sandbox.Charge(ctx, c) })
}

// Payout sends no money.
func (b *bank) Payout(ctx context.Context, p provider.Payout) (provider.Outcome, error) {
	return b.play(p.Key, func() (provider.Outcome, error) { return b.Sandbox.Payout(ctx, p) })
}

// Lookup asks what became of it.
func (b *bank) Lookup(ctx context.Context, kind provider.Kind, key, ref string) (provider.Outcome, error) {
	if kind == provider.KindChargeback && !strings.HasPrefix(ref, "sbx_") {
		b.mu.Lock()
		defer b.mu.Unlock()
		return provider.Outcome{Ref: ref, State: cmp.Or(b.rules, provider.Opened)}, nil
	}
	return b.play("", func() (provider.Outcome, error) { return b.Sandbox.Lookup(ctx, kind, key, ref) })
}

// mortal is a runner whose process can die: from then on no transaction commits.
type mortal struct {
	lance.Runner[guarantee.Repos]
	dead *atomic.Bool
}

var errDied = lance.E(lance.Unavailable, "process_died", "the process has died")

// InTx runs fn; when the process has died meanwhile, nothing of it stays.
func (m mortal) InTx(ctx context.Context, fn func(context.Context, guarantee.Repos) error) error {
	return m.Runner.InTx(ctx, func(ctx context.Context, r guarantee.Repos) error {
		if err := fn(ctx, r); err != nil {
			return err
		}
		if m.dead.Load() {
			return errDied
		}
		return nil
	})
}

// At returns the same process at another clock.
func (m mortal) At(c lance.Clock) lance.Runner[guarantee.Repos] {
	return mortal{m.Runner.At(c), m.dead}
}
