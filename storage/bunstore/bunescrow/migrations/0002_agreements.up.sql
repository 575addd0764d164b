-- Agreements. All amounts are in the one currency; the price is amount_minor.
-- What an agreement holds is what its hold account has in the ledger; it is kept
-- here too, so that a party's sum needs no look into the books.
CREATE TABLE {lance_agreements} (
	id                 TEXT PRIMARY KEY,
	version            BIGINT NOT NULL,
	subject            TEXT NOT NULL,
	payer              TEXT NOT NULL,
	payee              TEXT NOT NULL,
	payees             {json} NOT NULL, -- who shares, with weights; empty: nobody
	state              TEXT NOT NULL,
	currency           TEXT NOT NULL,
	amount_minor       BIGINT NOT NULL CHECK (amount_minor > 0),
	funded_minor       BIGINT NOT NULL CHECK (funded_minor >= 0),
	released_minor     BIGINT NOT NULL CHECK (released_minor >= 0),
	refunded_minor     BIGINT NOT NULL CHECK (refunded_minor >= 0),
	held_minor         BIGINT NOT NULL CHECK (held_minor >= 0),
	payer_fee_minor    BIGINT NOT NULL CHECK (payer_fee_minor >= 0),
	payee_fee_minor    BIGINT NOT NULL CHECK (payee_fee_minor >= 0),
	refund_asked_minor BIGINT NOT NULL CHECK (refund_asked_minor >= 0),
	refund_asks        BIGINT NOT NULL,
	refund_at          {time},
	clearing           {json} NOT NULL,
	amendment          {json} NOT NULL, -- another price that is proposed
	amendments         BIGINT NOT NULL,
	amended            BIGINT NOT NULL,
	pause              {json} NOT NULL, -- what a frozen agreement goes on with
	policy             {json} NOT NULL,
	inspection_seconds BIGINT NOT NULL CHECK (inspection_seconds > 0),
	proposed_by        TEXT NOT NULL,
	expires_at         {time},
	created_at         {time} NOT NULL,
	funded_at          {time},
	held_since         {time},
	warned_at          {time},
	submitted_at       {time},
	release_at         {time},
	ended_at           {time},
	CHECK (payer <> payee),
	CHECK (released_minor + refunded_minor <= funded_minor),
	CHECK (funded_minor <= amount_minor),
	CHECK (state IN ('funded', 'submitted', 'frozen') OR held_minor = 0)
);

-- The lists of both sides, of administrators, and of one subject.
CREATE INDEX lance_agreements_payer ON {lance_agreements} (payer, created_at, id);
CREATE INDEX lance_agreements_payee ON {lance_agreements} (payee, created_at, id);
CREATE INDEX lance_agreements_created ON {lance_agreements} (created_at, id);
CREATE INDEX lance_agreements_subject ON {lance_agreements} (subject, created_at, id);
-- What a party has in agreements.
CREATE INDEX lance_agreements_held ON {lance_agreements} (payer, currency, held_minor) WHERE held_minor > 0;
