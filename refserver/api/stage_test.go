package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/storage/memstore"
)

// stage is a place of its own in a world: people whom nobody else there knows,
// and what they make. It makes everything through the engine.
type stage struct {
	*world
	n                         string
	ada, bob, eve, jury, root string // ada hires bob; eve has no part in it, nor have the arbiter and the administrator
}

// stages counts whatever needs a name of its own.
var stages atomic.Int64

// stage brings new people in.
func (w *world) stage() *stage {
	w.Helper()
	inner := *w
	inner.tokens, inner.ids = map[string]string{}, map[string]string{}
	n := strconv.FormatInt(stages.Add(1), 10)
	s := &stage{&inner, n, "ada" + n, "bob" + n, "eve" + n, "jury" + n, "root" + n}
	for _, name := range []string{s.ada, s.bob, s.eve} {
		s.guest(name)
	}
	s.guest(s.jury, lance.RoleArbiter)
	s.guest(s.root, lance.RoleAdmin)
	return s
}

// people are all who are there.
func (s *stage) people() []string { return []string{s.ada, s.bob, s.eve, s.jury, s.root} }

// changes is how often the store has changed so far.
func (w *world) changes() int64 {
	w.Helper()
	m, ok := w.store.(*memstore.Store)
	require.True(w, ok, "only the store in memory counts its changes")
	return m.Changes()
}

func (s *stage) by(name string) lance.Actor { return lance.Person(lance.UserID(s.ids[name])) }

// made returns what was made, which does not fail here.
func made[T any](s *stage) func(T, error) T {
	return func(v T, err error) T { s.Helper(); require.NoError(s, err); return v }
}

func (s *stage) cookie(name string) map[string]string {
	s.Helper()
	in := made[*auth.SignedIn](s)(s.engine.Auth.Login(s.Context(), auth.LoginInput{Email: mail(name), Password: password}))
	return map[string]string{"Cookie": "lance_refresh=" + in.Refresh.Reveal()}
}

// newcomer registers somebody who has not proven his address yet.
func (s *stage) newcomer() string {
	s.Helper()
	in := auth.RegisterInput{Email: mail("new" + s.n), Password: password, Name: "New", View: auth.ViewClient}
	require.NoError(s, s.engine.Auth.Register(s.Context(), in))
	return "new" + s.n
}

func (s *stage) skill() string {
	s.Helper()
	in := taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Skill " + strconv.FormatInt(stages.Add(1), 10)}}
	return string(made[*taxonomy.Skill](s)(s.engine.Taxonomy.CreateSkill(s.Context(), lance.System("test"), in)).ID)
}

func (s *stage) category() string {
	s.Helper()
	in := taxonomy.CreateCategoryInput{CategoryTerms: taxonomy.CategoryTerms{Name: "Category " + strconv.FormatInt(stages.Add(1), 10)}}
	return string(made[*taxonomy.Category](s)(s.engine.Taxonomy.CreateCategory(s.Context(), lance.System("test"), in)).ID)
}

// shownAs puts a profile up.
func (s *stage) shownAs(name string) string {
	s.Helper()
	in := profile.PutInput{Terms: profile.Terms{View: profile.ViewFreelancer, DisplayName: "A freelancer"}}
	made[*profile.Own](s)(s.engine.Profiles.Put(s.Context(), s.by(name), in))
	return "/v1/profiles/" + s.ids[name]
}

// item adds a piece of bob's past work and returns its address.
func (s *stage) item() string {
	s.Helper()
	i := made[*profile.Item](s)(s.engine.Profiles.AddItem(s.Context(), s.by(s.bob), profile.AddItemInput{ItemTerms: profile.ItemTerms{Title: "A shop"}}))
	return "/v1/portfolio-items/" + string(i.ID)
}

func (s *stage) hiddenItem() string {
	s.Helper()
	at := s.item()
	made[*profile.Item](s)(s.engine.Profiles.HideItem(s.Context(), s.by(s.bob), profile.ItemID(at[len("/v1/portfolio-items/"):])))
	return at
}

