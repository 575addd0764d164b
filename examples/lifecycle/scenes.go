package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/storage/driver"
)

// cast is who plays, and what they make on the way.
type cast struct {
	ada, ben, cleo, root lance.Actor // client, two freelancers, administrator
	skills               []taxonomy.SkillID
	project              *project.Project
	proposals            [2]*project.Proposal // Ben's, Cleo's
	contract             *contract.Details
}

// run plays every scene and prints what the books sum to.
func run(ctx context.Context, out io.Writer, store driver.Store, clock *hand) error {
	s, err := newStage(out, store, clock)
	if err != nil {
		return err
	}
	c := &cast{}
	for _, scene := range []func(context.Context, *cast) error{
		s.signUp, s.showThemselves, s.post, s.propose, s.choose, s.topUp,
		s.firstMilestone, s.secondMilestone, s.payOut, s.reviewEachOther,
	} {
		if err := scene(ctx, c); err != nil {
			return fmt.Errorf("after step %d: %w", s.step, err)
		}
	}
	rep, err := s.books(ctx)
	if err != nil {
		return err
	}
	imbalance := int64(0)
	for _, m := range rep.Imbalance {
		imbalance += m.Minor()
	}
	_, err = fmt.Fprintf(out, "books balanced: %d transfers, %d accounts, imbalance %d\n", rep.Transfers, rep.Accounts, imbalance)
	return err
}

func (s *stage) signUp(ctx context.Context, c *cast) error {
	for _, p := range []struct {
		name  string
		view  auth.View
		actor *lance.Actor
	}{
		{"Ada", auth.ViewClient, &c.ada}, {"Ben", auth.ViewFreelancer, &c.ben}, {"Cleo", auth.ViewFreelancer, &c.cleo},
	} {
		email := strings.ToLower(p.name) + "." + lance.NewID[string]("run", world{s.clock}) + "@example.com"
		password := auth.Secret("correct horse battery staple")
		if err := s.Auth.Register(ctx, auth.RegisterInput{Email: email, Password: password, Name: p.name, View: p.view}); err != nil {
			return err
		}
		in, err := s.Auth.Login(ctx, auth.LoginInput{Email: email, Password: password})
		if err != nil {
			return err
		}
		if *p.actor, err = s.Auth.Authenticate(ctx, in.Access); err != nil {
			return err
		}
	}
	c.root = lance.Person("root", lance.RoleAdmin)
	return s.sayf(ctx, "Ada signs up as a client, Ben and Cleo as freelancers; each signs in")
}

// world makes addresses that are not taken, however often this runs.
type world struct{ *hand }

// Entropy returns the system's.
func (world) Entropy() lance.Entropy { return lance.SystemEntropy() }

func (s *stage) showThemselves(ctx context.Context, c *cast) error {
	for _, name := range []string{"Go", "PostgreSQL"} {
		in := taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: name}}
		if err := s.refusedOnce(ctx, c, in); err != nil {
			return err
		}
		if _, err := s.Taxonomy.CreateSkill(ctx, c.root, in); err != nil && lance.KindOf(err) != lance.Exists {
			return err
		}
	}
	var err error
	if c.skills, err = s.Taxonomy.Resolve(ctx, taxonomy.List{"Go", "PostgreSQL"}); err != nil {
		return err
	}
	for _, p := range []struct {
		name   string
		by     lance.Actor
		skills []taxonomy.SkillID
	}{{"Ben", c.ben, c.skills}, {"Cleo", c.cleo, c.skills[:1]}} {
		terms := profile.Terms{DisplayName: p.name, Headline: "I build what others run", HourlyRate: lance.NewMoney(80_00, lance.USD)}
		for _, id := range p.skills {
			terms.Skills = append(terms.Skills, profile.SkillLevel{Skill: id})
		}
		if _, err := s.Profiles.Put(ctx, p.by, profile.PutInput{Terms: terms}); err != nil {
			return err
		}
	}
	return s.sayf(ctx, "The administrator adds the skills Go and PostgreSQL; Ben names both in his profile, Cleo one")
}

// refusedOnce shows that a freelancer cannot add a skill.
func (s *stage) refusedOnce(ctx context.Context, c *cast, in taxonomy.CreateSkillInput) error {
	if _, err := s.Taxonomy.CreateSkill(ctx, c.ben, in); lance.KindOf(err) != lance.Forbidden {
		return fmt.Errorf("a freelancer added a skill: %w", err)
	}
	return nil
}

