package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/refserver/levers"
	"github.com/megilance/lance/refserver/problem"
)

func leverOperations() []Operation {
	const tag = "Test levers"
	return []Operation{
		{ID: "get-clock", Method: http.MethodGet, Path: "/v1/test/clock", Summary: "Where the clock stands, and what will happen next", Tag: tag, Policy: Public, Test: true, do: do(getClock)},
		{
			ID: "skip-time", Method: http.MethodPost, Path: "/v1/test/clock/skip", Summary: "Move time, and see what happens because of it",
			Doc: `{"by": "336h"}, or {"to": "next_timer"}. On the way everything happens at its own time. Sessions grow old too: sign in again. The same Idempotency-Key again moves nothing.`,
			Tag: tag, Policy: Admins, Keys: Passed, Test: true, do: do(skipTime),
		},
		{ID: "list-mail", Method: http.MethodGet, Path: "/v1/test/mail", Summary: "The mail that would have been sent, the latest first", Tag: tag, Policy: Public, Test: true, do: do(listMail)},
		{ID: "set-outage", Method: http.MethodPost, Path: "/v1/test/provider/outage", Summary: "Cut the sandbox off, or let it be reached again", Tag: tag, Policy: Admins, Keys: Natural, Test: true, do: do(setOutage)},
	}
}

// timerView is something that will happen by itself.
type timerView struct {
	Owner  subjectView `json:"owner" doc:"what it belongs to"`
	Kind   string      `json:"kind" doc:"what will happen" example:"escrow.auto_release"`
	DueAt  *time.Time  `json:"due_at,omitempty" doc:"when; absent while the clock stands"`
	WhyNot string      `json:"why_not,omitempty" doc:"why the clock stands" example:"changes_requested"`
}

func viewTimer(t lance.Timer) timerView {
	return timerView{subjectOf(t.Owner), t.Kind, optional(t.DueAt), t.WhyNot}
}

// clockView is where the clock stands.
type clockView struct {
	Now   time.Time  `json:"now"`
	Ahead string     `json:"ahead" example:"336h0m0s" doc:"by how much it was moved in all"`
	Next  *timerView `json:"next_timer,omitempty" doc:"absent when none will fire"`
}

func getClock(ctx context.Context, c *Call, _ *struct{}) (*clockView, error) {
	h, err := c.Levers.Hands(ctx)
	if err != nil {
		return nil, err
	}
	v := &clockView{Now: h.Now, Ahead: h.Ahead.String()}
	if h.Next != nil {
		v.Next = new(viewTimer(*h.Next))
	}
	return v, nil
}

// skippedView tells what happened because time was moved.
type skippedView struct {
	From       time.Time   `json:"from"`
	To         time.Time   `json:"to"`
	Timers     []timerView `json:"timers" nullable:"false" doc:"that fired, in order"`
	Events     []eventView `json:"events" nullable:"false" doc:"that were sealed, in order"`
	MoreEvents bool        `json:"more_events" doc:"whether there were more than are listed"`
	Faults     []faultView `json:"faults" nullable:"false" doc:"what failed and will be tried again"`
}

// faultView is work that failed.
type faultView struct {
	Subject subjectView `json:"subject"`
	Name    string      `json:"name" doc:"the timer's kind, the relay or the reaction"`
	Code    string      `json:"code" doc:"of the fault"`
}

func skipTime(ctx context.Context, c *Call, in *struct {
	Body struct {
		By   string `json:"by,omitempty" maxLength:"40" example:"336h" doc:"how far, in hours, minutes and seconds"`
		To   string `json:"to,omitempty" enum:"next_timer"`
		Kind string `json:"kind,omitempty" maxLength:"100" example:"escrow.auto_release" doc:"with to: of which kind the timer is"`
	}
},
) (*skippedView, error) {
	skip := levers.SkipInput{Kind: in.Body.Kind, Key: c.Key}
	if in.Body.To == "" {
		if in.Body.Kind != "" {
			return nil, fieldFault("/kind", "one_of", "a kind goes with to")
		}
		var err error
		if skip.By, err = time.ParseDuration(in.Body.By); err != nil || skip.By <= 0 {
			return nil, fieldFault("/by", "period_syntax", "a period above zero, such as 336h, or to: next_timer")
		}
	} else if in.Body.By != "" {
		return nil, fieldFault("/by", "one_of", "say how far or where to, not both")
	}
	h, err := c.Levers.Skip(ctx, c.By, skip)
	if err != nil {
		return nil, err
	}
	faults := listOf(h.Faults, func(f lance.ReportFault) faultView {
		return faultView{subjectOf(f.Subject), f.Name, problem.Of(ctx, f.Err).Code}
	})
	return &skippedView{
		From: h.From, To: h.To, Timers: listOf(h.Timers, viewTimer).Items, Events: listOf(h.Events, viewEvent).Items,
		MoreEvents: h.More, Faults: faults.Items,
	}, nil
}

// mailView is a letter that would have been sent.
type mailView struct {
	To        string     `json:"to"`
	Subject   string     `json:"subject"`
	Text      string     `json:"text"`
	Code      string     `json:"code,omitempty" doc:"to type in"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"until when the code is good"`
	At        time.Time  `json:"at"`
}

func listMail(_ context.Context, c *Call, in *struct {
	To string `query:"to" maxLength:"254" doc:"only to this address"`
},
) (*list[mailView], error) {
	return listOf(c.Levers.Mailbox.To(in.To), func(m levers.Mail) mailView {
		return mailView{m.To, m.Subject, m.Text, m.Code, optional(m.ExpiresAt), m.At}
	}), nil
}

// outageView says whether the sandbox is cut off.
type outageView struct {
	On bool `json:"on"`
}

func setOutage(_ context.Context, c *Call, in *struct{ Body outageView }) (*outageView, error) {
	return &in.Body, c.Levers.Outage(c.By, in.Body.On)
}
