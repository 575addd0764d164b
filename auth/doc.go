// Package auth knows who signs in: users, their passwords, the sessions they
// are in, the codes that prove an address, and what roles may do.
//
// A user is a person with an e-mail address. He is active, suspended or
// deleted; deleting hides him and can be undone by an administrator. View is
// only what he sees first, client or freelancer; a role is a permission on the
// whole platform, granted by an administrator and never by oneself.
//
// A session begins with a login and has two kinds of token: a short access
// token for every request and a refresh token that is replaced each time it is
// used. Only hashes of tokens are kept. A refresh token that comes back later
// than a few seconds after it was replaced was copied: the whole session ends.
// Changing a password, suspending and deleting end every session of the user.
//
// A challenge asks a user to prove his address by a code. The code is an HMAC
// of the challenge's identifier under a key of the embedder, so that it is
// neither stored nor logged, and whoever writes the mail can make it again.
// This package sends nothing: it stores deliveries for the relay "auth.mail"
// that name the user, the kind of mail and the challenge.
//
// What a stranger can ask (registering, signing in, asking for a code, giving
// one) is answered alike for known and unknown addresses; where a password is
// hashed, it is hashed in both cases.
//
// Permissions is the one table of what takes which role.
//
// This package does not own how people show themselves (marketplace/profile),
// and no other package needs it: an embedder with users of his own makes
// lance.Actors himself.
package auth
