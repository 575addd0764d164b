-- Cases. All amounts are in the one currency; held_minor is what of the price is
-- divided. Of one agreement one case is open: open holds the agreement then.
CREATE TABLE {lance_disputes} (
	id          TEXT PRIMARY KEY,
	version     BIGINT NOT NULL,
	agreement   TEXT NOT NULL REFERENCES {lance_agreements} (id),
	open        TEXT CHECK (open = agreement),
	subject     TEXT NOT NULL,
	payer       TEXT NOT NULL,
	payee       TEXT NOT NULL,
	sharers     {json} NOT NULL,
	opener      TEXT NOT NULL CHECK (opener IN (payer, payee)),
	reason      TEXT NOT NULL,
	currency    TEXT NOT NULL,
	held_minor  BIGINT NOT NULL CHECK (held_minor >= 0),
	state       TEXT NOT NULL,
	acted       {json} NOT NULL, -- users who do not judge
	claim       {json} NOT NULL,
	answer      {json} NOT NULL,
	offer       {json} NOT NULL,
	mediator    TEXT,
	arbiter     TEXT,
	vacant      BOOLEAN NOT NULL, -- somebody is needed who mediates or arbitrates
	rulings     {json} NOT NULL,
	appeals     {json} NOT NULL,
	suspension  {json} NOT NULL,
	outcome     {json} NOT NULL,
	created_at  {time} NOT NULL,
	stage_at    {time} NOT NULL,
	deadline_at {time},
	ended_at    {time},
	CHECK ((open IS NULL) = (ended_at IS NOT NULL))
);

CREATE UNIQUE INDEX lance_disputes_open ON {lance_disputes} (open);
-- The lists of each side, of who judges, of one agreement, of what may be taken,
-- and of all.
CREATE INDEX lance_disputes_payer ON {lance_disputes} (payer, created_at, id);
CREATE INDEX lance_disputes_payee ON {lance_disputes} (payee, created_at, id);
CREATE INDEX lance_disputes_mediator ON {lance_disputes} (mediator, created_at, id) WHERE mediator IS NOT NULL;
CREATE INDEX lance_disputes_arbiter ON {lance_disputes} (arbiter, created_at, id) WHERE arbiter IS NOT NULL;
CREATE INDEX lance_disputes_agreement ON {lance_disputes} (agreement, created_at, id);
CREATE INDEX lance_disputes_vacant ON {lance_disputes} (created_at, id) WHERE vacant;
CREATE INDEX lance_disputes_state ON {lance_disputes} (state, created_at, id);
CREATE INDEX lance_disputes_created ON {lance_disputes} (created_at, id);

-- What parties show. Files are kept elsewhere. Rows are only added.
CREATE TABLE {lance_dispute_evidence} (
	id         TEXT PRIMARY KEY,
	dispute    TEXT NOT NULL REFERENCES {lance_disputes} (id),
	party      TEXT NOT NULL,
	author     TEXT NOT NULL,
	text       TEXT NOT NULL,
	salt       TEXT NOT NULL,
	files      {json} NOT NULL,
	created_at {time} NOT NULL
);

CREATE INDEX lance_dispute_evidence_dispute ON {lance_dispute_evidence} (dispute, created_at, id);
