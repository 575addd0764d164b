package levers

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace"
)

// MaxMail bounds how many letters a Mailbox keeps: the latest.
const MaxMail = 1000

// Mail is a letter that would have been sent.
type Mail struct {
	To        string
	Subject   string
	Text      string
	Code      string    // to type in; empty for a letter that carries none
	ExpiresAt time.Time // until when the code is good, UTC; zero without one
	At        time.Time // when it would have been sent, UTC
}

// Mailbox keeps mail in memory instead of sending it. It is safe for concurrent
// use, and empty again after a restart.
type Mailbox struct {
	clock lance.Clock
	mu    sync.Mutex
	mail  []Mail // the latest last
}

// NewMailbox returns an empty mailbox that dates letters by a clock.
func NewMailbox(clock lance.Clock) *Mailbox { return &Mailbox{clock: clock} }

// Jobs are for marketplace.Config.Jobs: the relay by which auth's mail comes into
// the mailbox. The service has the words, and the codes of the store.
func (m *Mailbox) Jobs(words *auth.Service) lance.Jobs[marketplace.Repos] {
	send := func(ctx context.Context, d lance.Delivery) (func(context.Context, marketplace.Repos) error, error) {
		letter, err := words.Letter(ctx, lance.System("mailbox"), d)
		if kind := lance.KindOf(err); err != nil && kind != lance.Precondition && kind != lance.NotFound {
			return nil, err
		}
		if err == nil { // else it is not worth sending any more
			m.put(write(letter, m.clock.Now()))
		}
		return nil, nil //nolint:nilnil // there is nothing to store
	}
	return lance.Jobs[marketplace.Repos]{Relays: []lance.Relay[marketplace.Repos]{{Name: auth.MailRelay, Send: send}}}
}

// subjects says what each kind of letter is about.
var subjects = map[auth.MailKind][2]string{
	auth.MailVerify: {"Confirm your address", "Type this code to confirm your address: "},
	auth.MailReset:  {"Set a new password", "Type this code to set a new password: "},
	auth.MailKnown:  {"You have joined already", "Somebody tried to join with your address. If it was you, sign in, or set a new password."},
}

func write(l *auth.Letter, at time.Time) Mail {
	s := subjects[l.Kind]
	code := l.Code.Reveal()
	return Mail{To: l.To, Subject: s[0], Text: "Hello " + l.Name + ",\n\n" + s[1] + code + "\n", Code: code, ExpiresAt: l.ExpiresAt, At: at}
}

func (m *Mailbox) put(letter Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.mail) == MaxMail {
		m.mail = slices.Delete(m.mail, 0, 1)
	}
	m.mail = append(m.mail, letter)
}

// To returns the letters to an address, the latest first; with "" all.
func (m *Mailbox) To(address string) []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Mail
	for _, letter := range slices.Backward(m.mail) {
		if address == "" || auth.EmailKey(letter.To) == auth.EmailKey(address) {
			out = append(out, letter)
		}
	}
	return out
}
