package api

import (
	"context"
	"slices"

	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/payments/sandbox"
)

// capability is one system and how it stands here.
type capability struct {
	System string `json:"system" example:"payments"`
	State  string `json:"state" enum:"real,test,off" doc:"real: it does what it says; test: it plays, and nothing leaves the process; off: it is not wired here"`
	Detail string `json:"detail"`
}

// capabilities are derived from what is wired, never from a list of claims.
type capabilities struct {
	Test       bool         `json:"test" doc:"whether the store was born test: nothing in it is real"`
	Systems    []capability `json:"systems" nullable:"false"`
	Operations int          `json:"operations" doc:"how many operations this server has"`
	Chapters   []string     `json:"chapters" nullable:"false" doc:"what they are about"`
}

func getCapabilities(_ context.Context, c *Call, _ *struct{}) (*capabilities, error) {
	out := &capabilities{Test: c.Levers != nil, Systems: slices.Concat(c.providers(), []capability{c.mail(), c.files(), c.checkpoints(), c.throttle(), c.levers(), c.skillWords()})}
	for _, op := range Operations() { //nolint:contextcheck // they are declared, and not asked
		if op.Test && c.Levers == nil {
			continue
		}
		out.Operations++
		if !slices.Contains(out.Chapters, op.Tag) {
			out.Chapters = append(out.Chapters, op.Tag)
		}
	}
	return out, nil
}

func (s *Server) providers() (found []capability) {
	for _, p := range s.Engine.Payments.Providers() {
		state, detail := "real", p.Name()
		if _, plays := p.(*sandbox.Sandbox); plays {
			state, detail = "test", p.Name()+": moves no money"
		}
		found = append(found, capability{"payments", state, detail})
	}
	return found
}

func (s *Server) mail() capability {
	for _, relay := range s.Engine.Jobs().Relays {
		if relay.Name != auth.MailRelay {
			continue
		}
		if s.Levers != nil {
			return capability{"mail", "test", "kept in a mailbox of this process: GET /v1/test/mail"}
		}
		return capability{"mail", "real", "sent"}
	}
	return capability{"mail", "off", "letters are owed and nothing sends them"}
}

func (s *Server) files() capability {
	if s.Engine.Config().Blobs == nil {
		return capability{"files", "off", "uploads are refused"}
	}
	return capability{"files", "real", "kept, and handed in with work"}
}

func (s *Server) checkpoints() capability {
	signer := s.Engine.Config().Checkpoints
	if signer == nil {
		return capability{"checkpoints", "off", "nobody signs the log"}
	}
	return capability{"checkpoints", "real", "signed each minute by " + signer.Key().String()}
}

func (s *Server) throttle() capability {
	if s.Engine.Config().Auth.Throttle == nil {
		return capability{"throttle", "off", "nobody is held back who guesses passwords"}
	}
	return capability{"throttle", "real", "who signs in too often waits"}
}

func (s *Server) levers() capability {
	if s.Levers == nil {
		return capability{"clock lever", "off", "time passes by itself"}
	}
	return capability{"clock lever", "test", "an administrator moves time: POST /v1/test/clock/skip"}
}

func (s *Server) skillWords() capability {
	if s.OpenSkills {
		return capability{"open skills", "real", "who names a skill that is not known makes it known"}
	}
	return capability{"open skills", "off", "administrators alone add skills"}
}
