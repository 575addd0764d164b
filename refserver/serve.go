package main

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/auth/throttle"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/refserver/api"
	"github.com/megilance/lance/refserver/config"
	"github.com/megilance/lance/refserver/demo"
	"github.com/megilance/lance/refserver/levers"
	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/dirblob"
)

// serve answers requests until it is told to end.
type serve struct {
	config.Store
	config.Serve
	Demo bool `name:"demo" env:"-" help:"A store of its own, ./lance-demo.db, with people, projects and money in it; on the loopback only."`
}

// Where the demo keeps its store and its files, unless it is told otherwise.
const (
	demoDSN   = "sqlite:lance-demo.db"
	demoFiles = "lance-demo-files"
)

// Run serves.
func (s *serve) Run(ctx context.Context, std *streams) error {
	if err := s.check(); err != nil {
		return err
	}
	h, err := s.build(ctx, std)
	if err != nil {
		return err
	}
	return errors.Join(h.listen(ctx, std.out), h.close())
}

// check reports every mistake in the settings, and what the demo makes of them.
func (s *serve) check() error {
	s.Strict()
	if s.Demo && s.DSN == "sqlite:lance.db" {
		s.DSN = demoDSN
	}
	if s.Demo && s.Files == "lance-files" {
		s.Files = demoFiles
	}
	var all config.Mistakes
	for _, err := range []error{s.Store.Check(), s.Serve.Check(), s.checkDemo()} {
		if m, mistaken := errors.AsType[config.Mistakes](err); mistaken {
			all = append(all, m...)
		}
	}
	if len(all) > 0 {
		return all
	}
	return nil
}

func (s *serve) checkDemo() error {
	if !s.Demo {
		return nil
	}
	var m config.Mistakes
	if s.Live {
		m = append(m, "demo: nothing in it is real, and --live is")
	}
	host, _, err := net.SplitHostPort(s.Addr)
	if ip := net.ParseIP(host); err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		m = append(m, "demo: its passwords are known to everybody; it is served on the loopback only")
	}
	return m
}

// house is everything put together.
type house struct {
	*serve
	log    *slog.Logger
	behind atomic.Int64 // by how many nanoseconds the clock lags: while the demo's story is told
	clock  *levers.Clock
	store  *bunstore.Store
	blobs  *dirblob.Store
	engine *marketplace.Engine
	levers *levers.Levers
	server *api.Server
	cast   *demo.Cast
}

// build opens the store and puts the engine and the server on it.
func (s *serve) build(ctx context.Context, std *streams) (_ *house, err error) {
	h := &house{serve: s, log: s.logger(std.errs)}
	h.clock = levers.NewClock(lance.ClockFunc(func() time.Time { return time.Now().Add(-time.Duration(h.behind.Load())) }))
	fresh, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	birth := lance.BornTest
	if s.Live {
		birth = lance.BornLive
	}
	if err := h.store.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error { return lance.BearIn(ctx, r, birth) }); err != nil {
		return nil, err
	}
	if err := h.wire(ctx); err != nil {
		return nil, err
	}
	if s.Demo {
		err = h.play(ctx, fresh)
	}
	return h, err
}

// close gives up what was opened.
func (h *house) close() error {
	err := h.store.Close()
	if h.blobs != nil {
		err = errors.Join(err, h.blobs.Close())
	}
	return err
}

func (s *serve) logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// open opens the store, makes a SQLite file that is not there yet, and migrates
// where that was asked for. It reports whether the store is new.
func (h *house) open(ctx context.Context) (fresh bool, err error) {
	if path := h.SQLite(); path != "" {
		_, err := os.Stat(path)
		fresh = errors.Is(err, os.ErrNotExist)
	}
	h.store, err = bunstore.Open(ctx, bunstore.Options{DSN: h.DSN, Schema: h.Schema, MaxConns: h.Conns, Clock: h.clock})
	if err != nil {
		return false, err
	}
	if fresh || h.Migrate || h.DSN == "sqlite::memory:" {
		err = h.store.Migrate(ctx)
	} else if err = h.store.Check(ctx); err != nil {
		err = fmt.Errorf("%w\nbring the schema up to date with refserver migrate, or --migrate", err)
	}
	if err != nil {
		return false, errors.Join(err, h.store.Close())
	}
	return fresh, nil
}

