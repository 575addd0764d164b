CREATE TABLE {lance_users} (
	id          TEXT PRIMARY KEY,
	version     BIGINT NOT NULL,
	email       TEXT NOT NULL,
	email_key   TEXT NOT NULL, -- the address in lower case
	name        TEXT NOT NULL,
	view        TEXT NOT NULL CHECK (view IN ('client', 'freelancer')),
	roles       {json} NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'deleted')),
	verified_at {time},
	password_at {time},
	created_at  {time} NOT NULL,
	updated_at  {time} NOT NULL
);

CREATE UNIQUE INDEX lance_users_email ON {lance_users} (email_key);
CREATE INDEX lance_users_created ON {lance_users} (created_at, id);
CREATE INDEX lance_users_state ON {lance_users} (state, created_at, id);
CREATE INDEX lance_users_view ON {lance_users} (view, created_at, id);

CREATE TABLE {lance_credentials} (
	id      TEXT PRIMARY KEY REFERENCES {lance_users} (id),
	version BIGINT NOT NULL,
	hash    TEXT NOT NULL,
	set_at  {time} NOT NULL
);

CREATE TABLE {lance_sessions} (
	id         TEXT PRIMARY KEY,
	version    BIGINT NOT NULL,
	"user"     TEXT NOT NULL REFERENCES {lance_users} (id),
	state      TEXT NOT NULL CHECK (state IN ('active', 'revoked', 'expired')),
	ip         TEXT NOT NULL,
	agent      TEXT NOT NULL,
	created_at {time} NOT NULL,
	expires_at {time} NOT NULL,
	ended_at   {time},
	reason     TEXT
);

CREATE INDEX lance_sessions_user ON {lance_sessions} ("user", created_at, id);
CREATE INDEX lance_sessions_state ON {lance_sessions} ("user", state, created_at, id);

CREATE TABLE {lance_tokens} (
	hash       {bytes} NOT NULL PRIMARY KEY, -- SHA-256 of the token
	kind       TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
	session    TEXT NOT NULL REFERENCES {lance_sessions} (id),
	issued_at  {time} NOT NULL,
	expires_at {time} NOT NULL,
	spent_at   {time}
);

CREATE INDEX lance_tokens_session ON {lance_tokens} (session, issued_at);

CREATE TABLE {lance_challenges} (
	id         TEXT PRIMARY KEY,
	version    BIGINT NOT NULL,
	"user"     TEXT NOT NULL REFERENCES {lance_users} (id),
	kind       TEXT NOT NULL CHECK (kind IN ('verify_email', 'reset_password')),
	state      TEXT NOT NULL CHECK (state IN ('open', 'met', 'locked', 'replaced', 'expired')),
	open       TEXT, -- the kind of an open one
	missed     BIGINT NOT NULL,
	created_at {time} NOT NULL,
	expires_at {time} NOT NULL,
	ended_at   {time}
);

CREATE UNIQUE INDEX lance_challenges_open ON {lance_challenges} ("user", open);

CREATE TABLE {lance_logins} (
	id      TEXT PRIMARY KEY,
	"user"  TEXT REFERENCES {lance_users} (id), -- none for an unknown address
	session TEXT REFERENCES {lance_sessions} (id),
	result  TEXT NOT NULL CHECK (result IN ('ok', 'wrong', 'suspended', 'unverified')),
	at      {time} NOT NULL,
	ip      TEXT NOT NULL,
	agent   TEXT NOT NULL
);

CREATE INDEX lance_logins_user ON {lance_logins} ("user", at, id);
