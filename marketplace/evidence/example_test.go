package evidence_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace/evidence"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memblob"
	"github.com/megilance/lance/storage/memstore"
)

// A buyer uploads a file to his case and shows it; the seller reads it.
func Example() {
	ctx := context.Background()
	db := memstore.New(nil)
	proofs := evidence.NewService(db, &file.Options{Blobs: memblob.New()})
	buyer, seller := lance.Person("41"), lance.Person("42")
	c := opened(ctx, db, buyer, seller)

	f, err := proofs.Upload(ctx, buyer, evidence.UploadInput{
		Case: c, UploadInput: file.UploadInput{Name: "letter.txt", Content: strings.NewReader("I shall be late.")},
	})
	must(err)
	_, err = proofs.Open(ctx, seller, c, f.ID)
	fmt.Println(f.State, lance.CodeOf(err))

	e, err := proofs.Add(ctx, buyer, evidence.AddInput{Case: c, Text: "He said so himself.", Files: []file.ID{f.ID}})
	must(err)
	fmt.Println(e.Files[0].Name, e.Files[0].Size, e.Files[0].SHA256[:8])
	content, err := proofs.Open(ctx, seller, c, f.ID)
	must(err)
	text, err := io.ReadAll(content)
	must(err)
	fmt.Println(string(text), content.Close())
	// Output:
	// uploaded file_not_found
	// letter.txt 16 2b911de7
	// I shall be late. <nil>
}

// opened makes a case about an agreement that holds money.
func opened(ctx context.Context, db *memstore.Store, buyer, seller lance.Actor) dispute.ID {
	must(db.InTx(ctx, func(ctx context.Context, r driver.Repos) error {
		ref := lance.Ref{Kind: "topup", ID: "1"}
		_, err := ledger.Post(ctx, r, ledger.Transfer{
			ID: ledger.TransferIDFor(ref, "confirm", 0), Code: ledger.CodeTopUp, Subject: ref, Amount: lance.NewMoney(200_00, lance.USD),
			Debit: ledger.Cash("bank", lance.USD), Credit: ledger.Available(buyer.Party, lance.USD),
		})
		return err
	}))
	agreements := escrow.NewService(db, nil)
	a, err := agreements.Agree(ctx, buyer, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: buyer.Party, Payee: seller.Party, Amount: lance.NewMoney(120_00, lance.USD),
	})
	must(err)
	_, err = agreements.Fund(ctx, buyer, escrow.FundInput{Agreement: a.ID})
	must(err)
	c, err := dispute.NewService(db, nil).Open(ctx, buyer, dispute.OpenInput{Agreement: a.ID, Reason: dispute.Late, Statement: "It is late."})
	must(err)
	return c.ID
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
