package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// DecideAfter is how long the sandbox takes to decide a chargeback.
const DecideAfter = 7 * 24 * time.Hour

// FeeMinor is what the sandbox takes for a chargeback, in minor units of its
// currency.
const FeeMinor = 15_00

// verdicts are how chargebacks of a method end.
var verdicts = map[string]provider.State{MethodChargeback: provider.Lost, MethodChargebackWon: provider.Won}

// chargeback is one that is to come, or that has come and is not decided.
type chargeback struct {
	event provider.Event // the last one sent, or the first to be
	end   provider.State
	due   time.Time // when it is decided; zero until it was told of
	over  bool
}

func newChargeback(key, ref, token string, amount lance.Money) *chargeback {
	return &chargeback{end: verdicts[token], event: provider.Event{
		Kind: provider.KindChargeback, Key: key, Ref: ref, State: provider.Opened, Amount: amount, Code: "fraudulent",
		Chargeback: refOf(provider.KindChargeback, key, token), Fee: lance.NewMoney(FeeMinor, amount.Currency()),
	}}
}

// tell returns what is to be told of the chargeback now, if anything.
func (c *chargeback) tell(now time.Time) (provider.Event, bool) {
	ev := &c.event
	switch {
	case c.due.IsZero():
		c.due = now.Add(DecideAfter)
		ev.AnswerBy = lance.Instant(c.due)
	case c.over || now.Before(c.due):
		return provider.Event{}, false
	default:
		c.over, ev.State, ev.AnswerBy = true, c.end, time.Time{}
	}
	sum := sha256.Sum256([]byte(ev.Chargeback + string(ev.State)))
	ev.ID, ev.At = "sev_"+hex.EncodeToString(sum[:12]), lance.Instant(now)
	return *ev, true
}

// verdict says how a chargeback stands; one that the sandbox does not remember
// has ended as its method says.
func (s *Sandbox) verdict(key, ref string) (provider.Outcome, error) {
	for _, c := range s.backs {
		if c.event.Chargeback == ref && c.event.Key == key && !c.due.IsZero() {
			return provider.Outcome{Ref: ref, State: c.event.State}, nil
		}
	}
	for token, end := range verdicts {
		if _, known := s.seen[string(provider.KindCharge)+"/"+key]; !known && ref == refOf(provider.KindChargeback, key, token) {
			return provider.Outcome{Ref: ref, State: end}, nil
		}
	}
	return provider.Outcome{}, lance.E(lance.NotFound, "provider_unknown", "the provider has never seen this")
}
