package marketplace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore"
)

// An administrator finds arbiters among the users: active ones, with the role.
func TestArbitersAreUsersWithTheRole(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	engine, err := marketplace.New(marketplace.Config{
		Store:    memstore.New(nil),
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	require.NoError(t, err)
	admin, client, freelancer := lance.Person("root", lance.RoleAdmin), lance.Person("41"), lance.Person("42")
	user := func(name string, roles ...lance.Role) lance.UserID {
		u, err := engine.Auth.Create(ctx, admin, auth.CreateInput{
			Email: name + "@example.com", Password: "correct horse battery " + auth.Secret(name), Name: name, View: auth.ViewClient, Roles: roles,
		})
		require.NoError(t, err)
		return u.ID
	}
	judge, gone, plain := user("judge", lance.RoleArbiter), user("gone", lance.RoleArbiter), user("plain")
	_, err = engine.Auth.Suspend(ctx, admin, gone)
	require.NoError(t, err)

	_, err = engine.Payments.TopUp(ctx, client, payments.TopUpInput{Amount: lance.NewMoney(100, lance.USD), Method: sandbox.MethodOK})
	require.NoError(t, err)
	a, err := engine.Escrow.Agree(ctx, client, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: client.Party, Payee: freelancer.Party, Amount: lance.NewMoney(100, lance.USD),
	})
	require.NoError(t, err)
	_, err = engine.Escrow.Fund(ctx, client, escrow.FundInput{Agreement: a.ID})
	require.NoError(t, err)
	c, err := engine.Disputes.Open(ctx, client, dispute.OpenInput{Agreement: a.ID, Reason: dispute.Late, Statement: "It is late."})
	require.NoError(t, err)
	_, err = engine.Disputes.Respond(ctx, freelancer, dispute.RespondInput{Case: c.ID, Statement: "It is not."})
	require.NoError(t, err)
	_, err = engine.Disputes.Escalate(ctx, freelancer, dispute.ActInput{Case: c.ID})
	require.NoError(t, err)
	for _, id := range []lance.UserID{gone, plain, "usr_nobody"} {
		_, err = engine.Disputes.Assign(ctx, admin, dispute.AssignInput{Case: c.ID, User: id})
		require.ErrorIs(t, err, lance.Invalid)
		require.ErrorContains(t, err, "/user arbiter_unknown")
	}
	c, err = engine.Disputes.Assign(ctx, admin, dispute.AssignInput{Case: c.ID, User: judge})
	require.NoError(t, err)
	require.Equal(t, judge, c.Mediator)
}
