CREATE TABLE {lance_contracts} (
	id          TEXT PRIMARY KEY,
	version     BIGINT NOT NULL,
	project     TEXT NOT NULL REFERENCES {lance_projects} (id),
	proposal    TEXT NOT NULL UNIQUE REFERENCES {lance_proposals} (id),
	client      TEXT NOT NULL,
	freelancer  TEXT NOT NULL CHECK (freelancer <> client),
	title       TEXT NOT NULL,
	description TEXT NOT NULL,
	total_minor BIGINT NOT NULL CHECK (total_minor > 0),
	currency    TEXT NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('active', 'completed', 'cancelled')),
	created_at  {time} NOT NULL,
	ended_at    {time}
);

CREATE INDEX lance_contracts_client ON {lance_contracts} (client, created_at, id);
CREATE INDEX lance_contracts_freelancer ON {lance_contracts} (freelancer, created_at, id);
CREATE INDEX lance_contracts_project ON {lance_contracts} (project, id);

CREATE TABLE {lance_milestones} (
	id           TEXT PRIMARY KEY,
	version      BIGINT NOT NULL,
	contract     TEXT NOT NULL REFERENCES {lance_contracts} (id),
	place        BIGINT NOT NULL CHECK (place > 0),
	client       TEXT NOT NULL,
	freelancer   TEXT NOT NULL,
	title        TEXT NOT NULL,
	amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
	currency     TEXT NOT NULL,
	due_at       {time},
	agreement    TEXT NOT NULL UNIQUE,
	state        TEXT NOT NULL CHECK (state IN ('planned', 'funded', 'submitted', 'approved', 'cancelled')),
	revisions    BIGINT NOT NULL CHECK (revisions >= 0),
	revision_limit BIGINT NOT NULL,
	turns        BIGINT NOT NULL CHECK (turns >= 0),
	created_at   {time} NOT NULL,
	ended_at     {time},
	UNIQUE (contract, place)
);

CREATE TABLE {lance_turns} (
	id        TEXT PRIMARY KEY,
	milestone TEXT NOT NULL REFERENCES {lance_milestones} (id),
	place     BIGINT NOT NULL CHECK (place > 0),
	kind      TEXT NOT NULL CHECK (kind IN ('submitted', 'changes_requested')),
	party     TEXT NOT NULL,
	message   TEXT NOT NULL,
	at        {time} NOT NULL,
	UNIQUE (milestone, place)
);
