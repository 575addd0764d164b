CREATE TABLE {lance_categories} (
	id          TEXT PRIMARY KEY,
	version     BIGINT NOT NULL,
	slug        TEXT NOT NULL,
	parent      TEXT REFERENCES {lance_categories} (id),
	name        TEXT NOT NULL,
	description TEXT NOT NULL,
	place       BIGINT NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('active', 'retired')),
	created_at  {time} NOT NULL,
	updated_at  {time} NOT NULL
);

CREATE UNIQUE INDEX lance_categories_slug ON {lance_categories} (slug);
CREATE INDEX lance_categories_parent ON {lance_categories} (parent);

CREATE TABLE {lance_skills} (
	id          TEXT PRIMARY KEY,
	version     BIGINT NOT NULL,
	slug        TEXT NOT NULL,
	name        TEXT NOT NULL,
	category    TEXT REFERENCES {lance_categories} (id),
	description TEXT NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('active', 'retired')),
	created_at  {time} NOT NULL,
	updated_at  {time} NOT NULL
);

CREATE UNIQUE INDEX lance_skills_slug ON {lance_skills} (slug);
CREATE INDEX lance_skills_state ON {lance_skills} (state, slug, id);
CREATE INDEX lance_skills_category ON {lance_skills} (category, state, slug, id);

CREATE TABLE {lance_profiles} (
	id            TEXT PRIMARY KEY, -- the party
	version       BIGINT NOT NULL,
	view          TEXT NOT NULL CHECK (view IN ('client', 'freelancer')),
	display_name  TEXT NOT NULL,
	headline      TEXT NOT NULL,
	bio           TEXT NOT NULL,
	rate_minor    BIGINT NOT NULL CHECK (rate_minor >= 0),
	rate_currency TEXT,
	skills        {json} NOT NULL,
	country       TEXT,
	city          TEXT NOT NULL,
	timezone      TEXT,
	visibility    TEXT NOT NULL CHECK (visibility IN ('public', 'members', 'private')),
	created_at    {time} NOT NULL,
	updated_at    {time} NOT NULL
);

CREATE INDEX lance_profiles_listed ON {lance_profiles} (visibility, updated_at, id);
CREATE INDEX lance_profiles_view ON {lance_profiles} (visibility, view, updated_at, id);

CREATE TABLE {lance_profile_skills} (
	skill TEXT NOT NULL REFERENCES {lance_skills} (id),
	party TEXT NOT NULL REFERENCES {lance_profiles} (id),
	level TEXT NOT NULL CHECK (level IN ('beginner', 'intermediate', 'expert')),
	PRIMARY KEY (skill, party)
);

CREATE INDEX lance_profile_skills_party ON {lance_profile_skills} (party);

CREATE TABLE {lance_portfolio_items} (
	id         TEXT PRIMARY KEY,
	version    BIGINT NOT NULL,
	party      TEXT NOT NULL,
	title      TEXT NOT NULL,
	role       TEXT NOT NULL,
	problem    TEXT NOT NULL,
	solution   TEXT NOT NULL,
	result     TEXT NOT NULL,
	media      {json} NOT NULL,
	place      BIGINT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('visible', 'hidden', 'removed')),
	created_at {time} NOT NULL,
	updated_at {time} NOT NULL
);

CREATE INDEX lance_portfolio_items_party ON {lance_portfolio_items} (party, place, id);