func (s *stage) post(ctx context.Context, c *cast) error {
	p, err := s.Projects.Create(ctx, c.ada, project.CreateInput{Terms: project.Terms{
		Title: "A ledger that adds up", Description: "Two parts: the **books**, then the *proof*.", Skills: c.skills,
		Budget: project.Budget{Type: project.Fixed, Min: lance.NewMoney(500_00, lance.USD), Max: lance.NewMoney(1500_00, lance.USD)},
	}})
	if err != nil {
		return err
	}
	if _, err := s.Projects.Publish(ctx, c.ben, p.ID); lance.KindOf(err) != lance.NotFound {
		return fmt.Errorf("a freelancer published the client's draft: %w", err)
	}
	if c.project, err = s.Projects.Publish(ctx, c.ada, p.ID); err != nil {
		return err
	}
	return s.sayf(ctx, "Ada posts a project and publishes it: %s", c.project.State)
}

func (s *stage) propose(ctx context.Context, c *cast) error {
	for i, p := range []struct {
		by     lance.Actor
		prices [2]int64
	}{{c.ben, [2]int64{400_00, 600_00}}, {c.cleo, [2]int64{300_00, 550_00}}} {
		var err error
		c.proposals[i], err = s.Projects.Propose(ctx, p.by, project.ProposeInput{
			Project: c.project.ID, CoverLetter: "I have done this before.",
			Milestones: []project.Offer{
				{Title: "The books", Amount: lance.NewMoney(p.prices[0], lance.USD), DueAt: s.clock.Now().AddDate(0, 0, 7)},
				{Title: "The proof", Amount: lance.NewMoney(p.prices[1], lance.USD), DueAt: s.clock.Now().AddDate(0, 0, 14)},
			},
		})
		if err != nil {
			return err
		}
	}
	return s.sayf(ctx, "Ben proposes %s, Cleo %s, each in two milestones", c.proposals[0].Total, c.proposals[1].Total)
}

func (s *stage) choose(ctx context.Context, c *cast) error {
	table, err := s.Projects.Compare(ctx, c.ada, c.project.ID)
	if err != nil {
		return err
	}
	_, err = s.Contracts.Accept(ctx, c.cleo, contract.AcceptInput{Proposal: c.proposals[0].ID})
	if lance.KindOf(err) != lance.NotFound {
		return fmt.Errorf("a freelancer accepted another's proposal: %w", err)
	}
	c.contract, err = s.Contracts.Accept(ctx, c.ada, contract.AcceptInput{Proposal: c.proposals[0].ID, Key: "accept-1"})
	if err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ada compares and accepts Ben's: the contract is %s", c.contract.State); err != nil {
		return err
	}
	for _, row := range table.Rows {
		s.notef("%s matches %d %% of the skills for %s", s.nameOf(c, row.Proposal.Freelancer), row.Match, row.Price)
	}
	other, err := s.Projects.GetProposal(ctx, c.cleo, c.proposals[1].ID)
	if err != nil {
		return err
	}
	s.notef("Cleo's proposal is %s", other.State)
	return nil
}

func (s *stage) nameOf(c *cast, p lance.PartyID) string {
	return map[lance.PartyID]string{c.ada.Party: "Ada", c.ben.Party: "Ben", c.cleo.Party: "Cleo"}[p]
}

func (s *stage) topUp(ctx context.Context, c *cast) error {
	_, err := s.Payments.TopUp(ctx, c.ada, payments.TopUpInput{Amount: lance.NewMoney(1000_00, lance.USD), Method: "pm_declined"})
	if err := s.refused("a first card", err, lance.Declined); err != nil {
		return err
	}
	t, err := s.Payments.TopUp(ctx, c.ada, payments.TopUpInput{Amount: lance.NewMoney(1000_00, lance.USD), Method: "pm_ok", Key: "top-up-1"})
	if err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ada tops up %s, which the provider has %s", t.Amount, t.State); err != nil {
		return err
	}
	return s.purse(ctx, "Ada", c.ada)
}

