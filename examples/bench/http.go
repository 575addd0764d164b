package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/refserver/api"
	"github.com/megilance/lance/storage/driver"
)

// webWork is what can be asked of the server, each beside a bare handler of
// net/http that makes the same call of the engine and nothing else.
var webWork = []string{"http_list", "http_contract", "http_propose", "http_release"}

// web is a server on a store, the bare handlers beside it, and who asks.
type web struct {
	engine             *marketplace.Engine
	client, freelancer lance.Actor
	tokens             [2]string // of the client and the freelancer
	http               *http.Client
	url                string
	n                  int // calls of each kind
	projects           []project.ID
	milestones         []contract.MilestoneID
	contract           contract.ID
}

// web measures one request of the server; its reference is the bare handler.
func (b *bench) web(ctx context.Context, s driver.Store, work string, callers int) (f figure, err error) {
	w, stop, err := b.openWeb(ctx, s, work, callers)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var found [2]figure
	for i, path := range []string{"", "/bare"} {
		if _, err := many(callers, callers, func(j int) error { return w.ask(ctx, "/warm"+path, work, i*w.n+j, true) }); err != nil {
			return f, err
		}
		found[i], err = measure(func() ([]time.Duration, error) {
			return many(callers, w.n, func(j int) error { return w.ask(ctx, path, work, i*w.n+j, false) })
		})
		if err != nil {
			return f, err
		}
	}
	found[0].reference, found[0].referenceCPU = found[1].rate, found[1].cpu
	return found[0], nil
}

// openWeb serves on a free port of the loopback.
func (b *bench) openWeb(ctx context.Context, s driver.Store, work string, callers int) (*web, func() error, error) {
	w := &web{n: max(10*callers, b.ops), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}}
	var err error
	w.engine, err = marketplace.New(marketplace.Config{
		Store: s, Auth: auth.Options{Hasher: auth.NewHasher(auth.Argon{MemoryKiB: 64, Passes: 1, Lanes: 1}, 0)},
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	if err != nil {
		return nil, nil, err
	}
	if err := w.prepare(ctx, work, callers); err != nil {
		return nil, nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	w.url = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("/", api.New(api.Options{Engine: w.engine, Store: s, Log: slog.New(slog.DiscardHandler), OpenSkills: true})) //nolint:contextcheck // each request has its own
	mux.HandleFunc("/bare/", w.bare)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	return w, func() error { return server.Close() }, nil
}

// prepare makes the people and what they will ask for.
func (w *web) prepare(ctx context.Context, work string, callers int) error {
	for i, view := range []auth.View{auth.ViewClient, auth.ViewFreelancer} {
		email, password := string(view)+"@example.com", auth.Secret("correct horse battery")
		u, err := w.engine.Auth.Create(ctx, lance.System("bench"), auth.CreateInput{Email: email, Name: string(view), View: view, Password: password, Verified: true})
		if err != nil {
			return err
		}
		in, err := w.engine.Auth.Login(ctx, auth.LoginInput{Email: email, Password: password})
		if err != nil {
			return err
		}
		w.tokens[i] = in.Access.Reveal()
		if i == 0 {
			w.client = u.Actor(in.Session)
		} else {
			w.freelancer = u.Actor(in.Session)
		}
	}
	n := 2 * w.n
	if work == "http_list" || work == "http_contract" {
		n = 200
	}
	skill, err := newSkill(ctx, w.engine)
	if err != nil {
		return err
	}
	w.projects = make([]project.ID, n)
	_, err = many(callers, n, func(i int) (err error) {
		w.projects[i], err = openProject(ctx, w.engine, w.client, skill)
		return err
	})
	if err != nil || work == "http_list" || work == "http_propose" {
		return err
	}
	return w.hire(ctx, work, n, callers)
}

// hire makes contracts out of the projects, and for the release submits their
// work.
func (w *web) hire(ctx context.Context, work string, n, callers int) error {
	price := lance.NewMoney(100_00, lance.USD)
	if work == "http_contract" {
		n = 1
	}
	if _, err := w.engine.Payments.TopUp(ctx, w.client, payments.TopUpInput{Amount: lance.NewMoney(int64(n)*100_00, lance.USD), Method: sandbox.MethodOK}); err != nil {
		return err
	}
	w.milestones = make([]contract.MilestoneID, n)
	_, err := many(callers, n, func(i int) error {
		offer, err := w.engine.Projects.Propose(ctx, w.freelancer, project.ProposeInput{
			Project: w.projects[i], CoverLetter: "I do it.", Milestones: []project.Offer{{Title: "All of it", Amount: price}},
		})
		if err != nil {
			return err
		}
		c, err := w.engine.Contracts.Accept(ctx, w.client, contract.AcceptInput{Proposal: offer.ID})
		if err != nil {
			return err
		}
		id := c.Milestones[0].ID
		if _, err := w.engine.Contracts.Fund(ctx, w.client, contract.FundInput{Milestone: id}); err != nil {
			return err
		}
		if i == 0 {
			w.contract = c.ID
		}
		w.milestones[i] = id
		_, err = w.engine.Contracts.Submit(ctx, w.freelancer, contract.SubmitInput{Milestone: id, Message: "Done."})
		return err
	})
	return err
}

const proposal = `{"cover_letter":"I do it.","milestones":[{"title":"All of it","amount":{"amount":"100.00","currency":"USD"}}]}`

// ask makes the i-th request. A warm one only reads.
func (w *web) ask(ctx context.Context, at, work string, i int, warm bool) error {
	at = strings.TrimPrefix(at, "/warm")
	method, path, body, token := http.MethodGet, "/v1/projects?limit=20", "", w.tokens[0] //nolint:gosec // tokens of a store that is thrown away
	switch {
	case warm:
	case work == "http_contract":
		path = "/v1/contracts/" + string(w.contract)
	case work == "http_propose":
		method, path, body, token = http.MethodPost, "/v1/projects/"+string(w.projects[i])+"/proposals", proposal, w.tokens[1]
	case work == "http_release":
		method, path = http.MethodPost, "/v1/milestones/"+string(w.milestones[i])+"/approve"
	}
	r, err := http.NewRequestWithContext(ctx, method, w.url+at+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := w.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return err
}

// bare is what the server does without all that makes it one: no token is
// judged, no rule of the document checked, nothing logged.
func (w *web) bare(rw http.ResponseWriter, r *http.Request) {
	ctx, parts := r.Context(), strings.Split(strings.TrimPrefix(r.URL.Path, "/bare/v1/"), "/")
	var out any
	var err error
	switch {
	case parts[0] == "contracts":
		out, err = w.engine.Contracts.Get(ctx, w.client, contract.ID(parts[1]))
	case parts[0] == "milestones":
		out, err = w.engine.Contracts.Approve(ctx, w.client, contract.ApproveInput{Milestone: contract.MilestoneID(parts[1])})
	case r.Method == http.MethodPost:
		var in project.ProposeInput
		if err = json.NewDecoder(r.Body).Decode(&in); err == nil {
			in.Project = project.ID(parts[1])
			out, err = w.engine.Projects.Propose(ctx, w.freelancer, in)
		}
	default:
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		out, err = w.engine.Projects.ListOpen(ctx, project.OpenQuery{PageQuery: lance.PageQuery{Limit: limit}})
	}
	var text bytes.Buffer
	if err == nil {
		err = json.NewEncoder(&text).Encode(out)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write(text.Bytes())
}
