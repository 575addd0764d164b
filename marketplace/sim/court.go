package sim

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace"
)

// judges may take cases; nobody else is believed to be an arbiter.
var judges = []lance.Actor{lance.Person("judge", lance.RoleArbiter), lance.Person("jury", lance.RoleArbiter)}

// bar tells the engine who the judges are.
type bar struct{}

// MayJudge reports whether the user is one of the judges.
func (bar) MayJudge(_ context.Context, user lance.UserID, _ []lance.PartyID) (bool, error) {
	return slices.ContainsFunc(judges, func(j lance.Actor) bool { return j.User == user }), nil
}

// words are what everybody says in court.
const words = "This is how it was, and nothing else."

// pleaded is what somebody wants in a case.
type pleaded struct {
	by     lance.Actor
	key    string
	id     dispute.ID
	amount lance.Money
	bears  escrow.Bearer
	user   lance.UserID
}

func (x pleaded) act() dispute.ActInput { return dispute.ActInput{Key: x.key, Case: x.id} }

// plea is a line of pleas.
type plea struct {
	do   dispute.Action
	send func(ctx context.Context, w *world, x pleaded) error
}

// pleas are what can be done in a case. A new one is a line.
var pleas = []plea{
	{dispute.Respond, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.Respond(ctx, x.by, dispute.RespondInput{Key: x.key, Case: x.id, Statement: words, ToPayee: x.amount}))
	}},
	{dispute.AddEvidence, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.AddEvidence(ctx, x.by, dispute.EvidenceInput{Key: x.key, Case: x.id, Text: words}))
	}},
	{dispute.MakeOffer, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.Offer(ctx, x.by, dispute.OfferInput{Key: x.key, Case: x.id, ToPayee: x.amount}))
	}},
	{dispute.AcceptOffer, accept},
	{dispute.Consent, accept},
	{dispute.DeclineOffer, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.DeclineOffer(ctx, x.by, x.act()))
	}},
	{dispute.Concede, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.Concede(ctx, x.by, x.act()))
	}},
	{dispute.Withdraw, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.Withdraw(ctx, x.by, x.act()))
	}},
	{dispute.Escalate, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.Escalate(ctx, x.by, x.act()))
	}},
	{dispute.Assign, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.Assign(ctx, x.by, dispute.AssignInput{Key: x.key, Case: x.id, User: x.user}))
	}},
	{dispute.Rule, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.Rule(ctx, x.by, dispute.RuleInput{Key: x.key, Case: x.id, ToPayee: x.amount, Bears: x.bears, Text: words}))
	}},
	{dispute.Appeal, func(ctx context.Context, w *world, x pleaded) error {
		return errOf(w.engine.Disputes.Appeal(ctx, x.by, dispute.AppealInput{Key: x.key, Case: x.id, Text: words}))
	}},
}

func accept(ctx context.Context, w *world, x pleaded) error {
	return errOf(w.engine.Disputes.AcceptOffer(ctx, x.by, dispute.AcceptOfferInput{Key: x.key, Case: x.id}))
}

// openCases are the cases that are not over.
func (b *books) openCases() []*dispute.Case {
	return slices.DeleteFunc(slices.Clone(b.cases), func(c *dispute.Case) bool { return !c.Open() })
}

// court is one of the parties, a judge, or somebody who has no say, doing something
// in a case: mostly what he may, and sometimes what he may not.
func court(ctx context.Context, w *world, d *dice) error {
	open := w.books.openCases()
	if len(open) == 0 {
		return nil
	}
	c := choose(d, open, func(c *dispute.Case) string { return string(c.Agreement) })
	by := pick(d, []lance.Actor{
		lance.Person(lance.UserID(c.Opener)), lance.Person(lance.UserID(c.Respondent())), lance.Person(lance.UserID(c.Respondent())),
		judges[0], judges[1], judges[0], admin, stranger,
	})
	may := slices.DeleteFunc(slices.Clone(pleas), func(p plea) bool { return !slices.Contains(c.AllowedActions(by), p.do) })
	if len(may) == 0 || d.one(12) {
		may = pleas
	}
	p := pick(d, may)
	x := pleaded{
		by: by, key: w.key(), id: c.ID, amount: lance.NewMoney(d.amount(c.Held.Minor()+1)-1, c.Held.Currency()),
		bears: pick(d, bearers), user: pick(d, judges).User,
	}
	if by.Has(lance.RoleArbiter) {
		x.user = by.User
	}
	w.sayf("%s: %s %s in the case about %s", by.User, p.do, x.amount, w.name(c.Agreement))
	return w.pleaded(ctx, c, func(ctx context.Context) error { return p.send(ctx, w, x) })
}

// pleaded is command for a case: a ruling that is final is two changes of it.
func (w *world) pleaded(ctx context.Context, c *dispute.Case, send func(ctx context.Context) error) error {
	err := w.sure(ctx, send)
	var now *dispute.Case
	gone := w.view(ctx, func(ctx context.Context, r marketplace.Repos) (err error) {
		now, err = r.Cases().Get(ctx, c.ID)
		return err
	})
	most := c.Version + 1
	if gone == nil && len(now.Rulings) > len(c.Rulings) && !now.Open() {
		most++
	}
	switch {
	case gone != nil:
		return gone
	case err == nil && now.Version != most, now.Version > most:
		return broken(Once, "the case about %s went from version %d to %d", w.name(c.Agreement), c.Version, now.Version)
	case err != nil && now.Version != c.Version:
		return broken(Refusal, "the case about %s went from version %d to %d by what failed with %v", w.name(c.Agreement), c.Version, now.Version, err)
	case err == nil:
		w.done(send)
	}
	return err
}

// courtClock is the clock of each stage of a case.
var courtClock = map[dispute.State]string{
	dispute.Opened: dispute.KindResponse, dispute.Negotiation: dispute.KindNegotiation, dispute.Mediation: dispute.KindMediation,
	dispute.Arbitration: dispute.KindArbitration, dispute.Ruled: dispute.KindAppeal,
}

// courts requires that each open case is about an agreement that it has frozen, and
// returns the clocks that cases have beside those of their agreements. A warning that
// comes when the stage is over says nothing, and is gone before that clock fires.
func (b *books) courts() (map[escrow.ID][]string, error) {
	clocks := map[escrow.ID][]string{}
	for _, c := range b.openCases() {
		stage, warns := c.State, !c.WarnAt.IsZero()
		if stage == dispute.Suspended {
			stage, warns = c.Suspension.From, c.Suspension.Warn
		}
		clocks[c.Agreement] = []string{courtClock[stage]}
		if warns && (c.DeadlineAt.IsZero() || c.DeadlineAt.After(b.at)) {
			clocks[c.Agreement] = append(clocks[c.Agreement], dispute.KindDueSoon)
		}
		i := slices.IndexFunc(b.agreements, func(a *escrow.Agreement) bool { return a.ID == c.Agreement })
		if i < 0 || b.agreements[i].State != escrow.Frozen || b.agreements[i].Pause.Case != c.Ref() {
			return nil, broken(SetAside, "%s is %s and its agreement %s is not frozen for it", c.ID, c.State, c.Agreement)
		}
	}
	return clocks, nil
}
