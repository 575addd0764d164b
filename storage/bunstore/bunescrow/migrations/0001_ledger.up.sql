-- Transfers are only inserted. An account is written kind:currency:owner.
-- The numbers of lines and the balances after are those of accounts with a
-- floor; 0 and NULL where there is none or nothing moved.
CREATE TABLE {lance_transfers} (
	id                 TEXT PRIMARY KEY,
	code               TEXT NOT NULL,
	debit              TEXT NOT NULL,
	credit             TEXT NOT NULL,
	currency           TEXT NOT NULL,
	amount_minor       BIGINT NOT NULL CHECK (amount_minor > 0),
	subject_kind       TEXT NOT NULL,
	subject_id         TEXT NOT NULL,
	pending            BOOLEAN NOT NULL,
	expires_at         {time},
	resolves           TEXT REFERENCES {lance_transfers} (id),
	void               BOOLEAN NOT NULL,
	corrects           TEXT REFERENCES {lance_transfers} (id),
	lots               {json},
	at                 {time} NOT NULL,
	debit_n            BIGINT NOT NULL,
	debit_after_minor  BIGINT CHECK (debit_after_minor >= 0),
	credit_n           BIGINT NOT NULL,
	credit_after_minor BIGINT CHECK (credit_after_minor >= 0),
	CHECK (debit <> credit)
);

-- A pending transfer is settled once.
CREATE UNIQUE INDEX lance_transfers_resolves ON {lance_transfers} (resolves) WHERE resolves IS NOT NULL;
-- Statements of accounts with a floor.
CREATE UNIQUE INDEX lance_transfers_debit ON {lance_transfers} (debit, debit_n) WHERE debit_n > 0;
CREATE UNIQUE INDEX lance_transfers_credit ON {lance_transfers} (credit, credit_n) WHERE credit_n > 0;

-- Pending transfers that are neither posted nor voided, by the account they debit.
CREATE TABLE {lance_open_transfers} (
	account  TEXT NOT NULL,
	transfer TEXT NOT NULL REFERENCES {lance_transfers} (id),
	PRIMARY KEY (account, transfer)
) {clustered};

-- Balances of accounts with a floor, in their own direction. The version grows
-- with every change, so that a reader who had to wait for the lock sees that
-- what else it has read is old.
CREATE TABLE {lance_balances} (
	account       TEXT PRIMARY KEY,
	currency      TEXT NOT NULL,
	posted_minor  BIGINT NOT NULL CHECK (posted_minor >= pending_minor),
	pending_minor BIGINT NOT NULL CHECK (pending_minor >= 0),
	lines         BIGINT NOT NULL,
	version       BIGINT NOT NULL
)
-- +postgres
WITH (fillfactor = 70)
-- +sqlite
WITHOUT ROWID
-- +all
;

-- Sums of accounts without a floor as far as the log is sealed: credits less
-- debits.
CREATE TABLE {lance_totals} (
	account      TEXT PRIMARY KEY,
	currency     TEXT NOT NULL,
	credit_minor BIGINT NOT NULL,
	lines        BIGINT NOT NULL
) {clustered};

-- Statements of accounts without a floor as far as the log is sealed.
CREATE TABLE {lance_total_lines} (
	account            TEXT NOT NULL,
	n                  BIGINT NOT NULL,
	transfer           TEXT NOT NULL,
	credit_after_minor BIGINT NOT NULL,
	PRIMARY KEY (account, n)
) {clustered};

-- What came in from outside in one piece.
CREATE TABLE {lance_lots} (
	id           TEXT PRIMARY KEY,
	transfer     TEXT NOT NULL UNIQUE REFERENCES {lance_transfers} (id),
	currency     TEXT NOT NULL,
	amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
	provider     TEXT NOT NULL,
	payment_kind TEXT NOT NULL,
	payment_id   TEXT NOT NULL,
	method       TEXT NOT NULL,
	charged_at   {time} NOT NULL,
	refundable   BOOLEAN NOT NULL
);

-- The parts of lots that accounts have.
CREATE TABLE {lance_lot_shares} (
	account      TEXT NOT NULL,
	lot          TEXT NOT NULL, -- of lance_lots; a foreign key would lock its row in every transfer
	amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
	PRIMARY KEY (account, lot)
)
-- +postgres
WITH (fillfactor = 70)
-- +sqlite
WITHOUT ROWID
-- +all
;
