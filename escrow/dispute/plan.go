package dispute

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

// MaxOffers is how many splits each party may offer in a case, and mediators together.
const MaxOffers = 20

// bench is an open case that is locked with its agreement.
type bench struct {
	c     *Case
	terms policy.Dispute // of the agreement
	left  lance.Money    // of its price, in the hold
}

// step is what one action makes of a case: the case after it, what the event says,
// and what becomes of the agreement.
type step struct {
	bench
	after Case
	event lance.Payload
	thaw  bool
}

// engine is who moves the agreement of a case, by whoever's word.
var engine = lance.System(noun)

// bar keeps the cases: nobody else ends what they have frozen.
type bar struct{}

var keeper = escrow.KeeperOf[bar]()

// lock locks a case with its agreement. It comes before the caller's key, as it
// does for agreements.
func lock(ctx context.Context, r Repos, id ID) error {
	c, err := r.Cases().Get(ctx, id)
	if err != nil {
		return err
	}
	return r.Lock(ctx, escrow.Ref(c.Agreement))
}

// take reads a case that is locked and that the actor may see, in the version that
// he has read.
func take(ctx context.Context, r Repos, by lance.Actor, id ID, version int64) (*bench, error) {
	c, err := GetIn(ctx, r, by, id)
	if err != nil {
		return nil, err
	}
	if version != 0 && version != c.Version {
		return nil, Table.Stale()
	}
	a, err := r.Agreements().Get(ctx, c.Agreement)
	if err != nil {
		return nil, err
	}
	return &bench{c, a.Policy.Dispute, a.Remaining()}, nil
}

// means is what an action comes to: the mediator's offer is carried out by whoever is
// the second to accept it.
func (b *bench) means(do Action, by lance.Actor) Action {
	if do == AcceptOffer && b.c.Offer.half(by.Party) {
		return Consent
	}
	return do
}

// step begins an action, if the lifecycle has it for the actor and the case allows
// it now.
func (b *bench) step(by lance.Actor, do Action, now time.Time) (*step, error) {
	as := b.c.Relations(by)
	to, err := Lifecycle.Next(b.c.State, do, as...)
	if err == nil {
		err = b.c.guard(do, by)
	}
	if err == nil {
		err = b.c.inTime(do, now)
	}
	if err != nil {
		return nil, err
	}
	s := &step{bench: *b, after: *b.c}
	c := &s.after
	c.Acted, c.Rulings, c.Appeals = slices.Clone(c.Acted), slices.Clone(c.Rulings), slices.Clone(c.Appeals)
	if slices.Contains(as, ByOpener) || slices.Contains(as, ByRespondent) {
		c.Act(by)
	}
	s.enter(to, now)
	return s, nil
}

// enter brings the case to a state. A stage begins with the whole of its time; to
// be where it is already takes none away and adds none.
func (s *step) enter(to State, now time.Time) {
	c := &s.after
	if to == c.State {
		return
	}
	c.State, c.StageAt = to, now
	c.until(now.Add(s.period(to)), s.terms.Warning)
	if Lifecycle.Terminal(to) {
		c.EndedAt, c.Offer, c.Suspension = now, Offer{}, Suspension{}
		c.until(time.Time{}, 0)
	}
}

// period is how long a stage takes at most.
func (s *step) period(stage State) time.Duration {
	switch stage {
	case Negotiation:
		return s.terms.Negotiation
	case Mediation:
		return s.terms.Mediation
	case Arbitration:
		return s.terms.Arbitration
	case Ruled:
		return s.terms.Appeal
	default:
		return s.terms.Response
	}
}

// guard refuses what the state has and the case does not allow now.
func (c *Case) guard(do Action, by lance.Actor) error {
	switch do {
	case AddEvidence:
		if c.side(by).Evidence >= MaxEvidence {
			return lance.E(lance.Precondition, "evidence_limit", "as much was shown as is allowed")
		}
	case MakeOffer:
		if *c.offers(by) >= MaxOffers {
			return lance.E(lance.Precondition, "offer_limit", "a split was offered as often as is allowed")
		}
	case AcceptOffer, Consent, DeclineOffer:
		return c.guardOffer(do, by)
	default:
	}
	return nil
}

