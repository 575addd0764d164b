package config

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// File reads settings out of a JSON object whose members are called as the flags
// are. A flag and a variable of the environment win over it; a member that is no
// setting is a mistake.
func File(r io.Reader) (kong.Resolver, error) {
	d := json.NewDecoder(r)
	d.UseNumber()
	values := map[string]any{}
	if err := d.Decode(&values); err != nil {
		return nil, fmt.Errorf("the file of settings is not a JSON object: %w", err)
	}
	return file(values), nil
}

type file map[string]any

// Validate reports members that are no setting of any command.
func (f file) Validate(app *kong.Application) error {
	known := map[string]bool{}
	var walk func(*kong.Node)
	walk = func(n *kong.Node) {
		for _, flag := range n.Flags {
			known[flag.Name] = true
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(app.Node)
	var m Mistakes
	for name := range f {
		if !known[name] || unset[name] {
			m = append(m, fmt.Sprintf("%s: is no setting of the file", clip(name)))
		}
	}
	slices.Sort(m)
	return m.orNil()
}

// unset are flags that make no sense in a file.
var unset = map[string]bool{"help": true, "config": true, "version": true, "email": true, "password-file": true}

// Resolve returns what the file says about a flag, unless the environment does.
func (f file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil //nolint:nilnil // nothing to say, and nothing wrong: so kong has it
		}
	}
	switch v := f[flag.Name].(type) {
	case json.Number:
		return v.String(), nil
	case []any:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = fmt.Sprint(p)
		}
		return strings.Join(parts, ","), nil
	default:
		return v, nil
	}
}

func clip(s string) string { return s[:min(len(s), 60)] }
