package escrow

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// The kinds of an agreement's timers.
const (
	KindExpire      = "escrow.expire"          // a proposal that nobody accepted is over
	KindRemind      = "escrow.release_warning" // submitted work will soon count as approved
	KindAutoRelease = "escrow.auto_release"    // submitted work counts as approved
	KindRefund      = "escrow.refund"          // a request for money back is answered by silence
	KindAmendment   = "escrow.amendment"       // a proposed price is over
	KindWarn        = "escrow.limit_warning"   // the limit of held money is near
	KindLimit       = "escrow.limit"           // held money may no longer stay where it is
	KindClear       = "escrow.clear"           // released money becomes available
)

// Why a clock stands: Timer.WhyNot.
const (
	WhyNotFunded        = "not_funded"        // the whole price was never held yet
	WhyNotSubmitted     = "not_submitted"     // the payee is at work
	WhyChangesRequested = "changes_requested" // the payer wants changes
	WhyFrozen           = "frozen"            // a case is open
)

// kinds are all but those of a clearance, which goes on after the end.
var kinds = []string{KindExpire, KindRemind, KindAutoRelease, KindRefund, KindAmendment, KindWarn, KindLimit}

// Timers returns the clocks of the agreement, by kind: when each fires, or why it
// stands.
func (a *Agreement) Timers() []lance.Timer {
	set := a.timers()
	slices.SortFunc(set, func(a, b lance.Timer) int { return cmp.Compare(a.Kind, b.Kind) })
	return set
}

// timers returns the clocks of the agreement as they are to be, and the kinds
// that may be there and are not to be.
func (a *Agreement) timers() (set []lance.Timer) {
	at := map[string]lance.Timer{}
	due := func(kind string, t time.Time) {
		switch {
		case !t.IsZero():
			at[kind] = lance.Timer{Owner: a.Ref(), Kind: kind, DueAt: t}
		case a.State == Frozen:
			at[kind] = lance.Timer{Owner: a.Ref(), Kind: kind, WhyNot: WhyFrozen}
		}
	}
	switch {
	case Lifecycle.Terminal(a.State):
	case a.State == Proposed:
		due(KindExpire, a.ExpiresAt)
	default:
		at[KindAutoRelease] = lance.Timer{Owner: a.Ref(), Kind: KindAutoRelease, DueAt: a.ReleaseAt, WhyNot: a.whyNot()}
		if a.RefundAsked.IsPositive() {
			due(KindRefund, a.RefundAt)
		}
		if a.Amendment.By != "" {
			due(KindAmendment, a.Amendment.ExpiresAt)
		}
		if limit := a.LimitAt(); !limit.IsZero() {
			due(KindLimit, a.unfrozen(limit))
		}
		for _, n := range a.notices() {
			due(n.kind, n.at)
		}
	}
	if len(a.Clearing) > 0 {
		at[KindClear] = lance.Timer{Owner: a.Ref(), Kind: KindClear, DueAt: a.Clearing[0].At}
	}
	for _, kind := range append([]string{KindClear}, kinds...) {
		if t, is := at[kind]; is {
			set = append(set, t)
		}
	}
	return set
}

// clocks are its timers, and for the kinds that it has none of, that it has none.
func (a *Agreement) clocks() []lance.Timer {
	set := a.timers()
	for _, kind := range append([]string{KindClear}, kinds...) {
		if !slices.ContainsFunc(set, func(t lance.Timer) bool { return t.Kind == kind }) {
			set = append(set, lance.Timer{Owner: a.Ref(), Kind: kind})
		}
	}
	return set
}

// whyNot says why the inspection clock stands; nothing when it runs.
func (a *Agreement) whyNot() string {
	switch {
	case !a.ReleaseAt.IsZero():
		return ""
	case a.State == Frozen:
		return WhyFrozen
	case !a.wasWhole():
		return WhyNotFunded
	case a.SubmittedAt.IsZero():
		return WhyNotSubmitted
	}
	return WhyChangesRequested
}

// unfrozen returns when a clock fires that stands while a case is open, and is due at
// once after it when its time has come meanwhile.
func (a *Agreement) unfrozen(at time.Time) time.Time {
	if a.State == Frozen {
		return time.Time{}
	}
	return at
}

// notice is what is said once, so long before something happens by itself.
type notice struct {
	kind string
	at   time.Time // when it is due; zero while it stands
	say  func(s *step, now time.Time)
}

// notices are those that were not given yet.
func (a *Agreement) notices() (all []notice) {
	if limit := a.LimitAt(); !limit.IsZero() && a.WarnedAt.IsZero() {
		all = append(all, notice{KindWarn, a.unfrozen(limit.Add(-a.Policy.Holding.Warning)), warn})
	}
	if a.reminds() {
		all = append(all, notice{KindRemind, a.unfrozen(a.ReleaseAt.Add(-a.Policy.Reminder)), remind})
	}
	return all
}

// reminds reports whether the payer has to be told yet that his inspection is nearly
// over: not of one that takes no longer than that would be before, nor where nothing is
// held, or what is has to leave before, of which he is warned.
func (a *Agreement) reminds() bool {
	runs := a.Held.IsPositive() && (!a.ReleaseAt.IsZero() || a.Pause.ReleaseIn > 0)
	limit, before := a.LimitAt(), a.Policy.Reminder
	return runs && a.RemindedAt.IsZero() && before > 0 && before < a.Inspection && (limit.IsZero() || !a.ReleaseAt.After(limit))
}