// guardOffer refuses an answer to no offer, and one that is not the actor's to give.
func (c *Case) guardOffer(do Action, by lance.Actor) error {
	o := c.Offer
	switch {
	case o.At.IsZero():
		return lance.E(lance.Precondition, "offer_none", "no split is offered")
	case do == DeclineOffer && o.Mediator == "" && !c.sided(by):
		return lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	case do == Consent && o.Accepted == by.Party:
		return lance.E(lance.Precondition, "offer_accepted", "you have accepted it, and the other party has to")
	case do == Consent && !o.half(by.Party), do == AcceptOffer && (o.half(by.Party) || o.By == by.Party):
		return lance.E(lance.Forbidden, "offer_own", "the other party has to accept it")
	}
	return nil
}

// inTime refuses what a stage gives so much time for when that is over, also while
// its clock has yet to say so. To agree with each other the parties may any time.
func (c *Case) inTime(do Action, now time.Time) error {
	if (do == Respond || do == Rule || do == Appeal) && !c.DeadlineAt.After(now) {
		return lance.E(lance.Precondition, "dispute_late", "the time for this is over")
	}
	return nil
}

// plan works an action out.
func (s *step) plan(in command, do Action, now time.Time) (err error) {
	c := &s.after
	if (do == AcceptOffer || do == Consent) && in.ToPayee != (lance.Money{}) && in.ToPayee != s.c.Offer.ToPayee {
		return lance.E(lance.Stale, "offer_changed", "another split is offered by now")
	}
	if in.ToPayee, err = c.share(in.ToPayee); err != nil {
		return err
	}
	switch do {
	case Respond:
		c.Answer = Position{ToPayee: in.ToPayee, Statement: in.Text, At: now, Evidence: c.Answer.Evidence}
		s.event = CaseResponded{c.changed(), in.ToPayee}
	case MakeOffer:
		s.offer(in, now)
	case Consent:
		c.Offer.Accepted = in.By.Party
		s.event = CaseOfferAccepted{c.changed(), in.By.Party, c.Offer.ToPayee}
	case DeclineOffer:
		s.event = CaseOfferDeclined{c.changed(), c.Offer.By, c.Offer.Mediator, c.Offer.ToPayee}
		c.Offer = Offer{}
	case AcceptOffer:
		s.end(EndSettled, s.c.Offer.ToPayee, escrow.BearEach)
	case Concede:
		s.end(EndConceded, c.Claim.ToPayee, escrow.BearEach)
	case Withdraw:
		s.thaw, s.event = true, CaseWithdrawn{c.changed()}
	case Escalate:
		s.unmediated("")
		s.event = CaseEscalated{c.changed(), s.c.State}
	case Assign:
		return s.assign(in)
	case Rule:
		if in.unfit != nil {
			return staked()
		}
		s.rule(in, now)
	case Appeal:
		c.Appeals, c.Arbiter = append(c.Appeals, Plea{in.By.Party, in.Text, now}), ""
		s.event = CaseAppealed{c.changed(), in.By.Party}
	default:
		s.byItself(do)
	}
	return nil
}

// byItself does what the clock does alone. A ruling that was appealed stands when
// the appeal is not decided.
func (s *step) byItself(do Action) {
	c := &s.after
	switch {
	case do == Grant:
		s.end(EndGranted, c.Claim.ToPayee, escrow.BearEach)
	case do == Execute, len(c.Rulings) > 0:
		last := c.Rulings[len(c.Rulings)-1]
		s.end(EndRuled, last.ToPayee, last.Bears)
	case s.terms.Default == policy.ToPayee:
		s.end(EndLapsed, c.Held, escrow.BearEach)
	default:
		s.end(EndLapsed, c.minor(0), escrow.BearEach)
	}
}

