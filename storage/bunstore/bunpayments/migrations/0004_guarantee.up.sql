-- What payers want back of what was released. All amounts are in the one currency. Of
-- one agreement one claim is open: open holds the agreement then.
CREATE TABLE {lance_guarantee_claims} (
	id              TEXT PRIMARY KEY,
	version         BIGINT NOT NULL,
	agreement       TEXT NOT NULL,
	open            TEXT CHECK (open = agreement),
	subject         TEXT NOT NULL,
	payer           TEXT NOT NULL,
	payee           TEXT NOT NULL,
	sharers         {json} NOT NULL,
	acted           {json} NOT NULL, -- users who do not judge
	terms           {json} NOT NULL,
	currency        TEXT NOT NULL,
	amount_minor    BIGINT NOT NULL CHECK (amount_minor > 0),
	statement       TEXT NOT NULL,
	state           TEXT NOT NULL CHECK (state IN ('filed', 'upheld', 'paid', 'rejected', 'withdrawn', 'overtaken')),
	judge           TEXT,
	vacant          {bool} NOT NULL, -- an arbiter is needed who decides
	decision        {json} NOT NULL,
	why             TEXT NOT NULL,
	from_hold_minor BIGINT NOT NULL CHECK (from_hold_minor >= 0),
	from_fund_minor BIGINT NOT NULL CHECK (from_fund_minor >= 0),
	created_at      {time} NOT NULL,
	deadline_at     {time},
	ended_at        {time},
	CHECK ((open IS NULL) = (ended_at IS NOT NULL))
);

CREATE UNIQUE INDEX lance_guarantee_claims_open ON {lance_guarantee_claims} (open);
-- The lists of each side, of who decides, of one agreement, of what may be taken, and
-- of all.
CREATE INDEX lance_guarantee_claims_payer ON {lance_guarantee_claims} (payer, created_at, id);
CREATE INDEX lance_guarantee_claims_payee ON {lance_guarantee_claims} (payee, created_at, id);
CREATE INDEX lance_guarantee_claims_judge ON {lance_guarantee_claims} (judge, created_at, id) WHERE judge IS NOT NULL;
CREATE INDEX lance_guarantee_claims_agreement ON {lance_guarantee_claims} (agreement, created_at, id);
CREATE INDEX lance_guarantee_claims_vacant ON {lance_guarantee_claims} (vacant, created_at, id);
CREATE INDEX lance_guarantee_claims_state ON {lance_guarantee_claims} (state, created_at, id);
CREATE INDEX lance_guarantee_claims_created ON {lance_guarantee_claims} (created_at, id);

-- Debts are owed for claims, too: "kind/id".
ALTER TABLE {lance_debts} ADD COLUMN owed_for TEXT NOT NULL DEFAULT '';
UPDATE {lance_debts} SET owed_for = 'chargeback/' || chargeback;
ALTER TABLE {lance_debts} DROP COLUMN chargeback;