func (s *stage) removedItem() string {
	s.Helper()
	at := s.item()
	made[*profile.Item](s)(s.engine.Profiles.RemoveItem(s.Context(), s.by(s.bob), profile.ItemID(at[len("/v1/portfolio-items/"):])))
	return at
}

func (s *stage) draft() project.ID {
	s.Helper()
	p := made[*project.Project](s)(s.engine.Projects.Create(s.Context(), s.by(s.ada), project.CreateInput{Terms: project.Terms{
		Title: "Move our shop", Description: "From **one** server to another.", Skills: []taxonomy.SkillID{taxonomy.SkillID(s.skill())},
		Budget: project.Budget{Type: project.Fixed, Min: lance.NewMoney(50_00, lance.USD), Max: lance.NewMoney(500_00, lance.USD)},
	}}))
	return p.ID
}

func (s *stage) posted() project.ID {
	s.Helper()
	return made[*project.Project](s)(s.engine.Projects.Publish(s.Context(), s.by(s.ada), s.draft())).ID
}

func (s *stage) closed() project.ID {
	s.Helper()
	return made[*project.Project](s)(s.engine.Projects.Close(s.Context(), s.by(s.ada), s.posted())).ID
}

// offered makes bob's proposal.
func (s *stage) offered(draft bool) *project.Proposal {
	s.Helper()
	return made[*project.Proposal](s)(s.engine.Projects.Propose(s.Context(), s.by(s.bob), project.ProposeInput{
		Project: s.posted(), CoverLetter: "I have done this before.", Draft: draft,
		Milestones: []project.Offer{{Title: "Part", Amount: lance.NewMoney(100_00, lance.USD)}},
	}))
}

// topped tops somebody's wallet up.
func (s *stage) topped(name string) *payments.TopUp {
	s.Helper()
	in := payments.TopUpInput{Amount: lance.NewMoney(100_00, lance.USD), Method: "pm_ok"}
	return made[*payments.TopUp](s)(s.engine.Payments.TopUp(s.Context(), s.by(name), in))
}

// paidOut sends half of it on.
func (s *stage) paidOutTo(name string) *payments.Payout {
	s.Helper()
	s.topped(name)
	in := payments.PayoutInput{Amount: lance.NewMoney(50_00, lance.USD), Destination: "ba_ok"}
	return made[*payments.Payout](s)(s.engine.Payments.Payout(s.Context(), s.by(name), in))
}

// hired makes a contract of ada's with bob, her money at hand.
func (s *stage) hired() (contract.ID, contract.MilestoneID) {
	s.Helper()
	s.topped(s.ada)
	d := made[*contract.Details](s)(s.engine.Contracts.Accept(s.Context(), s.by(s.ada), contract.AcceptInput{Proposal: s.offered(false).ID}))
	return d.ID, d.Milestones[0].ID
}

func (s *stage) funded() (contract.ID, contract.MilestoneID) {
	s.Helper()
	c, m := s.hired()
	made[*contract.MilestoneDetails](s)(s.engine.Contracts.Fund(s.Context(), s.by(s.ada), contract.FundInput{Milestone: m}))
	return c, m
}

func (s *stage) submitted() (contract.ID, contract.MilestoneID) {
	s.Helper()
	c, m := s.funded()
	made[*contract.MilestoneDetails](s)(s.engine.Contracts.Submit(s.Context(), s.by(s.bob), contract.SubmitInput{Milestone: m, Message: "Here it is."}))
	return c, m
}

// finished completes the contract.
func (s *stage) finished() contract.ID {
	s.Helper()
	c, m := s.submitted()
	made[*contract.MilestoneDetails](s)(s.engine.Contracts.Approve(s.Context(), s.by(s.ada), contract.ApproveInput{Milestone: m}))
	return c
}

