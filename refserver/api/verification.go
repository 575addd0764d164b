package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func verificationOperations() []Operation {
	read := func(id, path, summary string, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodGet, Path: "/v1/admin/" + path, Summary: summary, Tag: "Verification", Policy: Admins, do: do}
	}
	return []Operation{
		{
			ID: "verify-store", Method: http.MethodPost, Path: "/v1/admin/verify", Summary: "Hold the whole store against its log",
			Doc: "Reads everything in one view, for which no writer waits, and names the first record that does not hold. `kept` are notes of checkpoints that were kept elsewhere.",
			Tag: "Verification", Policy: Admins, Keys: Natural, do: do(verifyStore),
		},
		read("list-checkpoints", "checkpoints", "Signed checkpoints of the log, the latest first", do(listCheckpoints)),
		read("get-coverage", "ledger/coverage", "Whether what backs the parties' money is as much as they are owed", do(getCoverage)),
	}
}

// auditView is what a verification found.
type auditView struct {
	Whole       bool             `json:"whole" doc:"whether every record holds"`
	Bad         *findingView     `json:"bad,omitempty" doc:"the first record that does not"`
	Entries     int64            `json:"entries" doc:"of the log that are sealed"`
	Waiting     int64            `json:"waiting" doc:"entries that are not sealed yet, whose rows nothing protects"`
	Head        string           `json:"head" doc:"of the chain of seals, in hexadecimal"`
	Root        string           `json:"root" doc:"of the Merkle tree over all sealed entries, in hexadecimal"`
	Records     map[string]int64 `json:"records" nullable:"false" doc:"how many of each kind were looked at"`
	Checkpoints int64            `json:"checkpoints" doc:"made here that hold"`
	Signed      bool             `json:"signed" doc:"whether their signatures were checked"`
	Kept        int64            `json:"kept" doc:"of those that were sent, how many hold"`
}

// findingView is a record that does not hold.
type findingView struct {
	Code string `json:"code"`
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Seq  int64  `json:"seq" doc:"its place in the log; 0 where it has none"`
}

func verifyStore(ctx context.Context, c *Call, in *struct {
	Body *struct {
		Kept []string `json:"kept,omitempty" nullable:"false" maxItems:"100" doc:"whole notes"`
	}
},
) (*auditView, error) {
	var opts lance.VerifyOptions
	if in.Body != nil {
		opts.Kept = in.Body.Kept
	}
	a, err := c.Server.Engine.Verify(ctx, c.By, &opts)
	if err != nil {
		return nil, err
	}
	v := &auditView{
		Whole: a.Bad == nil, Entries: a.Entries, Waiting: a.Waiting, Head: a.Head.String(), Root: a.Root.String(),
		Records: a.Records, Checkpoints: a.Checkpoints, Signed: a.Signed, Kept: a.Kept,
	}
	if a.Bad != nil {
		v.Bad = &findingView{a.Bad.Code, a.Bad.Kind, a.Bad.ID, a.Bad.Seq}
	}
	return v, nil
}

// checkpointView is a signed checkpoint.
type checkpointView struct {
	Size   int64     `json:"size" doc:"how many entries of the log it speaks of"`
	Origin string    `json:"origin" doc:"the log's name"`
	Root   string    `json:"root" doc:"of the Merkle tree over them, in hexadecimal"`
	Note   string    `json:"note" doc:"a signed note (c2sp.org/signed-note): keep it elsewhere"`
	At     time.Time `json:"at"`
}

func listCheckpoints(ctx context.Context, c *Call, in *PageIn) (*page[*checkpointView], error) {
	p, err := c.Engine.Ledger.Checkpoints(ctx, c.By, in.query())
	return pageShown(p, err, func(k *lance.Checkpoint) *checkpointView {
		return &checkpointView{k.Size, k.Origin, k.Root.String(), k.Note, k.At}
	})
}

// coverView compares, in one currency, what backs the parties' money with what
// they are owed.
type coverView struct {
	Currency string      `json:"currency"`
	Backing  lance.Money `json:"backing" doc:"cash, clearing and what is disputed"`
	Owed     lance.Money `json:"owed" doc:"to parties, and what agreements hold"`
	Covered  bool        `json:"covered"`
}

func getCoverage(ctx context.Context, c *Call, _ *struct{}) (*list[coverView], error) {
	covers, err := c.Engine.Ledger.Coverage(ctx, c.By)
	if err != nil {
		return nil, err
	}
	return listOf(covers, func(k ledger.Cover) coverView {
		return coverView{k.Currency.Code(), k.Backing, k.Owed, k.Covered()}
	}), nil
}
