CREATE TABLE {lance_reviews} (
	id           TEXT PRIMARY KEY,
	version      BIGINT NOT NULL,
	contract     TEXT NOT NULL REFERENCES {lance_contracts} (id),
	author       TEXT NOT NULL,
	subject      TEXT NOT NULL CHECK (subject <> author),
	rating       BIGINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
	comment      TEXT NOT NULL,
	reply        TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('hidden', 'published', 'answered')),
	created_at   {time} NOT NULL,
	public       BOOLEAN NOT NULL,
	listed_at    {time} NOT NULL,
	published_at {time},
	replied_at   {time},
	UNIQUE (contract, author)
);

CREATE INDEX lance_reviews_subject ON {lance_reviews} (subject, public, listed_at, id);

CREATE TABLE {lance_ratings} (
	id      TEXT PRIMARY KEY,
	version BIGINT NOT NULL,
	stars1  BIGINT NOT NULL CHECK (stars1 >= 0),
	stars2  BIGINT NOT NULL CHECK (stars2 >= 0),
	stars3  BIGINT NOT NULL CHECK (stars3 >= 0),
	stars4  BIGINT NOT NULL CHECK (stars4 >= 0),
	stars5  BIGINT NOT NULL CHECK (stars5 >= 0)
);
