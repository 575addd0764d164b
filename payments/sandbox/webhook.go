package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// SignatureHeader carries a webhook's time and signature: "t=<unix seconds>,v1=<hex
// HMAC-SHA256 of t, a dot and the body>".
const SignatureHeader = "Sandbox-Signature"

// Tolerance is how old a webhook may be.
const Tolerance = 5 * time.Minute

// message is a webhook's body.
type message struct {
	ID     string         `json:"id"`
	Kind   provider.Kind  `json:"kind"`
	Key    string         `json:"key"`
	Ref    string         `json:"ref"`
	State  provider.State `json:"state"`
	Amount lance.Money    `json:"amount"`
	Code   string         `json:"code,omitempty"`
	At     time.Time      `json:"at"`

	Chargeback string      `json:"chargeback,omitempty"`
	Fee        lance.Money `json:"fee,omitzero"`
	AnswerBy   time.Time   `json:"answer_by,omitzero"`
}

func (s *Sandbox) event(kind provider.Kind, key, ref string, amount lance.Money, end provider.Outcome) provider.Event {
	sum := sha256.Sum256([]byte(ref + string(end.State)))
	return provider.Event{
		ID: "sev_" + hex.EncodeToString(sum[:12]), Kind: kind, Key: key, Ref: ref,
		State: end.State, Amount: amount, Code: end.Code,
	}
}

// Webhooks returns, signed at now, what the sandbox would send about charges and
// payouts that were pending, each once; and of a chargeback that it has begun and,
// DecideAfter that, how it ended.
func (s *Sandbox) Webhooks(now time.Time) []provider.Request {
	s.mu.Lock()
	sends := s.sends
	s.sends = nil
	for i := range sends {
		sends[i].At = lance.Instant(now)
	}
	for _, c := range s.backs {
		if ev, is := c.tell(now); is {
			sends = append(sends, ev)
		}
	}
	s.mu.Unlock()
	out := make([]provider.Request, 0, len(sends))
	for _, ev := range sends {
		out = append(out, s.Sign(ev, now))
	}
	return out
}

// Sign makes the webhook that tells of an event, signed at now.
func (s *Sandbox) Sign(ev provider.Event, now time.Time) provider.Request {
	body, err := json.Marshal(message(ev))
	if err != nil {
		body = nil // an amount and strings always marshal
	}
	t := strconv.FormatInt(now.Unix(), 10)
	return provider.Request{
		Header: map[string][]string{SignatureHeader: {"t=" + t + ",v1=" + s.sign(t, body)}},
		Body:   body,
	}
}

func (s *Sandbox) sign(t string, body []byte) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Parse checks a webhook's signature and age and returns its event.
func (s *Sandbox) Parse(req provider.Request, now time.Time) ([]provider.Event, error) {
	header := ""
	if h := req.Header[SignatureHeader]; len(h) > 0 {
		header = h[0]
	}
	stamp, sig, _ := strings.Cut(header, ",")
	t, okT := strings.CutPrefix(stamp, "t=")
	v1, okV := strings.CutPrefix(sig, "v1=")
	sent, err := strconv.ParseInt(t, 10, 64)
	if !okT || !okV || err != nil || !hmac.Equal([]byte(v1), []byte(s.sign(t, req.Body))) {
		return nil, lance.E(lance.Unauthorized, "webhook_signature", "the webhook is not signed by the provider")
	}
	if now.Sub(time.Unix(sent, 0)).Abs() > Tolerance {
		return nil, lance.E(lance.Unauthorized, "webhook_expired", "the webhook is too old")
	}
	var m message
	if err := json.Unmarshal(req.Body, &m); err != nil {
		return nil, lance.E(lance.Invalid, "webhook_body", "the webhook cannot be read").Cause(err)
	}
	return []provider.Event{provider.Event(m)}, nil
}