// reviewed lets both speak, and returns the address of what ada says of bob.
func (s *stage) reviewedBoth() string {
	s.Helper()
	c := s.finished()
	hers := made[*review.Review](s)(s.engine.Reviews.Create(s.Context(), s.by(s.ada), review.CreateInput{Contract: c, Rating: 4, Comment: "Quick."}))
	made[*review.Review](s)(s.engine.Reviews.Create(s.Context(), s.by(s.bob), review.CreateInput{Contract: c, Rating: 5}))
	return "/v1/reviews/" + string(hers.ID)
}

// agreed makes an agreement of ada with bob that holds nothing yet, or lets bob
// propose it.
func (s *stage) agreed(within time.Duration) *escrow.Agreement {
	s.Helper()
	s.topped(s.ada)
	return made[*escrow.Agreement](s)(s.engine.Escrow.Agree(s.Context(), s.by(s.bob), escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: s.n}, Payer: s.by(s.ada).Party, Payee: s.by(s.bob).Party, Amount: lance.NewMoney(50_00, lance.USD),
		AcceptWithin: within,
	}))
}

// amended lets bob propose another price, and returns the agreement's address.
func (s *stage) amended() string {
	s.Helper()
	at := s.agreement()
	s.as(s.bob).post(at+"/amend", obj{"amount": usd("45.00")}).is(http.StatusOK)
	return at
}

// chargedBack lets the bank take back what ada paid bob with, and returns the
// chargeback's address.
func (s *stage) chargedBack(state provider.State) string {
	s.Helper()
	s.earning()
	a := s.agreed(0)
	made[*escrow.Agreement](s)(s.engine.Escrow.Fund(s.Context(), s.by(s.ada), escrow.FundInput{Agreement: a.ID}))
	made[*escrow.Agreement](s)(s.engine.Escrow.Approve(s.Context(), s.by(s.ada), escrow.ApproveInput{Agreement: a.ID}))
	if state == provider.Lost { // bob has withdrawn it by then
		in := payments.PayoutInput{Amount: lance.NewMoney(45_00, lance.USD), Destination: "ba_ok"}
		made[*payments.Payout](s)(s.engine.Payments.Payout(s.Context(), s.by(s.bob), in))
	}
	tops := made[lance.Page[payments.TopUp]](s)(s.engine.Payments.TopUps(s.Context(), s.by(s.ada), lance.PageQuery{}))
	t := tops.Items[0]
	req := s.sandbox.Sign(provider.Event{
		ID: "evt_" + s.n, Kind: provider.KindChargeback, Key: string(t.ID), State: state, Amount: t.Amount, Code: "fraudulent",
		Chargeback: "dp_" + s.n, Fee: lance.NewMoney(15_00, lance.USD),
	}, s.clock.Now())
	require.NoError(s, s.engine.Payments.Receive(s.Context(), s.sandbox.Name(), req))
	s.step()
	all := made[lance.Page[payments.Chargeback]](s)(s.engine.Payments.Chargebacks(s.Context(), s.by(s.ada), false, lance.PageQuery{}))
	return "/v1/chargebacks/" + string(all.Items[0].ID)
}

// earning lets the platform earn fees, out of which it can bear what is charged
// back: else the books would not be covered, and the server not ready.
func (s *stage) earning() {
	s.Helper()
	price := lance.NewMoney(1000_00, lance.USD)
	made[*payments.TopUp](s)(s.engine.Payments.TopUp(s.Context(), s.by(s.ada), payments.TopUpInput{Amount: price, Method: "pm_ok"}))
	a := made[*escrow.Agreement](s)(s.engine.Escrow.Agree(s.Context(), s.by(s.ada), escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "other " + s.n}, Payer: s.by(s.ada).Party, Payee: s.by(s.eve).Party, Amount: price,
	}))
	made[*escrow.Agreement](s)(s.engine.Escrow.Fund(s.Context(), s.by(s.ada), escrow.FundInput{Agreement: a.ID}))
	made[*escrow.Agreement](s)(s.engine.Escrow.Approve(s.Context(), s.by(s.ada), escrow.ApproveInput{Agreement: a.ID}))
	s.clock.Move(time.Second) // which lot is the older
}

