package auth

import (
	"context"
	"encoding/json"
	"time"

	"github.com/megilance/lance"
)

// MailRelay is the relay for which deliveries of mail are stored.
const MailRelay = "auth.mail"

// MailKind says what a mail is about.
type MailKind string

// The kinds of mail.
const (
	MailVerify MailKind = "verify_email"   // carries a code
	MailReset  MailKind = "reset_password" // carries a code
	MailKnown  MailKind = "known_address"  // somebody tried to register the address again
)

// Mail is the body of a delivery for MailRelay: it names whom to write to and
// why, and holds nothing of what the mail will say.
type Mail struct {
	User      lance.UserID `json:"user"`
	Kind      MailKind     `json:"kind"`
	Challenge ChallengeID  `json:"challenge,omitempty"`
}

func (m Mail) delivery(key string) lance.Delivery {
	body, _ := json.Marshal(m) //nolint:errchkjson // strings alone always marshal
	return lance.Delivery{Relay: MailRelay, Key: key, Subject: Ref(m.User), Body: body}
}

func challengeMail(c *Challenge) lance.Delivery {
	return Mail{User: c.User, Kind: MailKind(c.Kind), Challenge: c.ID}.delivery(string(c.ID))
}

func knownMail(u lance.UserID, now time.Time) lance.Delivery {
	return Mail{User: u, Kind: MailKnown}.delivery(string(u) + "/" + now.Truncate(day).Format(time.DateOnly))
}

// Letter is what a mail has to say.
type Letter struct {
	To        string // the user's address
	Name      string // his name
	Kind      MailKind
	Code      Secret    // empty for MailKnown
	ExpiresAt time.Time // until when the code is good, UTC; zero without one
}

// Letter reads what the mail of a delivery has to say, for whoever sends it: the
// engine itself alone may ask. Faults: Forbidden "role_required"; Precondition
// "challenge_state" when the code is no longer good, so that the mail is not
// worth sending; NotFound "user_not_found"; Internal "mail_body".
func (s *Service) Letter(ctx context.Context, by lance.Actor, d lance.Delivery) (*Letter, error) {
	const op = "auth.Letter"
	if err := by.RequireRole(); err != nil {
		return nil, lance.Op(op, err)
	}
	var m Mail
	if err := json.Unmarshal(d.Body, &m); err != nil || d.Relay != MailRelay {
		return nil, lance.Op(op, lance.E(lance.Internal, "mail_body", "this is not a delivery of mail").Cause(err))
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*Letter, error) { return s.letter(ctx, r, m) })
}

func (s *Service) letter(ctx context.Context, r Repos, m Mail) (*Letter, error) {
	u, err := r.Users().Get(ctx, m.User)
	if err != nil {
		return nil, err
	}
	l := &Letter{To: u.Email, Name: u.Name, Kind: m.Kind}
	if m.Challenge == "" {
		return l, nil
	}
	if s.o.Codes == nil {
		return nil, errNoCodes()
	}
	c, err := r.Challenges().Get(ctx, m.Challenge)
	if err != nil {
		return nil, err
	}
	if c.State != ChallengeOpen || !r.Now().Before(c.ExpiresAt) {
		return nil, lance.E(lance.Precondition, "challenge_state", "the code is no longer good")
	}
	l.Code, l.ExpiresAt = s.o.Codes.Of(c.ID), c.ExpiresAt
	return l, nil
}