// clearing makes available what has been in clearance long enough, as much of it as
// one set of transfers may move: for the rest the clock is due again at once.
func clearing(a Agreement, now time.Time) step {
	s := step{after: a}
	due := int64(0)
	s.after.Clearing = nil
	cur := a.Amount.Currency()
	for _, c := range a.Clearing {
		if c.At.After(now) || len(s.transfers) == ledger.MaxSet {
			s.after.Clearing = append(s.after.Clearing, c)
			continue
		}
		due += c.Amount.Minor()
		s.move(ledger.CodeClear, ledger.Clearance(c.Party, cur), ledger.Available(c.Party, cur), c.Amount)
	}
	s.event = AgreementCleared{changed(&s.after), a.minor(due)}
	return s
}

// warn says that held money is near its limit.
func warn(s *step, now time.Time) {
	a := &s.after
	a.WarnedAt = now
	s.event = AgreementLimitNear{changed(a), a.LimitAt(), a.Policy.Holding.Then}
}

// remind says that the inspection is nearly over.
func remind(s *step, now time.Time) {
	a := &s.after
	a.RemindedAt = now
	s.event = AgreementReleaseNear{changed(a), a.ReleaseAt}
}

// give says what a notice is for, if it is due.
func (a *Agreement) give(kind string, now time.Time) (*step, bool) {
	for _, n := range a.notices() {
		if n.kind == kind && a.when(a.moving(), n.at, now, "say") != "" {
			s := &step{after: *a}
			n.say(s, now)
			return s, true
		}
	}
	return nil, false
}

// Jobs is what goes on by itself in escrow and the ledger below it: proposals and
// amendments expire, submitted work is released when its inspection is over, of which
// the payer is reminded before, a refund that was asked is made or dropped when nobody
// answers, held money leaves before it may no longer stay, and released money becomes
// available when its clearance is over.
func Jobs() lance.Jobs[Repos] {
	own := lance.Jobs[Repos]{Timers: map[string]lance.Fire[Repos]{}}
	for _, kind := range append([]string{KindClear}, kinds...) {
		own.Timers[kind] = func(ctx context.Context, r Repos, t lance.Timer) error { return fire(ctx, r, ID(t.Owner.ID), kind) }
	}
	return own.Join(ledger.Jobs[Repos]())
}

// fire does what a clock is for. One that was overtaken does nothing.
func fire(ctx context.Context, r Repos, id ID, kind string) error {
	a, err := r.Agreements().Get(ctx, id)
	if err != nil {
		return err
	}
	by := lance.System(reasons[kind])
	s, is, err := a.due(kind, by, r.Now())
	if err != nil || !is {
		return err
	}
	_, err = s.keep(ctx, r, by)
	return err
}

// reasons are what the clocks call themselves in events.
var reasons = map[string]string{
	KindExpire: "expire", KindAutoRelease: "auto_release", KindRefund: "refund_unanswered", KindAmendment: "amendment_expired",
	KindRemind: "release_near", KindWarn: "limit_near", KindLimit: "limit", KindClear: "clearance",
}

// due works out what a clock makes of the agreement now, and whether it is due and
// was not overtaken.
func (a *Agreement) due(kind string, by lance.Actor, now time.Time) (s *step, is bool, err error) {
	in, do := command{By: by}, Action("")
	switch kind {
	case KindClear:
		if len(a.Clearing) == 0 || a.Clearing[0].At.After(now) {
			return nil, false, nil
		}
		return new(clearing(*a, now)), true, nil
	case KindExpire:
		do = a.when(a.State == Proposed, a.ExpiresAt, now, Cancel)
	case KindAutoRelease:
		do = a.when(a.State == Submitted, a.ReleaseAt, now, Approve)
	case KindAmendment:
		do = a.when(a.Amendment.By != "", a.Amendment.ExpiresAt, now, DeclineAmendment)
	case KindRefund:
		if do = a.when(a.RefundAsked.IsPositive(), a.RefundAt, now, Refund); do != "" && a.Policy.Refunds.Silence == policy.Keep {
			do = DeclineRefund
		}
		in.Amount = a.RefundAsked
	case KindWarn, KindRemind:
		s, is = a.give(kind, now)
		return s, is, nil
	case KindLimit:
		over := a.when(a.State == Submitted, a.ReleaseAt, now, Approve) != ""
		if do = a.when(a.moving(), a.LimitAt(), now, Refund); do != "" && (over || a.Policy.Holding.Then == policy.ToPayee) {
			do = Approve
		}
	}
	if do == "" {
		return nil, false, nil
	}
	s, err = a.work(in, do, now)
	return s, true, err
}

// when returns the action if the clock that is set for at is due.
func (a *Agreement) when(runs bool, at, now time.Time, do Action) Action {
	if !runs || at.IsZero() || at.After(now) {
		return ""
	}
	return do
}

// moving reports whether held money can leave by itself.
func (a *Agreement) moving() bool { return a.State == Funded || a.State == Submitted }