// indebted lets bob owe what he was paid with it, and returns the debt's address.
func (s *stage) indebted() string {
	s.Helper()
	s.chargedBack(provider.Lost)
	all := made[lance.Page[payments.Debt]](s)(s.engine.Payments.Debts(s.Context(), s.by(s.bob), false, lance.PageQuery{}))
	return "/v1/debts/" + string(all.Items[0].ID)
}

func at(a *escrow.Agreement) string { return "/v1/agreements/" + string(a.ID) }

// agreement makes one of ada with bob apart from any contract, submitted, and
// returns its address.
func (s *stage) agreement() string {
	s.Helper()
	a := s.agreed(0)
	made[*escrow.Agreement](s)(s.engine.Escrow.Fund(s.Context(), s.by(s.ada), escrow.FundInput{Agreement: a.ID}))
	made[*escrow.Agreement](s)(s.engine.Escrow.Submit(s.Context(), s.by(s.bob), escrow.SubmitInput{Agreement: a.ID}))
	return "/v1/agreements/" + string(a.ID)
}

// uploaded sends a file of bob's, and returns its milestone.
func (s *stage) uploaded() (contract.MilestoneID, file.ID) {
	s.Helper()
	_, m := s.funded()
	in := contract.UploadInput{Milestone: m, UploadInput: file.UploadInput{Name: "notes.txt", Content: strings.NewReader("Here it is.")}}
	return m, made[*file.File](s)(s.engine.Contracts.Upload(s.Context(), s.by(s.bob), in)).ID
}

// handedIn hands a file of bob's in.
func (s *stage) handedIn() (contract.MilestoneID, file.ID) {
	s.Helper()
	m, f := s.uploaded()
	in := contract.SubmitInput{Milestone: m, Message: "Here it is.", Files: []file.ID{f}}
	made[*contract.MilestoneDetails](s)(s.engine.Contracts.Submit(s.Context(), s.by(s.bob), in))
	return m, f
}

// givenUp makes a charge that was never answered, until the engine gives it up.
func (s *stage) givenUp() payments.TopUpID {
	s.Helper()
	s.sandbox.Outage(true)
	id := s.topped(s.ada).ID
	for range 40 {
		s.clock.Move(2 * time.Hour)
		s.step()
	}
	s.sandbox.Outage(false)
	for _, name := range s.people() {
		s.enter(name)
	}
	return id
}

// user does something to ada's account, and returns its address.
func (s *stage) user(do ...func() error) string {
	s.Helper()
	for _, f := range do {
		require.NoError(s, f())
	}
	return "/v1/users/" + s.ids[s.ada]
}

// session is the identifier of ada's session.
func (s *stage) session() string {
	s.Helper()
	p := made[lance.Page[auth.SessionInfo]](s)(s.engine.Auth.Sessions(s.Context(), s.by(s.ada), auth.SessionQuery{Active: true}))
	return string(p.Items[0].ID)
}

// asked is a request that its stage is ready for.
type asked struct {
	*stage
	method, path string
	body         any
	header       map[string]string
	owner, other string // who may do it, and the other party
}

// hers is a request that ada may make, and bob is the other party.
func (s *stage) hers(path string, body ...any) asked {
	a := asked{stage: s, path: path, owner: s.ada, other: s.bob, header: map[string]string{}}
	if len(body) > 0 {
		a.body = body[0]
	}
	return a
}

// his is a request that bob may make, and ada is the other party.
func (s *stage) his(path string, body ...any) asked {
	a := s.hers(path, body...)
	a.owner, a.other = s.bob, s.ada
	return a
}

// carrying adds headers.
func (a asked) carrying(header map[string]string) asked { a.header = header; return a }

// callers says who is which kind of caller, in the order of the matrix.
func (a asked) callers() []string { return []string{"", a.eve, a.other, a.owner, a.jury, a.root} }

// from makes the request as somebody.
func (a asked) from(name string) reply {
	a.Helper()
	return asker{a.world, name, a.header}.ask(a.method, a.path, a.body)
}

// reads reports whether a method changes nothing.
func reads(method string) bool { return method == http.MethodGet }