// end divides what is held. What a bank took back meanwhile is the payer's: what was
// to go to the payee does, as far as the rest goes.
func (s *step) end(end End, toPayee lance.Money, bears escrow.Bearer) {
	c := &s.after
	toPayee = c.minor(min(toPayee.Minor(), c.Held.Minor()))
	c.divide(end, toPayee, bears)
	s.event = CaseResolved{c.changed(), end, toPayee, c.Outcome.ToPayer, bears}
}

func (c *Case) divide(end End, toPayee lance.Money, bears escrow.Bearer) {
	c.Outcome = Outcome{end, toPayee, c.minor(c.Held.Minor() - toPayee.Minor()), bears}
}

// staked is the fault of who does not judge.
func staked() error {
	return lance.E(lance.Precondition, "arbiter_stake", "who has a stake, has acted for a party, or has ruled already does not judge")
}

// assign gives the case to somebody: an arbiter takes it for himself only.
func (s *step) assign(in command) error {
	c := &s.after
	if in.User != in.By.User && !slices.Contains(c.Relations(in.By), lance.ByAdmin) {
		return lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	}
	if in.unfit != nil {
		return in.unfit
	}
	if !c.eligible(in.User) {
		return staked()
	}
	*c.seat() = in.User
	s.unmediated(in.User)
	s.event = CaseAssigned{c.changed(), in.User}
	return nil
}

// offer puts a split on the table, in place of one that is there.
func (s *step) offer(in command, now time.Time) {
	c := &s.after
	*c.offers(in.By)++
	c.Offer = Offer{Mediator: in.By.User, ToPayee: in.ToPayee, At: now}
	if c.sided(in.By) {
		c.Offer.By, c.Offer.Mediator = in.By.Party, ""
	}
	s.event = CaseOffered{c.changed(), c.Offer.By, c.Offer.Mediator, c.Offer.ToPayee}
}

// unmediated takes from the table what another mediator than this one has offered.
func (s *step) unmediated(but lance.UserID) {
	if c := &s.after; c.Offer.Mediator != "" && c.Offer.Mediator != but {
		c.Offer = Offer{}
	}
}

func (s *step) rule(in command, now time.Time) {
	c := &s.after
	c.Rulings, c.Offer = append(c.Rulings, Ruling{in.By.User, in.ToPayee, in.Bears, in.Text, now}), Offer{}
	if s.final() {
		c.until(time.Time{}, 0)
	}
	s.event = CaseRuled{c.changed(), in.By.User, in.ToPayee, c.minor(c.Held.Minor() - in.ToPayee.Minor()), in.Bears}
}

// final reports whether the ruling in force may not be appealed.
func (s *step) final() bool { return s.after.State == Ruled && len(s.after.Rulings) > s.terms.Appeals }

// keep does to the agreement what was planned, and stores it. A ruling that may not
// be appealed is carried out at once.
func (s *step) keep(ctx context.Context, r Repos, by lance.Actor) (*Case, error) {
	c := &s.after
	if err := s.move(ctx, r); err != nil {
		return nil, err
	}
	if err := r.Cases().Update(ctx, c); err != nil {
		return nil, err
	}
	if err := c.tell(ctx, r, by, s.event); err != nil {
		return nil, err
	}
	if !s.final() {
		return c, nil
	}
	b := bench{c, s.terms, s.left}
	return b.act(ctx, r, command{By: engine}, Execute)
}

// move lets the agreement go on, or divides what it holds.
func (s *step) move(ctx context.Context, r Repos) (err error) {
	c := &s.after
	switch {
	case s.thaw:
		_, err = escrow.ThawIn(ctx, r, escrow.ThawInput{By: engine, Agreement: c.Agreement, Case: c.Ref(), Keeper: keeper})
	case c.Outcome.End != "":
		_, err = escrow.RuleIn(ctx, r, escrow.RuleInput{
			By: engine, Agreement: c.Agreement, Case: c.Ref(), Keeper: keeper, ToPayee: c.Outcome.ToPayee, Bears: c.Outcome.Bears,
		})
	}
	return err
}

// tell sets the case's clocks and says in the log what happened.
func (c *Case) tell(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	if err := c.clock(ctx, r); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, lance.Change{Stream: c.Ref(), Version: c.Version, Parties: c.Parties()}, event)
}
