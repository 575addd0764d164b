package auth_test

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/memstore/memauth"
)

// A user registers, proves her address by the code that was mailed, signs in,
// refreshes her tokens, and signs out.
func Example() {
	ctx := context.Background()
	db := memauth.New(nil)
	codes, err := auth.NewCodes([]byte("32 random bytes from your secrets"))
	must(err)
	users := auth.NewService(db, &auth.Options{Codes: codes})

	must(users.Register(ctx, auth.RegisterInput{
		Email: "ann@example.com", Password: "correct horse battery", Name: "Ann Lee", View: auth.ViewFreelancer,
	}))
	must(users.VerifyEmail(ctx, auth.VerifyInput{Email: "ann@example.com", Code: mailbox(ctx, db, users)}))

	in, err := users.Login(ctx, auth.LoginInput{Email: "ann@example.com", Password: "correct horse battery"})
	must(err)
	who, err := users.Authenticate(ctx, in.Access)
	must(err)
	fmt.Println(in.User.Name, "is signed in:", who.User == in.User.ID, "verified:", in.User.Verified())
	in, err = users.Refresh(ctx, auth.RefreshInput{Token: in.Refresh})
	must(err)
	must(users.Logout(ctx, in.Refresh))
	_, err = users.Authenticate(ctx, in.Access)
	fmt.Println("signed out:", lance.CodeOf(err))
	// Output:
	// Ann Lee is signed in: true verified: true
	// signed out: token_invalid
}

// mailbox takes the one mail that is owed, as a relay would, and returns its
// code.
func mailbox(ctx context.Context, db lance.Runner[memauth.Tx], users *auth.Service) auth.Secret {
	var owed []lance.Delivery
	must(db.InTx(ctx, func(ctx context.Context, r memauth.Tx) (err error) {
		owed, err = r.Deliveries().Claim(ctx, auth.MailRelay, r.Now(), time.Minute, 1)
		return err
	}))
	letter, err := users.Letter(ctx, lance.System("mail"), owed[0])
	must(err)
	return letter.Code
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
