package api_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// scenes say of every operation how to get to where it can be asked, and what a
// good request is.
var scenes = map[string]func(s *stage) asked{
	"register": func(s *stage) asked {
		return s.hers("/v1/auth/register", obj{"email": mail("new" + s.n), "password": password, "name": "New", "role": "client"})
	},
	"verify-email": func(s *stage) asked {
		name := s.newcomer()
		return s.hers("/v1/auth/verify-email", obj{"email": mail(name), "code": s.code(name, auth.VerifyEmail)})
	},
	"resend-verification": func(s *stage) asked {
		return s.hers("/v1/auth/resend-verification", obj{"email": mail(s.newcomer())})
	},
	"login": func(s *stage) asked {
		return s.hers("/v1/auth/login", obj{"email": mail(s.ada), "password": password})
	},
	"refresh": func(s *stage) asked { return s.hers("/v1/auth/refresh").carrying(s.cookie(s.ada)) },
	"logout":  func(s *stage) asked { return s.hers("/v1/auth/logout").carrying(s.cookie(s.ada)) },
	"request-password-reset": func(s *stage) asked {
		return s.hers("/v1/auth/password-reset", obj{"email": mail(s.ada)})
	},
	"confirm-password-reset": func(s *stage) asked {
		s.user(func() error { return s.engine.Auth.RequestReset(s.Context(), auth.RequestInput{Email: mail(s.ada)}) })
		return s.hers("/v1/auth/password-reset/confirm", obj{"email": mail(s.ada), "code": s.code(s.ada, auth.ResetPassword), "password": "another horse battery"})
	},
	"change-password": func(s *stage) asked {
		return s.hers("/v1/auth/change-password", obj{"current": password, "new": "another horse battery"})
	},
	"password-strength": func(s *stage) asked {
		return s.hers("/v1/auth/password-strength", obj{"password": "qwerty", "personal": []string{"Ada"}})
	},

	"get-me":    func(s *stage) asked { return s.hers("/v1/me") },
	"edit-me":   func(s *stage) asked { return s.hers("/v1/me", obj{"name": "Somebody", "role": "freelancer"}) },
	"delete-me": func(s *stage) asked { return s.hers("/v1/me") },
	"get-my-profile": func(s *stage) asked {
		for _, name := range s.people() {
			s.shownAs(name)
		}
		return s.hers("/v1/me/profile")
	},
	"put-my-profile":     func(s *stage) asked { return s.hers("/v1/me/profile", s.self()) },
	"list-my-portfolio":  func(s *stage) asked { return s.hers("/v1/me/portfolio") },
	"add-portfolio-item": func(s *stage) asked { return s.hers("/v1/me/portfolio", past()) },
	"list-my-sessions":   func(s *stage) asked { return s.hers("/v1/me/sessions") },
	"revoke-my-sessions": func(s *stage) asked { return s.hers("/v1/me/sessions/revoke") },
	"list-my-logins":     func(s *stage) asked { return s.hers("/v1/me/logins") },
	"revoke-session":     func(s *stage) asked { return s.hers("/v1/sessions/" + s.session() + "/revoke") },

	"list-users": func(s *stage) asked { return s.hers("/v1/users") },
	"create-user": func(s *stage) asked {
		return s.hers("/v1/users", obj{"email": mail("new" + s.n), "name": "New", "role": "client", "roles": []string{"support"}, "password": password, "verified": true})
	},
	"get-user":    func(s *stage) asked { return s.hers(s.user()) },
	"edit-user":   func(s *stage) asked { return s.hers(s.user(), obj{"name": "Somebody", "role": "freelancer"}) },
	"delete-user": func(s *stage) asked { return s.hers(s.user()) },
	"restore-user": func(s *stage) asked {
		at := s.user(func() error { _, err := s.engine.Auth.Delete(s.Context(), s.by(s.ada), ""); return err })
		a := s.hers(at + "/restore")
		a.owner = s.eve // who is deleted asks nothing any more
		return a
	},
	"suspend-user": func(s *stage) asked { return s.hers(s.user() + "/suspend") },
	"reinstate-user": func(s *stage) asked {
		at := s.user(func() error {
			_, err := s.engine.Auth.Suspend(s.Context(), lance.System("test"), lance.UserID(s.ids[s.ada]))
			return err
		})
		a := s.hers(at + "/reinstate")
		a.owner = s.eve // who is suspended asks nothing
		return a
	},
	"grant-roles":     func(s *stage) asked { return s.hers(s.user()+"/roles", obj{"roles": []string{"support"}}) },
	"list-sessions":   func(s *stage) asked { return s.hers(s.user() + "/sessions") },
	"revoke-sessions": func(s *stage) asked { return s.hers(s.user() + "/sessions/revoke") },
	"list-logins":     func(s *stage) asked { return s.hers(s.user() + "/logins") },

	"list-skills":    func(s *stage) asked { s.skill(); return s.hers("/v1/skills") },
	"suggest-skills": func(s *stage) asked { s.skill(); return s.hers("/v1/skills/suggest?prefix=sk") },
	"create-skill": func(s *stage) asked {
		return s.hers("/v1/skills", obj{"slug": "named-" + s.n, "name": "Named " + s.n, "category": s.category(), "description": "What it is."})
	},
	"get-skill": func(s *stage) asked { return s.hers("/v1/skills/" + s.skill()) },
	"edit-skill": func(s *stage) asked {
		return s.hers("/v1/skills/"+s.skill(), obj{"name": "Other " + s.n, "category": s.category(), "description": "What it is."})
	},
	"retire-skill": func(s *stage) asked { return s.hers("/v1/skills/" + s.skill() + "/retire") },
	"restore-skill": func(s *stage) asked {
		id := s.skill()
		made[*taxonomy.Skill](s)(s.engine.Taxonomy.RetireSkill(s.Context(), lance.System("test"), taxonomy.SkillID(id)))
		return s.hers("/v1/skills/" + id + "/restore")
	},
	"list-categories": func(s *stage) asked { s.category(); return s.hers("/v1/categories") },
	"create-category": func(s *stage) asked {
		return s.hers("/v1/categories", obj{"slug": "named-" + s.n, "name": "Named " + s.n, "parent": s.category(), "description": "What it is.", "place": 3})
	},
	"get-category": func(s *stage) asked { return s.hers("/v1/categories/" + s.category()) },
	"edit-category": func(s *stage) asked {
		return s.hers("/v1/categories/"+s.category(), obj{"name": "Other " + s.n, "description": "What it is.", "place": 4})
	},
	"retire-category": func(s *stage) asked { return s.hers("/v1/categories/" + s.category() + "/retire") },
	"restore-category": func(s *stage) asked {
		id := s.category()
		made[*taxonomy.Category](s)(s.engine.Taxonomy.RetireCategory(s.Context(), lance.System("test"), taxonomy.CategoryID(id)))
		return s.hers("/v1/categories/" + id + "/restore")
	},

	"list-profiles":          func(s *stage) asked { s.shownAs(s.bob); return s.his("/v1/profiles") },
	"get-profile":            func(s *stage) asked { return s.his(s.shownAs(s.bob)) },
	"get-portfolio-item":     func(s *stage) asked { return s.his(s.item()) },
	"edit-portfolio-item":    func(s *stage) asked { return s.his(s.item(), past()) },
	"hide-portfolio-item":    func(s *stage) asked { return s.his(s.item() + "/hide") },
	"show-portfolio-item":    func(s *stage) asked { return s.his(s.hiddenItem() + "/show") },
	"remove-portfolio-item":  func(s *stage) asked { return s.his(s.item()) },
	"restore-portfolio-item": func(s *stage) asked { return s.his(s.removedItem() + "/restore") },

	"create-project":   func(s *stage) asked { return s.hers("/v1/projects", s.job()) },
	"list-projects":    func(s *stage) asked { s.posted(); return s.hers("/v1/projects") },
	"list-my-projects": func(s *stage) asked { s.draft(); return s.hers("/v1/me/projects") },
	"get-project":      func(s *stage) asked { return s.hers("/v1/projects/" + string(s.posted())) },
	"edit-project":     func(s *stage) asked { return s.hers("/v1/projects/"+string(s.posted()), s.job()) },
	"publish-project":  func(s *stage) asked { return s.hers("/v1/projects/"+string(s.draft())+"/publish", obj{}) },
	"close-project":    func(s *stage) asked { return s.hers("/v1/projects/"+string(s.posted())+"/close", obj{}) },
	"reopen-project":   func(s *stage) asked { return s.hers("/v1/projects/" + string(s.closed()) + "/reopen") },
	"cancel-project":   func(s *stage) asked { return s.hers("/v1/projects/" + string(s.posted()) + "/cancel") },
	"compare-proposals": func(s *stage) asked {
		return s.hers("/v1/projects/" + string(s.offered(false).Project) + "/comparison")
	},

	"create-proposal": func(s *stage) asked {
		body := bid("100.00")
		body["draft"] = false
		return s.his("/v1/projects/"+string(s.posted())+"/proposals", body)
	},
	"list-project-proposals": func(s *stage) asked {
		return s.hers("/v1/projects/" + string(s.offered(false).Project) + "/proposals")
	},
	"list-my-proposals":  func(s *stage) asked { s.offered(false); return s.his("/v1/me/proposals") },
	"get-proposal":       func(s *stage) asked { return s.his(s.proposal(false)) },
	"edit-proposal":      func(s *stage) asked { return s.his(s.proposal(true), bid("120.00")) },
	"submit-proposal":    func(s *stage) asked { return s.his(s.proposal(true) + "/submit") },
	"withdraw-proposal":  func(s *stage) asked { return s.his(s.proposal(false) + "/withdraw") },
	"shortlist-proposal": func(s *stage) asked { return s.hers(s.proposal(false) + "/shortlist") },
	"decline-proposal":   func(s *stage) asked { return s.hers(s.proposal(false) + "/decline") },
	"accept-proposal":    func(s *stage) asked { return s.hers(s.proposal(false)+"/accept", obj{}) },

	"list-contracts": func(s *stage) asked { s.hired(); return s.hers("/v1/contracts?as=client") },
	"get-contract":   func(s *stage) asked { return s.hers(s.contract(s.hired())) },
	"describe-contract": func(s *stage) asked {
		return s.his(s.contract(s.hired())+"/description", obj{"description": "*Agreed.*"})
	},
	"cancel-contract": func(s *stage) asked { return s.hers(s.contract(s.hired()) + "/cancel") },

	"get-milestone":    func(s *stage) asked { return s.hers(s.milestone(s.submitted())) },
	"list-turns":       func(s *stage) asked { return s.hers(s.milestone(s.submitted()) + "/history") },
	"list-clocks":      func(s *stage) asked { return s.hers(s.milestone(s.submitted()) + "/clocks") },
	"fund-milestone":   func(s *stage) asked { return s.hers(s.milestone(s.hired()) + "/fund") },
	"submit-milestone": func(s *stage) asked { return s.his(s.milestone(s.funded())+"/submit", obj{"message": "Here it is."}) },
	"request-changes": func(s *stage) asked {
		return s.hers(s.milestone(s.submitted())+"/request-changes", obj{"message": "Not quite.", "due_at": start.AddDate(0, 3, 0)})
	},
	"approve-milestone": func(s *stage) asked { return s.hers(s.milestone(s.submitted()) + "/approve") },
	"amend-milestone":   func(s *stage) asked { return s.hers(s.milestone(s.submitted())+"/amend", obj{"amount": usd("90.00")}) },
	"accept-milestone-amendment": func(s *stage) asked {
		at := s.milestone(s.submitted())
		s.as(s.bob).post(at+"/amend", obj{"amount": usd("90.00")}).is(http.StatusOK)
		return s.hers(at+"/accept-amendment", obj{"amount": usd("90.00")})
	},
	"decline-milestone-amendment": func(s *stage) asked {
		at := s.milestone(s.submitted())
		s.as(s.bob).post(at+"/amend", obj{"amount": usd("90.00")}).is(http.StatusOK)
		return s.hers(at + "/decline-amendment")
	},
	"cancel-milestone": func(s *stage) asked { return s.hers(s.milestone(s.hired()) + "/cancel") },

	"create-review": func(s *stage) asked {
		return s.hers("/v1/contracts/"+string(s.finished())+"/reviews", obj{"rating": 5, "comment": "Quick & good."})
	},
	"list-contract-reviews": func(s *stage) asked { return s.hers("/v1/contracts/" + string(s.finished()) + "/reviews") },
	"get-review":            func(s *stage) asked { return s.hers(s.reviewedBoth()) },
	"reply-to-review":       func(s *stage) asked { return s.his(s.reviewedBoth()+"/reply", obj{"text": "Thanks."}) },
	"list-reviews-about":    func(s *stage) asked { s.reviewedBoth(); return s.his("/v1/users/" + s.ids[s.bob] + "/reviews") },
	"get-rating":            func(s *stage) asked { return s.his("/v1/users/" + s.ids[s.bob] + "/rating") },

	"get-wallet":               func(s *stage) asked { return s.hers("/v1/wallet") },
	"list-wallet-entries":      func(s *stage) asked { s.topped(s.ada); return s.hers("/v1/wallet/entries?currency=USD") },
	"get-user-wallet":          func(s *stage) asked { s.topped(s.ada); return s.hers(s.user() + "/wallet") },
	"list-user-wallet-entries": func(s *stage) asked { s.topped(s.ada); return s.hers(s.user() + "/wallet/entries") },
	"create-top-up":            func(s *stage) asked { return s.hers("/v1/wallet/top-ups", topUp("5.00", "pm_ok")) },
	"list-top-ups":             func(s *stage) asked { s.topped(s.ada); return s.hers("/v1/wallet/top-ups") },
	"get-top-up":               func(s *stage) asked { return s.hers("/v1/wallet/top-ups/" + string(s.topped(s.ada).ID)) },
	"create-payout": func(s *stage) asked {
		for _, name := range s.people() {
			s.topped(name)
		}
		return s.hers("/v1/payouts", payout("5.00", "ba_ok"))
	},
	"list-payouts": func(s *stage) asked { s.paidOutTo(s.ada); return s.hers("/v1/payouts") },
	"get-payout":   func(s *stage) asked { return s.hers("/v1/payouts/" + string(s.paidOutTo(s.ada).ID)) },
	"receive-webhook": func(s *stage) asked {
		send := s.sandbox.Sign(provider.Event{ID: "evt_" + s.n, Kind: provider.KindCharge, State: provider.Succeeded}, s.clock.Now())
		return s.hers("/v1/webhooks/sandbox", send.Body).carrying(map[string]string{sandbox.SignatureHeader: send.Header[sandbox.SignatureHeader][0]})
	},

	"abandon-top-up": func(s *stage) asked {
		in := payments.TopUpInput{Amount: lance.NewMoney(5_00, lance.USD), Method: "pm_pending"}
		t := made[*payments.TopUp](s)(s.engine.Payments.TopUp(s.Context(), s.by(s.ada), in))
		return s.hers("/v1/wallet/top-ups/" + string(t.ID) + "/abandon")
	},
	"pay-payout":    func(s *stage) asked { return s.hers("/v1/payouts/" + string(s.paidOutTo(s.ada).ID) + "/pay") },
	"reject-payout": func(s *stage) asked { return s.hers("/v1/payouts/" + string(s.paidOutTo(s.ada).ID) + "/reject") },

	"list-chargebacks":     func(s *stage) asked { s.chargedBack(provider.Opened); return s.hers("/v1/chargebacks") },
	"list-all-chargebacks": func(s *stage) asked { s.chargedBack(provider.Opened); return s.hers("/v1/admin/chargebacks") },
	"get-chargeback":       func(s *stage) asked { return s.hers(s.chargedBack(provider.Opened)) },
	"win-chargeback":       func(s *stage) asked { return s.hers(s.chargedBack(provider.Opened) + "/win") },
	"lose-chargeback":      func(s *stage) asked { return s.hers(s.chargedBack(provider.Opened) + "/lose") },
	"list-debts":           func(s *stage) asked { s.indebted(); return s.his("/v1/debts") },
	"list-all-debts":       func(s *stage) asked { s.indebted(); return s.his("/v1/admin/debts") },
	"get-debt":             func(s *stage) asked { return s.his(s.indebted()) },
	"write-off-debt":       func(s *stage) asked { return s.his(s.indebted() + "/write-off") },

	"list-agreements":       func(s *stage) asked { s.agreement(); return s.hers("/v1/agreements?as=payer") },
	"get-agreement":         func(s *stage) asked { return s.hers(s.agreement()) },
	"list-agreement-timers": func(s *stage) asked { return s.hers(s.agreement() + "/timers") },
	"release-part": func(s *stage) asked {
		return s.hers(s.agreement()+"/release", obj{"amount": usd("10.00"), "version": 3})
	},
	"refund": func(s *stage) asked { return s.his(s.agreement()+"/refund", obj{"amount": usd("10.00"), "version": 3}) },
	"ask-refund": func(s *stage) asked {
		return s.hers(s.agreement()+"/ask-refund", obj{"amount": usd("10.00"), "version": 3})
	},
	"decline-refund": func(s *stage) asked {
		at := s.agreement()
		s.as(s.ada).post(at+"/ask-refund", obj{"amount": usd("10.00")}).is(http.StatusOK)
		return s.his(at+"/decline-refund", obj{})
	},
	"propose-agreement": func(s *stage) asked {
		return s.hers("/v1/agreements", obj{
			"subject": obj{"kind": "order", "id": s.n}, "payer_id": s.ids[s.ada], "payee_id": s.ids[s.bob], "amount": usd("50.00"),
			"payees":     []obj{{"party_id": s.ids[s.bob], "weight": 3}, {"party_id": s.ids[s.eve], "weight": 1}},
			"inspection": "48h", "work": "720h", "accept_within": "24h",
		})
	},
	"accept-agreement": func(s *stage) asked { return s.hers(at(s.agreed(time.Hour))+"/accept", obj{"version": 1}) },
	"fund-agreement": func(s *stage) asked {
		return s.hers(at(s.agreed(0))+"/fund", obj{"amount": usd("20.00"), "version": 1})
	},
	"submit-agreement": func(s *stage) asked {
		a := s.agreed(0)
		made[*escrow.Agreement](s)(s.engine.Escrow.Fund(s.Context(), s.by(s.ada), escrow.FundInput{Agreement: a.ID}))
		return s.his(at(a)+"/submit", obj{"version": 2})
	},
	"request-agreement-changes": func(s *stage) asked { return s.hers(s.agreement()+"/request-changes", obj{"version": 3}) },
	"approve-agreement":         func(s *stage) asked { return s.hers(s.agreement()+"/approve", obj{"version": 3}) },
	"amend-agreement": func(s *stage) asked {
		return s.hers(s.agreement()+"/amend", obj{"amount": usd("45.00"), "version": 3})
	},
	"accept-amendment": func(s *stage) asked {
		return s.hers(s.amended()+"/accept-amendment", obj{"amount": usd("45.00"), "version": 4})
	},
	"decline-amendment":    func(s *stage) asked { return s.hers(s.amended()+"/decline-amendment", obj{}) },
	"cancel-agreement":     func(s *stage) asked { return s.hers(at(s.agreed(0))+"/cancel", obj{"version": 1}) },
	"get-agreement-policy": func(s *stage) asked { return s.hers(s.agreement() + "/policy") },
	"forecast": func(s *stage) asked {
		return s.hers(s.agreement()+"/forecast", obj{"policy": terms(), "events": []obj{
			{"at": start.AddDate(1, 0, 0), "as": "payer", "do": "release", "amount": usd("10.00"), "bears": "each", "top_up": usd("1.00")},
		}})
	},
	"forecast-dispute": func(s *stage) asked {
		return s.hers(s.disputed(dispute.Negotiation)+"/forecast", obj{"events": []obj{
			{"at": start.AddDate(1, 0, 0), "as": "payer", "do": "offer", "to_payee": usd("10.00"), "bears": "each"},
		}})
	},
	"open-dispute": func(s *stage) asked {
		id := strings.TrimPrefix(s.agreement(), "/v1/agreements/")
		return s.hers("/v1/disputes", obj{"agreement_id": id, "reason": "late", "statement": "It is late.", "to_payee": usd("10.00")})
	},
	"list-disputes":       func(s *stage) asked { s.disputed(dispute.Opened); return s.hers("/v1/disputes?as=payer") },
	"get-dispute":         func(s *stage) asked { return s.hers(s.disputed(dispute.Opened)) },
	"list-dispute-timers": func(s *stage) asked { return s.hers(s.disputed(dispute.Opened) + "/timers") },
	"respond-to-dispute": func(s *stage) asked {
		return s.his(s.disputed(dispute.Opened)+"/respond", obj{"statement": "It is not.", "to_payee": usd("50.00"), "version": 1})
	},
	"add-evidence": func(s *stage) asked {
		return s.hers(s.disputed(dispute.Opened)+"/evidence", obj{"text": "It came today.", "files": []string{}})
	},
	"list-evidence": func(s *stage) asked { return s.hers(s.disputed(dispute.Opened) + "/evidence") },
	"upload-evidence-file": func(s *stage) asked {
		body, mediaType := form(s.T, "file", "notes.txt", []byte("Here it is."))
		return s.hers(s.disputed(dispute.Opened)+"/files", body).carrying(map[string]string{"Content-Type": mediaType})
	},
	"list-evidence-files":    func(s *stage) asked { return s.hers(s.disputed(dispute.Opened) + "/files") },
	"download-evidence-file": func(s *stage) asked { return s.hers(s.proof()) },
	"offer-split": func(s *stage) asked {
		return s.hers(s.disputed(dispute.Negotiation)+"/offer", obj{"to_payee": usd("20.00"), "version": 2})
	},
	"accept-offer": func(s *stage) asked {
		return s.hers(s.split()+"/accept-offer", obj{"to_payee": usd("40.00"), "version": 3})
	},
	"decline-offer":    func(s *stage) asked { return s.hers(s.split()+"/decline-offer", obj{"version": 3}) },
	"concede-dispute":  func(s *stage) asked { return s.his(s.disputed(dispute.Opened)+"/concede", obj{"version": 1}) },
	"withdraw-dispute": func(s *stage) asked { return s.hers(s.disputed(dispute.Opened)+"/withdraw", obj{"version": 1}) },
	"escalate-dispute": func(s *stage) asked { return s.hers(s.disputed(dispute.Negotiation)+"/escalate", obj{"version": 2}) },
	"assign-dispute": func(s *stage) asked {
		return s.hers(s.disputed(dispute.Mediation)+"/assign", obj{"user_id": s.ids[s.jury], "version": 3})
	},
	"rule-on-dispute": func(s *stage) asked {
		a := s.hers(s.disputed(dispute.Arbitration)+"/rule", obj{"to_payee": usd("30.00"), "bears": "each", "text": "It was late.", "version": 6})
		a.owner = "judy" + s.n
		return a
	},
	"appeal-ruling": func(s *stage) asked {
		return s.hers(s.disputed(dispute.Ruled)+"/appeal", obj{"text": "It was not that late.", "version": 7})
	},

	"file-guarantee-claim": func(s *stage) asked {
		return s.hers("/v1/guarantee-claims", obj{"agreement_id": string(s.paidWith()), "amount": usd("10.00"), "statement": "It does not work."})
	},
	"list-guarantee-claims":       func(s *stage) asked { s.claimed(false); return s.hers("/v1/guarantee-claims?as=payer") },
	"get-guarantee-claim":         func(s *stage) asked { return s.hers(s.claimed(false)) },
	"list-guarantee-claim-timers": func(s *stage) asked { return s.hers(s.claimed(false) + "/timers") },
	"withdraw-guarantee-claim":    func(s *stage) asked { return s.hers(s.claimed(false)+"/withdraw", obj{"version": 1}) },
	"assign-guarantee-claim": func(s *stage) asked {
		return s.hers(s.claimed(false)+"/assign", obj{"user_id": s.ids[s.jury], "version": 1})
	},
	"uphold-guarantee-claim": func(s *stage) asked {
		a := s.hers(s.claimed(true)+"/uphold", obj{"granted": usd("10.00"), "text": "It does not.", "version": 2})
		a.owner = "judy" + s.n
		return a
	},
	"reject-guarantee-claim": func(s *stage) asked {
		a := s.hers(s.claimed(true)+"/reject", obj{"text": "It works.", "version": 2})
		a.owner = "judy" + s.n
		return a
	},
	"pay-guarantee-claim":  func(s *stage) asked { return s.hers(s.promised()+"/pay", obj{"version": 4}) },
	"list-guarantee-funds": func(s *stage) asked { s.claimed(false); return s.hers("/v1/admin/guarantee-funds") },
	"fill-guarantee-fund": func(s *stage) asked {
		return s.hers("/v1/admin/guarantee-funds/fill", obj{"amount": usd("10.00"), "from": "cash", "provider": "bank"})
	},

	"get-policy": func(s *stage) asked { return s.hers("/v1/policy") },
	"dry-run-policy": func(s *stage) asked {
		return s.hers("/v1/admin/policy/dry-run", obj{"policy": terms(), "state": "submitted"})
	},
	"quote": func(s *stage) asked {
		return s.hers("/v1/quotes", obj{"amount": usd("80.00"), "work": "720h", "inspection": "48h"})
	},

	"upload-file": func(s *stage) asked {
		body, mediaType := form(s.T, "file", "notes.txt", []byte("Here it is."))
		return s.his(s.milestone(s.funded())+"/files", body).carrying(map[string]string{"Content-Type": mediaType})
	},
	"list-files": func(s *stage) asked {
		m, _ := s.handedIn()
		return s.his(s.milestone("", m) + "/files")
	},
	"get-file":      func(s *stage) asked { return s.his(s.file(s.handedIn())) },
	"download-file": func(s *stage) asked { return s.his(s.file(s.handedIn()) + "/content") },
	"remove-file":   func(s *stage) asked { return s.his(s.file(s.uploaded())) },

	"list-events": func(s *stage) asked { return s.hers("/v1/admin/events") },
	"list-stream": func(s *stage) asked { return s.hers("/v1/admin/streams/user/" + s.ids[s.ada]) },
	"list-parked": func(s *stage) asked { return s.hers("/v1/admin/parked") },
	"retry-parked": func(s *stage) asked {
		consumer := s.engine.Jobs().Reactions[0].Name
		return s.hers("/v1/admin/parked/retry", obj{"consumer": consumer, "stream": obj{"kind": "user", "id": s.ids[s.ada]}})
	},
	"list-dead-deliveries": func(s *stage) asked { return s.hers("/v1/admin/deliveries/dead?relay=payments.charge") },
	"revive-delivery": func(s *stage) asked {
		return s.hers("/v1/admin/deliveries/revive", obj{"relay": "payments.charge", "key": string(s.givenUp())})
	},

	"verify-store":      func(s *stage) asked { return s.hers("/v1/admin/verify", obj{}) },
	"get-coverage":      func(s *stage) asked { return s.hers("/v1/admin/ledger/coverage") },
	"list-checkpoints":  func(s *stage) asked { return s.hers("/v1/admin/checkpoints") },
	"get-trial-balance": func(s *stage) asked { return s.hers("/v1/admin/ledger/trial-balance") },
	"list-accounts": func(s *stage) asked {
		s.topped(s.ada)
		return s.hers("/v1/admin/ledger/accounts?owner=" + s.ids[s.ada])
	},
	"list-account-entries": func(s *stage) asked {
		s.topped(s.ada)
		return s.hers("/v1/admin/ledger/accounts/available:USD:" + s.ids[s.ada] + "/entries")
	},

	"get-clock":  func(s *stage) asked { return s.hers("/v1/test/clock") },
	"skip-time":  func(s *stage) asked { return s.hers("/v1/test/clock/skip", obj{"by": "1s"}) },
	"list-mail":  func(s *stage) asked { return s.hers("/v1/test/mail?to=" + mail(s.ada)) },
	"set-outage": func(s *stage) asked { return s.hers("/v1/test/provider/outage", obj{"on": false}) },

	"get-health":       func(s *stage) asked { return s.hers("/healthz") },
	"get-readiness":    func(s *stage) asked { return s.hers("/readyz") },
	"get-capabilities": func(s *stage) asked { return s.hers("/v1/capabilities") },
}

