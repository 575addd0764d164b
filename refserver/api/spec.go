package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
)

// moneyDoc is how lance.Money stands in JSON.
type moneyDoc struct {
	Amount   string `json:"amount" maxLength:"40" example:"125.00" doc:"with all decimals of the currency; never a number"`
	Currency string `json:"currency" minLength:"3" maxLength:"5" example:"USD" doc:"ISO 4217, or one of the crypto assets known"`
}

// config is how the router and the document are set up.
func (s *Server) config() huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[lance.Money](), reflect.TypeFor[moneyDoc]())
	schemas.RegisterTypeAlias(reflect.TypeFor[policy.Document](), reflect.TypeFor[policyDoc]())
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "lance", Version: orDev(s.Version),
				Description: "A freelance marketplace with escrow on a double-entry ledger. lance keeps books and timers: it holds no money, has no licence and is no escrow agent.",
				License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Tags: chapters(),
			Components: &huma.Components{
				Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "the access_token of POST /v1/auth/login"},
				},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// chapters are those of the documents, in the order in which they are declared.
func chapters() (tags []*huma.Tag) {
	for _, op := range Operations() {
		if !slices.ContainsFunc(tags, func(t *huma.Tag) bool { return t.Name == op.Tag }) {
			tags = append(tags, &huma.Tag{Name: op.Tag})
		}
	}
	return tags
}

func orDev(version string) string {
	if version == "" {
		return "dev"
	}
	return version
}

// schemaName names a schema after its type: a view's without the word.
func schemaName(t reflect.Type, hint string) string {
	return huma.DefaultSchemaNamer(t, hint)
}

// Document returns the OpenAPI 3.1 document, indented.
func (s *Server) Document() ([]byte, error) {
	return json.MarshalIndent(s.huma.OpenAPI(), "", "  ")
}

// optional shows a time that may not have come yet.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// moment reads a time that may be left out.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// words shows a list of states, actions or roles.
func words[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// some shows an amount that may not be there.
func some(m lance.Money) *lance.Money {
	if m == (lance.Money{}) {
		return nil
	}
	return &m
}
