package sim

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
)

// The cast. Each of the people pays for some agreements and is paid for others.
var (
	people   = []lance.Actor{lance.Person("ann"), lance.Person("bob"), lance.Person("cem"), lance.Person("dan")}
	stranger = lance.Person("eve")
	admin    = lance.Person("root", lance.RoleAdmin)
)

// world is one run.
type world struct {
	seed    uint64
	base    lance.Runner[marketplace.Repos]
	restart func(context.Context) (lance.Runner[marketplace.Repos], error)
	tell    func(string)

	now    time.Time
	bank   *bank
	db     lance.Runner[marketplace.Repos] // the living process
	fate   *fate
	engine *marketplace.Engine

	step       int
	sent       int // how often the last command was
	said       string
	agreements map[escrow.ID]string         // that somebody was told of, and what they are called here
	reserves   map[ledger.TransferID]string // that the host has made, likewise
	past       []again
	books      books // as of the last step
	report     Report
	acts       []int
	lines      []string
	hash       [sha256.Size]byte
}

// again is a command that succeeded and may be sent again.
type again struct {
	at   time.Time
	name string
	send func(ctx context.Context) error
}

func newWorld(ctx context.Context, seed uint64, opts Options) (*world, error) {
	w := &world{seed: seed, now: start, tell: opts.Tell, report: Report{Seed: seed}, agreements: map[escrow.ID]string{}, reserves: map[ledger.TransferID]string{}}
	w.bank = newBank(&dice{seed}, func() time.Time { return w.now })
	var err error
	if w.base, w.restart, err = opts.Open(ctx, seed); err != nil {
		return nil, err
	}
	if err := w.begin(); err != nil {
		return nil, err
	}
	return w, nil
}

// begin starts a process.
func (w *world) begin() (err error) {
	w.fate = &fate{}
	w.db = process{w.base, w.fate}.At(lance.ClockFunc(func() time.Time { return w.now }))
	w.engine, err = marketplace.New(marketplace.Config{
		Store:    w.db,
		Arbiters: bar{},
		Payments: payments.Options{Providers: []provider.Adapter{w.bank}, Currencies: currencies, Wait: time.Minute, Losses: losses(w.seed)},
	})
	return err
}

// again starts another process where one has died.
func (w *world) revive(ctx context.Context) (err error) {
	w.report.Died++
	if w.restart != nil {
		if w.base, err = w.restart(ctx); err != nil {
			return err
		}
	}
	return w.begin()
}

// sure does something until its outcome is known: as a caller does who sends a
// command again under its key when nobody has answered.
func (w *world) sure(ctx context.Context, do func(ctx context.Context) error) error {
	for w.sent = 1; ; w.sent++ {
		err := do(ctx)
		switch {
		case w.fate.dead:
			if err := w.revive(ctx); err != nil {
				return err
			}
		case lance.CodeOf(err) == "commit_unknown", lance.CodeOf(err) == "store_unavailable":
		default:
			return err
		}
	}
}

// act does one step and holds the store against the laws.
func (w *world) act(ctx context.Context, a act) error {
	w.step, w.said = a.n, a.do.name
	w.fate.how, w.fate.at = a.how, a.after
	d := &dice{a.seed}
	err := a.do.do(ctx, w, d)
	if !w.fate.dead {
		w.fate.how = noFault
	}
	w.acts = append(w.acts, a.n)
	w.line(a, err)
	if bad := w.expected(err); bad != nil {
		return bad
	}
	return w.check(ctx)
}

// sayf describes the step for its line.
func (w *world) sayf(format string, args ...any) { w.said = fmt.Sprintf(format, args...) }

func (w *world) line(a act, err error) {
	end := "done"
	if err != nil {
		end = lance.KindOf(err).String() + " " + lance.CodeOf(err)
	}
	how := ""
	if a.how != noFault {
		how = fmt.Sprintf(" [%s, transaction %d]", a.how, a.after)
	}
	text := fmt.Sprintf("%d  %s  %s%s: %s", a.n, w.now.Format("01-02 15:04"), w.said, how, end)
	w.lines = append(w.lines, text)
	w.note(text)
	if w.tell != nil {
		w.tell(text)
	}
}

// note adds to the journal's hash.
func (w *world) note(parts ...string) {
	w.hash = sha256.Sum256([]byte(string(w.hash[:]) + strings.Join(parts, "\x00")))
}

// expected lets pass what a command may be refused with.
func (w *world) expected(err error) error {
	switch lance.KindOf(err) {
	case lance.Precondition, lance.Forbidden, lance.NotFound, lance.Insufficient, lance.Declined, lance.Invalid, lance.Unauthorized, lance.Conflict, lance.Exists, lance.Stale:
		if isBroken(err) {
			return err
		}
		w.report.Refused++
		return nil
	default:
	}
	if err == nil || isBroken(err) {
		return err
	}
	return broken(NoFault, "%v", err)
}

// view reads past the process.
func (w *world) view(ctx context.Context, fn func(ctx context.Context, r marketplace.Repos) error) error {
	return w.base.At(lance.FixedClock(w.now)).View(ctx, fn)
}

// agreement reads an agreement as it is.
func (w *world) agreement(ctx context.Context, id escrow.ID) (a *escrow.Agreement, err error) {
	err = w.view(ctx, func(ctx context.Context, r marketplace.Repos) (err error) {
		a, err = r.Agreements().Get(ctx, id)
		return err
	})
	return a, err
}

// name returns what an agreement is called in lines: A and the step that made it.
func (w *world) name(id escrow.ID) string { return w.agreements[id] }

// key is the idempotency key of the step's command.
func (w *world) key() string { return fmt.Sprintf("step-%d", w.step) }

// command sends a command about an agreement until its outcome is known, and
// requires that it was done once, or not at all when it was refused.
func (w *world) command(ctx context.Context, a *escrow.Agreement, send func(ctx context.Context) error) error {
	err := w.sure(ctx, send)
	now, gone := w.agreement(ctx, a.ID)
	switch {
	case gone != nil:
		return gone
	case err == nil && now.Version != a.Version+1:
		return broken(Once, "%s went from version %d to %d", w.name(a.ID), a.Version, now.Version)
	case err != nil && now.Version != a.Version && w.sent > 1:
		return broken(Once, "%s went from version %d to %d, and the command was refused when it was sent again: %v", w.name(a.ID), a.Version, now.Version, err)
	case err != nil && now.Version != a.Version:
		return broken(Refusal, "%s went from version %d to %d by what failed with %v", w.name(a.ID), a.Version, now.Version, err)
	case err == nil:
		w.done(send)
	}
	return err
}

// done remembers a command, to be sent again.
func (w *world) done(send func(ctx context.Context) error) {
	w.report.Done++
	w.past = append(w.past, again{w.now, w.said, send})
}