// terms is a policy, all of it.
func terms() obj {
	return obj{
		"version": 2, "inspection": "240h", "reminder": "48h", "changes": 5, "clearance": "24h", "funding": "on_start", "amendment": "48h",
		"fees":    []obj{{"name": "service", "side": "payee", "percent": "5.5", "fixed": usd("1.00"), "min": usd("2.00"), "max": usd("90.00")}},
		"taxes":   []obj{{"side": "payee", "jurisdiction": "DE", "percent": "19"}},
		"refunds": obj{"answer": "72h", "silence": "keep", "asks": 2, "fees": "keep"},
		"holding": obj{
			"place": "connected_balance", "country": "TH", "warning": "24h", "then": "release",
			"limits": []obj{{"place": "connected_balance", "country": "TH", "period": "240h"}},
		},
		"dispute": obj{"response": "72h", "negotiation": "72h", "mediation": "72h", "arbitration": "72h", "appeal": "72h", "silence": "escalate", "default": "release", "appeals": 0, "cases": 2},
		"guarantee": obj{
			"window": "240h", "share": "62.5", "caps": []obj{usd("90.00")}, "claims": 2, "judge": "admin", "decision": "72h", "silence": "keep",
			"bearer": "payee", "write_off": "240h",
		},
	}
}

// self is what somebody says about himself, all of it.
func (s *stage) self() obj {
	return obj{
		"role": "freelancer", "display_name": "Somebody", "headline": "Moves shops", "bio": "For *years*.", "hourly_rate": usd("80.00"),
		"skills": []obj{{"skill": s.skill(), "level": "expert"}}, "location": obj{"country": "GB", "city": "London"},
		"timezone": "Europe/London", "visibility": "members",
	}
}

// job is the body of a project, all of it.
func (s *stage) job() obj {
	j := job("Move our shop")
	j["skills"], j["category"], j["visibility"] = []string{s.skill()}, s.category(), "unlisted"
	return j
}

// past is the body of a portfolio item, all of it.
func past() obj {
	return obj{
		"title": "A shop", "role": "Carpenter", "problem": "Old.", "solution": "New.", "result": "Sold.", "place": 2,
		"media": []obj{{"kind": "link", "url": "https://example.com/shop", "caption": "The shop"}},
	}
}

func (s *stage) proposal(draft bool) string { return "/v1/proposals/" + string(s.offered(draft).ID) }
func (s *stage) contract(id contract.ID, _ contract.MilestoneID) string {
	return "/v1/contracts/" + string(id)
}
func (s *stage) milestone(_ contract.ID, id contract.MilestoneID) string {
	return "/v1/milestones/" + string(id)
}

func (s *stage) file(_ contract.MilestoneID, id file.ID) string { return "/v1/files/" + string(id) }
