package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/memstore/memauth"
	"github.com/megilance/lance/storage/memstore/memkit"
)

const password = auth.Secret("correct horse battery")

// cheap is a hasher whose work is next to none.
var cheap = auth.NewHasher(auth.Argon{MemoryKiB: 8, Passes: 1, Lanes: 1}, 4)

type world struct {
	*testing.T
	db  *memkit.Store[memauth.Tx]
	svc *auth.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := memauth.New(&memkit.Options{Clock: lance.FixedClock(time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC))})
	return &world{T: t, db: db, svc: auth.NewService(db, &auth.Options{Hasher: cheap})}
}

func (w *world) create(email string) *auth.User {
	w.Helper()
	u, err := w.svc.Create(w.Context(), lance.System("test"), auth.CreateInput{
		Email: email, Name: "Ann", View: auth.ViewClient, Password: password, Verified: true,
	})
	require.NoError(w, err)
	return u
}

func (w *world) get(id lance.UserID) *auth.User {
	w.Helper()
	u, err := w.svc.Get(w.Context(), lance.System("test"), id)
	require.NoError(w, err)
	return u
}
