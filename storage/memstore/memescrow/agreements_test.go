package memescrow_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

var harness = escrowtest.Harness[memescrow.Tx]{Open: ledgerHarness.Open, Histories: 100}

func TestAgreements(t *testing.T) {
	t.Parallel()
	escrowtest.RunAgreements(t, harness)
}

func TestAgreementIncident(t *testing.T) {
	t.Parallel()
	escrowtest.RunIncidents(t, harness)
}

// A store of the escrow domain is opened, and nothing has to be migrated.
func ExampleNew() {
	db := memescrow.New(nil)
	a, err := escrow.NewService(db, nil).Agree(context.Background(), lance.Person("41"), escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "41", Payee: "42", Amount: lance.NewMoney(120_00, lance.USD),
	})
	fmt.Println(a.State, a.Amount, err)
	// Output: agreed 120.00 USD <nil>
}

func TestDisputes(t *testing.T) {
	t.Parallel()
	escrowtest.RunDisputes(t, harness)
}
