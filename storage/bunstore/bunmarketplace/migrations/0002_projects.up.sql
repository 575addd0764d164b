CREATE TABLE {lance_projects} (
	id              TEXT PRIMARY KEY,
	version         BIGINT NOT NULL,
	client          TEXT NOT NULL,
	title           TEXT NOT NULL,
	description     TEXT NOT NULL,
	skills          {json} NOT NULL,
	category        TEXT REFERENCES {lance_categories} (id),
	visibility      TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted')),
	budget_type     TEXT NOT NULL CHECK (budget_type IN ('fixed', 'hourly')),
	budget_min_minor BIGINT NOT NULL CHECK (budget_min_minor > 0),
	budget_max_minor BIGINT NOT NULL CHECK (budget_max_minor >= budget_min_minor),
	budget_currency TEXT NOT NULL,
	state           TEXT NOT NULL CHECK (state IN ('draft', 'open', 'closed', 'awarded', 'completed', 'cancelled')),
	listed          BOOLEAN NOT NULL,
	listed_at       {time} NOT NULL,
	created_at      {time} NOT NULL,
	published_at    {time},
	ended_at        {time}
);

CREATE INDEX lance_projects_listed ON {lance_projects} (listed, listed_at, id);
CREATE INDEX lance_projects_client ON {lance_projects} (client, created_at, id);
CREATE INDEX lance_projects_category ON {lance_projects} (category, listed, listed_at, id);

CREATE TABLE {lance_project_skills} (
	skill   TEXT NOT NULL REFERENCES {lance_skills} (id),
	project TEXT NOT NULL REFERENCES {lance_projects} (id),
	PRIMARY KEY (skill, project)
);

CREATE INDEX lance_project_skills_project ON {lance_project_skills} (project);

CREATE TABLE {lance_proposals} (
	id           TEXT PRIMARY KEY,
	version      BIGINT NOT NULL,
	project      TEXT NOT NULL REFERENCES {lance_projects} (id),
	client       TEXT NOT NULL,
	freelancer   TEXT NOT NULL CHECK (freelancer <> client),
	cover_letter TEXT NOT NULL,
	milestones   {json} NOT NULL,
	total_minor  BIGINT NOT NULL CHECK (total_minor > 0),
	currency     TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'shortlisted', 'accepted', 'declined', 'withdrawn')),
	submitted    BOOLEAN NOT NULL,
	active       TEXT,
	created_at   {time} NOT NULL,
	submitted_at {time},
	decided_at   {time}
);

CREATE UNIQUE INDEX lance_proposals_active ON {lance_proposals} (project, active);
CREATE INDEX lance_proposals_project ON {lance_proposals} (project, created_at, id);
CREATE INDEX lance_proposals_freelancer ON {lance_proposals} (freelancer, created_at, id);
