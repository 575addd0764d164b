package main

import (
	"io"
	"log/slog"

	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/refserver/api"
	"github.com/megilance/lance/refserver/levers"
)

// openAPI prints the document.
type openAPI struct {
	Live bool `name:"live" env:"-" help:"Leave out the levers that only a test store has."`
}

// Run prints the OpenAPI document of this program, indented JSON.
func (o *openAPI) Run(out io.Writer) error {
	opts := api.Options{Engine: &marketplace.Engine{}, Log: slog.New(slog.DiscardHandler), Version: version()}
	if !o.Live {
		opts.Levers = &levers.Levers{}
	}
	doc, err := api.New(opts).Document()
	if err != nil {
		return err
	}
	_, err = out.Write(append(doc, '\n'))
	return err
}
