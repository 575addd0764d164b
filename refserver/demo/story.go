package demo

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/sandbox"
)

// job is a project that somebody posts.
type job struct {
	client, title, text string
	skills              []string
	low, high           int64
	hourly              bool
}

// post writes a draft.
func (s *story) post(ctx context.Context, j job) (*project.Project, error) {
	t := project.Terms{Title: j.title, Description: j.text, Budget: project.Budget{Type: project.Fixed, Min: dollars(j.low), Max: dollars(j.high)}}
	if j.hourly {
		t.Budget.Type = project.Hourly
	}
	for _, name := range j.skills {
		t.Skills = append(t.Skills, s.skill[name])
	}
	return s.Projects.Create(ctx, s.by[j.client], project.CreateInput{Terms: t})
}

// open posts and publishes.
func (s *story) open(ctx context.Context, j job) (*project.Project, error) {
	p, err := s.post(ctx, j)
	if err != nil {
		return nil, err
	}
	return s.Projects.Publish(ctx, s.by[j.client], p.ID)
}

// part is a milestone that is offered.
type part struct {
	title string
	price int64
}

func (s *story) offer(ctx context.Context, who string, p *project.Project, letter string, parts ...part) (*project.Proposal, error) {
	in := project.ProposeInput{Project: p.ID, CoverLetter: letter}
	for _, m := range parts {
		in.Milestones = append(in.Milestones, project.Offer{Title: m.title, Amount: dollars(m.price)})
	}
	return s.Projects.Propose(ctx, s.by[who], in)
}

