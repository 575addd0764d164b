package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/megilance/lance/refserver/config"
)

// commands are what the program can do.
type commands struct {
	Config  kong.ConfigFlag `name:"config" placeholder:"PATH" help:"Reads settings from a JSON file; flags and LANCE_… variables win over it." env:"-"`
	Serve   serve           `cmd:"" default:"withargs" help:"Serve the engine over HTTP (the default)."`
	Migrate migrate         `cmd:"" help:"Bring the schema of a database up to date."`
	Admin   struct {
		Create adminCreate `cmd:"" help:"Make an administrator."`
	} `cmd:"" help:"Administer a store from its own machine."`
	Verify  verify  `cmd:"" help:"Hold a store, or an export of one, against its log: every row, the books, the chain, the checkpoints."`
	Export  export  `cmd:"" help:"Write all that verify looks at, for whoever checks it elsewhere."`
	OpenAPI openAPI `cmd:"" name:"openapi" help:"Print the OpenAPI document."`
}

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // little stays and much is garbage: at 100 it takes a fifth of the time to collect it
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run does what the arguments say and returns the exit status: 0, 1 for a
// failure, 2 for arguments that make no sense.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("refserver"), kong.Description("lance over HTTP: a freelance marketplace with escrow on a double-entry ledger. It keeps books and timers and holds no money."),
		kong.Writers(out, errs), kong.Exit(func(int) {}), kong.DefaultEnvars("LANCE"), kong.Configuration(config.File),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(out, (*io.Writer)(nil)), kong.Bind(&streams{out, errs}),
	)
	if err != nil {
		return say(errs, err, 2)
	}
	if asksHelp(args) {
		_, _ = parser.Parse(args) // it prints the help
		return 0
	}
	k, err := parser.Parse(args)
	if err != nil {
		return say(errs, err, 2)
	}
	if err := k.Run(); err != nil {
		if _, mistaken := errors.AsType[config.Mistakes](err); mistaken {
			return say(errs, err, 2)
		}
		return say(errs, err, 1)
	}
	return 0
}

// streams are where the program writes to.
type streams struct{ out, errs io.Writer }

// asksHelp reports whether the arguments ask for help: kong prints it and would
// go on.
func asksHelp(args []string) bool {
	for _, a := range args {
		if a == "--help" || a == "-h" {
			return true
		}
	}
	return false
}

// say prints what is wrong, each mistake on a line of its own.
func say(w io.Writer, err error, code int) int {
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintln(w, "refserver:", strings.TrimRight(line, "\n"))
	}
	return code
}

// version is what the build says about itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return "dev"
}