// wire makes the engine and the server.
func (h *house) wire(ctx context.Context) error {
	secret, err := h.secret(ctx)
	if err != nil {
		return err
	}
	codes, err := codesOf(secret)
	if err != nil {
		return err
	}
	signer, err := signerOf(secret, h.LogName)
	if err != nil {
		return err
	}
	h.log.Info("checkpoints of the log are signed", "key", signer.Key().String())
	fees, err := h.Policy()
	if err != nil {
		return err
	}
	if h.blobs, err = h.folder(ctx); err != nil {
		return fmt.Errorf("the folder for files: %w", err)
	}
	played := sandbox.New(sandbox.Options{Delay: h.Delay})
	mail := levers.NewMailbox(h.clock)
	h.engine, err = marketplace.New(marketplace.Config{
		Store: h.store, Policy: fees, Blobs: h.blobs, Checkpoints: signer,
		Auth:     auth.Options{Codes: codes, RequireVerified: h.Verified, Throttle: throttle.New(throttle.Options{Clock: h.clock})},
		Payments: payments.Options{Providers: []provider.Adapter{played}},
		Jobs:     mail.Jobs(auth.NewService(h.store, &auth.Options{Codes: codes})),
	})
	if err != nil {
		return err
	}
	h.levers, err = levers.New(ctx, levers.Options{
		Clock: h.clock, Store: h.store, Engine: h.engine, Mailbox: mail, Sandboxes: []*sandbox.Sandbox{played},
	})
	if err != nil {
		return err
	}
	h.server = api.New(api.Options{ //nolint:contextcheck // each request has its own
		Engine: h.engine, Store: h.store, Log: h.log, Proxies: h.Proxies, Secure: h.Secure, OpenSkills: h.OpenSkills,
		Levers: h.levers, Version: version(),
	})
	return nil
}

// factOwn is the fact that holds the secret that a test store made for itself.
const factOwn lance.FactName = "refserver.test_secret"

// secret is the one that a file holds, or that a test store made for itself.
func (h *house) secret(ctx context.Context) ([]byte, error) {
	secret, err := h.Secret()
	if err != nil || secret != nil {
		return secret, err
	}
	raw := make([]byte, config.MinSecret)
	lance.SystemEntropy().Fill(raw)
	err = h.store.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error {
		kept, err := lance.SettleFact(ctx, r, factOwn, base64.StdEncoding.EncodeToString(raw))
		secret = []byte(kept)
		return err
	})
	return secret, err
}

// codesOf makes the codes of mails from the server's secret.
func codesOf(secret []byte) (*auth.Codes, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "lance/refserver codes of mails", config.MinSecret)
	if err != nil {
		return nil, err
	}
	return auth.NewCodes(key)
}

// signerOf makes the key that signs checkpoints of the log from the server's
// secret.
func signerOf(secret []byte, name string) (*lance.Signer, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, "lance/refserver checkpoints of the log", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return lance.NewSigner(name, ed25519.NewKeyFromSeed(seed))
}

// listen serves until ctx ends, then lets requests under way come to their end.
func (h *house) listen(ctx context.Context, out io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.Addr)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	if h.cast != nil {
		err = h.cast.Print(out, url, h.clock.Now())
	} else {
		_, err = fmt.Fprintf(out, "lance: %s   documents: %s/docs\n", url, url)
	}
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	working, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	worked := make(chan error, 1)
	go func() { worked <- h.levers.Run(working, h.Step, h.report) }()

	server := &http.Server{
		Handler: h.server, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		rest()
		return errors.Join(err, <-worked)
	case <-ctx.Done():
	}
	h.log.Info("draining", "limit", h.Drain)
	patience, stop := context.WithTimeout(context.WithoutCancel(ctx), h.Drain)
	defer stop()
	err = server.Shutdown(patience)
	rest()
	return errors.Join(err, <-worked)
}

// report logs what a step did that an operator should know of.
func (h *house) report(rep lance.Report, err error) {
	if err != nil {
		h.log.Error("step failed", "code", lance.CodeOf(err), "error", err)
	}
	for _, f := range rep.Faults {
		h.log.Warn("will be tried again", "what", f.Name, "subject", f.Subject.String(), "code", lance.CodeOf(f.Err), "error", f.Err)
	}
	for _, p := range rep.Parked {
		h.log.Error("event set aside", "consumer", p.Consumer, "seq", p.Seq, "stream", p.Stream.String(), "code", p.Code)
	}
}

// play tells the demo's story in a new store, and finds it again in one that has
// it.
func (h *house) play(ctx context.Context, fresh bool) (err error) {
	if h.cast, err = demo.Known(ctx, h.store); err != nil || h.cast != nil {
		return err
	}
	if !fresh {
		return fmt.Errorf("the store at %s has no demo in it: name another with --dsn, or none", h.DSN)
	}
	h.behind.Store(int64(demo.Span))
	h.cast, err = demo.Seed(ctx, h.engine, h.store, func(ctx context.Context, d time.Duration) error {
		h.behind.Add(-int64(d))
		_, err := h.engine.Worker().Drain(ctx, h.clock.Now(), 1000)
		return err
	})
	return err
}