// hire opens a job, takes one offer and holds the money of its first milestones.
func (s *story) hire(ctx context.Context, j job, who, letter string, funded int, parts ...part) (*contract.Details, error) {
	p, err := s.open(ctx, j)
	if err != nil {
		return nil, err
	}
	o, err := s.offer(ctx, who, p, letter, parts...)
	if err != nil {
		return nil, err
	}
	c, err := s.Contracts.Accept(ctx, s.by[j.client], contract.AcceptInput{Proposal: o.ID})
	if err != nil {
		return nil, err
	}
	for i, p := range parts[:funded] {
		if err := s.topUp(ctx, j.client, p.price); err != nil {
			return nil, err
		}
		if _, err := s.Contracts.Fund(ctx, s.by[j.client], contract.FundInput{Milestone: c.Milestones[i].ID}); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (s *story) topUp(ctx context.Context, who string, n int64) error {
	_, err := s.Payments.TopUp(ctx, s.by[who], payments.TopUpInput{Amount: dollars(n), Method: sandbox.MethodOK})
	return err
}

// deliver submits a milestone after some days.
func (s *story) deliver(ctx context.Context, who string, id contract.MilestoneID, after time.Duration, message string) error {
	if err := s.pass(ctx, after); err != nil {
		return err
	}
	_, err := s.Contracts.Submit(ctx, s.by[who], contract.SubmitInput{Milestone: id, Message: message})
	return err
}

// bakery is a job that went well: done, paid, paid out and reviewed.
func (s *story) bakery(ctx context.Context) error {
	c, err := s.hire(ctx, job{
		client: "ada", title: "Books for three bakeries", text: "Flour in, bread out, and somewhere in between the money.\n\n- daily takings per shop\n- suppliers\n- a month-end that adds up",
		skills: []string{"Go", "PostgreSQL"}, low: 800, high: 2000,
	}, "ben", "I have built this twice. The third time it is short.", 2, part{"Takings and suppliers", 700}, part{"Month-end", 500})
	if err != nil {
		return err
	}
	for i, message := range []string{"Takings and suppliers, with tests.", "Month-end, and a page that explains it."} {
		id := c.Milestones[i].ID
		if err := s.deliver(ctx, "ben", id, 3*day, message); err != nil {
			return err
		}
		if _, err := s.Contracts.Approve(ctx, s.by["ada"], contract.ApproveInput{Milestone: id}); err != nil {
			return err
		}
	}
	if _, err := s.Payments.Payout(ctx, s.by["ben"], payments.PayoutInput{Amount: dollars(600), Destination: sandbox.DestinationOK}); err != nil {
		return err
	}
	return s.rate(ctx, c.ID, "ada", 5, "It adds up. For the first time.", "ben", 5, "Knew what she wanted, paid the day I was done.")
}

// rate lets both parties of a completed contract review each other.
func (s *story) rate(ctx context.Context, id contract.ID, a string, stars int, says, b string, back int, replies string) error {
	if err := s.pass(ctx, time.Hour); err != nil {
		return err
	}
	first, err := s.Reviews.Create(ctx, s.by[a], review.CreateInput{Contract: id, Rating: stars, Comment: says})
	if err != nil {
		return err
	}
	if _, err := s.Reviews.Create(ctx, s.by[b], review.CreateInput{Contract: id, Rating: back, Comment: replies}); err != nil {
		return err
	}
	_, err = s.Reviews.Reply(ctx, s.by[b], review.ReplyInput{Review: first.ID, Text: "Thank you, it was a pleasure."})
	return err
}

// cancelled is a job that came to nothing: the freelancer gave the money back.
func (s *story) cancelled(ctx context.Context) error {
	c, err := s.hire(ctx, job{
		client: "omar", title: "A chart of late parcels", text: "One page, updated each morning.", skills: []string{"Python", "Data visualisation"}, low: 200, high: 400,
	}, "dia", "This is what I do most weeks.", 1, part{"The page", 300})
	if err != nil {
		return err
	}
	if err := s.pass(ctx, 2*day); err != nil {
		return err
	}
	_, err = s.Contracts.Cancel(ctx, s.by["dia"], c.ID)
	return err
}

// tracker is half-way: one milestone released by itself, one sent back and
// submitted again, which is where a dispute would begin.
func (s *story) tracker(ctx context.Context) error {
	c, err := s.hire(ctx, job{
		client: "omar", title: "Where is my parcel?", text: "A public page: a number in, a place out. **No** login.", skills: []string{"Go", "REST APIs"}, low: 900, high: 2400,
	}, "ben", "A small Go service and one page. Two parts.", 2, part{"The service", 900}, part{"The page", 600})
	if err != nil {
		return err
	}
	if err := s.deliver(ctx, "ben", c.Milestones[0].ID, day, "The service, with its load test."); err != nil {
		return err
	}
	if err := s.deliver(ctx, "ben", c.Milestones[1].ID, 16*day, "The page."); err != nil {
		return err
	}
	_, err = s.Contracts.RequestChanges(ctx, s.by["omar"], contract.ChangesInput{Milestone: c.Milestones[1].ID, Message: "It shows the depot, not the van. Please look again."})
	if err != nil {
		return err
	}
	return s.deliver(ctx, "ben", c.Milestones[1].ID, 2*day, "The van reports every ten minutes; this is as near as the data goes.")
}

// website is under way: one milestone approved, one submitted and waiting while
// its clock runs, one not funded yet.
func (s *story) website(ctx context.Context) error {
	c, err := s.hire(ctx, job{
		client: "ada", title: "A shop window on the web", text: "Three shops, opening hours, today's bread.", skills: []string{"TypeScript", "Accessibility"}, low: 600, high: 1800,
	}, "cleo", "Fast, plain and readable by everybody.", 2, part{"Design", 300}, part{"Pages", 500}, part{"Order form", 400})
	if err != nil {
		return err
	}
	if err := s.deliver(ctx, "cleo", c.Milestones[0].ID, day, "The design, as pictures and as text."); err != nil {
		return err
	}
	if _, err := s.Contracts.Approve(ctx, s.by["ada"], contract.ApproveInput{Milestone: c.Milestones[0].ID}); err != nil {
		return err
	}
	s.cast.Contract, s.cast.Waiting, s.cast.Planned = c.ID, c.Milestones[1].ID, c.Milestones[2].ID
	return s.deliver(ctx, "cleo", c.Milestones[1].ID, day, "All pages; each under 40 kB.")
}

// market is what is open, closed, given up and not yet shown.
func (s *story) market(ctx context.Context) error {
	open, err := s.open(ctx, job{
		client: "omar", title: "Label printer that does not jam", text: "A driver, really. It runs on a small Linux box in each van.", skills: []string{"Go"}, low: 400, high: 900,
	})
	if err != nil {
		return err
	}
	s.cast.Compare = open.ID
	for _, o := range []struct {
		who, letter string
		price       int64
	}{{"ben", "I know that printer.", 850}, {"cleo", "I would like to know that printer.", 600}, {"dia", "Labels are data too.", 450}} {
		made, err := s.offer(ctx, o.who, open, o.letter, part{"The driver", o.price})
		if err != nil {
			return err
		}
		if o.who == "cleo" {
			s.cast.Proposal = made.ID
		}
	}
	if _, err := s.Projects.Shortlist(ctx, s.by["omar"], s.cast.Proposal); err != nil {
		return err
	}
	return s.shelved(ctx)
}

// shelved are projects in the states that nothing happens in.
func (s *story) shelved(ctx context.Context) error {
	if _, err := s.post(ctx, job{client: "ada", title: "A name for the fourth bakery", text: "Short. It must fit on a bag.", skills: []string{"Copywriting"}, low: 50, high: 150}); err != nil {
		return err
	}
	_, err := s.open(ctx, job{client: "ada", title: "Translate the menu into Italian", text: "Forty lines, twice a year.", skills: []string{"Translation"}, low: 25, high: 40, hourly: true})
	if err != nil {
		return err
	}
	for _, end := range []struct {
		title string
		do    func(context.Context, lance.Actor, project.ID) (*project.Project, error)
	}{{"A logo on flour bags", s.Projects.Close}, {"An app for the ovens", s.Projects.Cancel}} {
		p, err := s.open(ctx, job{client: "ada", title: end.title, text: "More when we talk.", skills: []string{"Logo design"}, low: 100, high: 300})
		if err != nil {
			return err
		}
		if _, err := end.do(ctx, s.by["ada"], p.ID); err != nil {
			return err
		}
	}
	return nil
}

// purses leaves money where one can see it move: available, declined, pending,
// and a payout that a bank sent back.
func (s *story) purses(ctx context.Context) error {
	if err := s.topUp(ctx, "omar", 1500); err != nil {
		return err
	}
	if err := s.topUp(ctx, "ada", 400); err != nil {
		return err
	}
	_, err := s.Payments.TopUp(ctx, s.by["ada"], payments.TopUpInput{Amount: dollars(90), Method: sandbox.MethodDeclined})
	if lance.KindOf(err) != lance.Declined {
		return err
	}
	_, err = s.Payments.Payout(ctx, s.by["ben"], payments.PayoutInput{Amount: dollars(200), Destination: sandbox.DestinationRejected})
	return err
}