func (s *stage) firstMilestone(ctx context.Context, c *cast) error {
	id := c.contract.Milestones[0].ID
	_, err := s.Contracts.Fund(ctx, c.ben, contract.FundInput{Milestone: id})
	if err := s.refused("Ben, who tries to fund it himself,", err, lance.Forbidden); err != nil {
		return err
	}
	if _, err := s.Contracts.Fund(ctx, c.ada, contract.FundInput{Milestone: id, Key: "fund-1"}); err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ada funds the first milestone"); err != nil {
		return err
	}
	if err := s.purse(ctx, "Ada", c.ada); err != nil {
		return err
	}
	m, err := s.Contracts.Submit(ctx, c.ben, contract.SubmitInput{Milestone: id, Message: "Here are the books."})
	if err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ben submits; without an answer the money is released in %d days", int(m.ReleaseAt.Sub(s.clock.Now())/(24*time.Hour))); err != nil {
		return err
	}
	if _, err = s.Contracts.RequestChanges(ctx, c.ada, contract.ChangesInput{Milestone: id, Message: "The sums are missing."}); err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ada requests changes, which stops that clock"); err != nil {
		return err
	}
	if _, err := s.Contracts.Submit(ctx, c.ben, contract.SubmitInput{Milestone: id, Message: "Now they add up."}); err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ben submits again"); err != nil {
		return err
	}
	m, err = s.Contracts.Approve(ctx, c.ada, contract.ApproveInput{Milestone: id, Key: "approve-1"})
	if err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ada approves: %s released, %s of it the fee", m.Money.Released, m.Money.PayeeFee); err != nil {
		return err
	}
	return s.purse(ctx, "Ben", c.ben)
}

func (s *stage) secondMilestone(ctx context.Context, c *cast) error {
	id := c.contract.Milestones[1].ID
	if _, err := s.Contracts.Fund(ctx, c.ada, contract.FundInput{Milestone: id}); err != nil {
		return err
	}
	if _, err := s.Contracts.Submit(ctx, c.ben, contract.SubmitInput{Milestone: id, Message: "The proof."}); err != nil {
		return err
	}
	s.clock.move(14 * 24 * time.Hour)
	if err := s.sayf(ctx, "Ada funds the second milestone, Ben submits, Ada is silent for 14 days: it is released by itself"); err != nil {
		return err
	}
	d, err := s.Contracts.Get(ctx, c.ada, c.contract.ID)
	if err != nil {
		return err
	}
	s.notef("the second milestone is %s, the contract %s", d.Milestones[1].State, d.State)
	return s.purse(ctx, "Ben", c.ben)
}

func (s *stage) payOut(ctx context.Context, c *cast) error {
	bad, err := s.Payments.Payout(ctx, c.ben, payments.PayoutInput{Amount: lance.NewMoney(200_00, lance.USD), Destination: "ba_rejected"})
	if err != nil {
		return err
	}
	s.notef("Ben asks for %s to a closed account: %s", bad.Amount, bad.State)
	if err := s.purse(ctx, "Ben", c.ben); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	if bad, err = s.Payments.GetPayout(ctx, c.ben, bad.ID); err != nil {
		return err
	}
	if err := s.sayf(ctx, "The bank rejects it after submission (%s), and the money is back", bad.Code); err != nil {
		return err
	}
	good, err := s.Payments.Payout(ctx, c.ben, payments.PayoutInput{Amount: lance.NewMoney(900_00, lance.USD), Destination: "ba_ok", Key: "payout-1"})
	if err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	if good, err = s.Payments.GetPayout(ctx, c.ben, good.ID); err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ben is paid out %s: %s", good.Amount, good.State); err != nil {
		return err
	}
	return s.purse(ctx, "Ben", c.ben)
}

func (s *stage) reviewEachOther(ctx context.Context, c *cast) error {
	id := c.contract.ID
	if _, err := s.Reviews.Create(ctx, c.ada, review.CreateInput{Contract: id, Rating: 5, Comment: "It adds up."}); err != nil {
		return err
	}
	seen, err := s.Reviews.ListAbout(ctx, c.ben.Party, lance.PageQuery{})
	if err != nil {
		return err
	}
	if err := s.sayf(ctx, "Ada reviews Ben, which nobody sees yet: %d published", len(seen.Items)); err != nil {
		return err
	}
	if _, err := s.Reviews.Create(ctx, c.ben, review.CreateInput{Contract: id, Rating: 4, Comment: "Clear, if silent at times."}); err != nil {
		return err
	}
	r, err := s.Reviews.Rating(ctx, c.ben.Party)
	if err != nil {
		return err
	}
	return s.sayf(ctx, "Ben reviews Ada; now both are published, and Ben's rating is %d.%02d", r.Hundredths()/100, r.Hundredths()%100)
}
