package api_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/refserver/api"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

// The page of who may ask for what, from the declarations that the router and
// the matrix test go by.
func TestGoldenAccess(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Who is answered what\n\nWritten from the declarations of package `refserver/api` by a test; another test asks every operation as each of these callers.\n\n" +
		"- **anonymous** has not signed in; **stranger** has, and has nothing to do with the resource;\n" +
		"- **counterparty** is on the other side of it, **owner** made it or may do this to it;\n" +
		"- **arbiter** rules on disputes and **admin** administers the platform, neither with a part in it.\n\n" +
		"A status is the refusal: 401 sign in, 403 yours to see and not to do, 404 absent or not yours.\n")
	tag := ""
	for _, op := range api.Operations() {
		if op.Tag != tag {
			tag = op.Tag
			fmt.Fprintf(&b, "\n## %s\n\n| Operation | %s |\n|---|%s\n", tag, strings.Join(api.Callers, " | "), strings.Repeat("---|", len(api.Callers)))
		}
		test := ""
		if op.Test {
			test = " (test stores)"
		}
		fmt.Fprintf(&b, "| `%s %s`%s", op.Method, op.Path, test)
		for _, a := range op.Policy.Answers() {
			cell := a.String()
			if a == api.Allowed {
				cell = "yes"
			}
			b.WriteString(" | " + cell)
		}
		b.WriteString(" |\n")
	}
	goldentest.Check(t, "../../docs/access.md", []byte(b.String()))
}

// document is what the tests look at of the OpenAPI document.
type document struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"` //nolint:tagliatelle // as OpenAPI has it
		Summary     string
		Security    []map[string][]string
		Policy      map[string]string `json:"x-policy"` //nolint:tagliatelle // as above
		Responses   map[string]any
	}
}

// document reads the server's document.
func (w *world) document() (doc document) {
	w.Helper()
	raw, err := w.server.Document()
	require.NoError(w, err)
	require.NoError(w, json.Unmarshal(raw, &doc))
	return doc
}

func TestTheDocumentIsTheDeclarations(t *testing.T) {
	t.Parallel()
	doc := newWorld(t).document()
	require.Equal(t, "3.1.0", doc.OpenAPI)
	declared, ids := 0, map[string]bool{}
	for _, op := range api.Operations() {
		require.False(t, ids[op.ID], "%s is declared twice", op.ID)
		ids[op.ID] = true
		require.NotEmpty(t, op.Summary, op.ID)
		require.NotEmpty(t, op.Tag, op.ID)
		require.Regexp(t, `^(/v1/|/healthz$|/readyz$)`, op.Path)
		in, there := doc.Paths[op.Path][strings.ToLower(op.Method)]
		require.True(t, there, "%s is not in the document", op.ID)
		require.Equal(t, op.ID, in.OperationID)
		require.Equal(t, op.Policy.Anonymous.String(), in.Policy["anonymous"], op.ID)
		require.Equal(t, op.Policy.Admin.String(), in.Policy["admin"], op.ID)
		require.Equal(t, op.Policy.Anonymous == api.SignIn, len(in.Security) == 1, op.ID)
		declared++
	}
	found := 0
	for _, methods := range doc.Paths {
		found += len(methods)
	}
	require.Equal(t, declared, found, "the document has an operation that nobody declared")
}

func TestALiveServerHasNoLevers(t *testing.T) {
	t.Parallel()
	raw, err := api.New(api.Options{Engine: &marketplace.Engine{}, Log: slog.New(slog.DiscardHandler)}).Document()
	require.NoError(t, err)
	require.NotContains(t, string(raw), "/v1/test/")
}
