package api_test

import (
	"net/http"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace/evidence"
	"github.com/megilance/lance/marketplace/file"
)

// disputed opens a dispute of ada's about her agreement with bob, brings it to a
// stage, and returns its address. Judy, an arbiter, mediates and arbitrates.
func (s *stage) disputed(stage dispute.State) string {
	s.Helper()
	c := made[*dispute.Case](s)
	d := c(s.engine.Disputes.Open(s.Context(), s.by(s.ada), dispute.OpenInput{
		Agreement: escrow.ID(strings.TrimPrefix(s.agreement(), "/v1/agreements/")), Reason: dispute.Late, Statement: "It is late.",
		ToPayee: lance.NewMoney(10_00, lance.USD),
	}))
	at, act := "/v1/disputes/"+string(d.ID), dispute.ActInput{Case: d.ID}
	if stage == dispute.Opened {
		return at
	}
	c(s.engine.Disputes.Respond(s.Context(), s.by(s.bob), dispute.RespondInput{Case: d.ID, Statement: "It is not.", ToPayee: lance.NewMoney(50_00, lance.USD)}))
	if stage == dispute.Negotiation {
		return at
	}
	c(s.engine.Disputes.Escalate(s.Context(), s.by(s.bob), act))
	if stage == dispute.Mediation {
		return at
	}
	s.guest("judy"+s.n, lance.RoleArbiter)
	judy := lance.Person(lance.UserID(s.ids["judy"+s.n]), lance.RoleArbiter)
	sits := dispute.AssignInput{Case: d.ID, User: judy.User}
	c(s.engine.Disputes.Assign(s.Context(), judy, sits))
	c(s.engine.Disputes.Escalate(s.Context(), judy, act))
	c(s.engine.Disputes.Assign(s.Context(), judy, sits))
	if stage == dispute.Arbitration {
		return at
	}
	c(s.engine.Disputes.Rule(s.Context(), judy, dispute.RuleInput{
		Case: d.ID, ToPayee: lance.NewMoney(30_00, lance.USD), Bears: escrow.BearEach, Text: "It was late.",
	}))
	return at
}

// split lets bob offer one.
func (s *stage) split() string {
	s.Helper()
	at := s.disputed(dispute.Negotiation)
	s.as(s.bob).post(at+"/offer", obj{"to_payee": usd("40.00")}).is(http.StatusOK)
	return at
}

// proof lets ada show a file, and returns its address in the dispute.
func (s *stage) proof() string {
	s.Helper()
	at := s.disputed(dispute.Opened)
	id := dispute.ID(strings.TrimPrefix(at, "/v1/disputes/"))
	f := made[*file.File](s)(s.engine.Evidence.Upload(s.Context(), s.by(s.ada), evidence.UploadInput{
		Case: id, UploadInput: file.UploadInput{Name: "notes.txt", Content: strings.NewReader("It came today.")},
	}))
	made[*dispute.Evidence](s)(s.engine.Evidence.Add(s.Context(), s.by(s.ada), evidence.AddInput{Case: id, Files: []file.ID{f.ID}}))
	return at + "/files/" + string(f.ID) + "/content"
}
