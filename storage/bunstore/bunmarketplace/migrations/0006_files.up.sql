CREATE TABLE {lance_files} (
	id         TEXT PRIMARY KEY,
	version    BIGINT NOT NULL,
	owner      TEXT NOT NULL,
	subject    TEXT NOT NULL, -- kind and identifier
	readers    {json} NOT NULL,
	name       TEXT NOT NULL,
	type       TEXT NOT NULL,
	size       BIGINT NOT NULL CHECK (size >= 0),
	sha256     TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('uploaded', 'attached', 'removed')),
	live       BOOLEAN NOT NULL,
	created_at {time} NOT NULL
);

CREATE INDEX lance_files_subject ON {lance_files} (subject, live, id);

ALTER TABLE {lance_turns} ADD COLUMN files {json} NOT NULL DEFAULT '[]';
