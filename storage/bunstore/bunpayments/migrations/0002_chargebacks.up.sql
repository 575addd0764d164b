-- Charges that a payer's bank takes back, or parts of them. parts says where the
-- money is, losses the rules when it was opened.
CREATE TABLE {lance_chargebacks} (
	id           TEXT PRIMARY KEY,
	version      BIGINT NOT NULL,
	top_up       TEXT NOT NULL,
	party        TEXT NOT NULL,
	provider     TEXT NOT NULL,
	provider_ref TEXT NOT NULL,
	amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
	fee_minor    BIGINT NOT NULL CHECK (fee_minor >= 0),
	owed_minor   BIGINT NOT NULL CHECK (owed_minor >= 0),
	loss_minor   BIGINT NOT NULL CHECK (loss_minor >= 0),
	currency     TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('open', 'won', 'lost')),
	code         TEXT NOT NULL,
	parts        {json} NOT NULL,
	losses       {json} NOT NULL,
	answer_by    {time},
	warned_at    {time},
	ended_at     {time},
	created_at   {time} NOT NULL,
	updated_at   {time} NOT NULL
);

-- One of a provider's is kept once.
CREATE UNIQUE INDEX lance_chargebacks_provider_ref ON {lance_chargebacks} (provider, provider_ref);
CREATE INDEX lance_chargebacks_party ON {lance_chargebacks} (party, created_at, id);
CREATE INDEX lance_chargebacks_created ON {lance_chargebacks} (created_at, id);
CREATE INDEX lance_chargebacks_top_up ON {lance_chargebacks} (top_up, id);

-- What parties owe the platform: receivable in the ledger is what is left of it.
CREATE TABLE {lance_debts} (
	id           TEXT PRIMARY KEY,
	version      BIGINT NOT NULL,
	party        TEXT NOT NULL,
	chargeback   TEXT NOT NULL,
	amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
	paid_minor   BIGINT NOT NULL CHECK (paid_minor >= 0 AND paid_minor <= amount_minor),
	currency     TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('owing', 'netted', 'written_off')),
	write_off_at {time} NOT NULL,
	created_at   {time} NOT NULL,
	updated_at   {time} NOT NULL
);

CREATE INDEX lance_debts_party ON {lance_debts} (party, created_at, id);
CREATE INDEX lance_debts_created ON {lance_debts} (created_at, id);
-- What is to be netted.
CREATE INDEX lance_debts_state ON {lance_debts} (state, id);
-- What a party owes yet.
CREATE INDEX lance_debts_owing ON {lance_debts} (party, state, id);

-- Providers tell of chargebacks, too. A check cannot be changed on SQLite, so the
-- table is made anew.
ALTER TABLE {lance_provider_events} RENAME TO lance_provider_events_1;
DROP INDEX {lance_provider_events_event};
DROP INDEX {lance_provider_events_received};
CREATE TABLE {lance_provider_events} (
	id           TEXT PRIMARY KEY,
	provider     TEXT NOT NULL,
	event_id     TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('charge', 'payout', 'settlement', 'chargeback')),
	our_key      TEXT NOT NULL,
	provider_ref TEXT NOT NULL,
	state        TEXT NOT NULL,
	amount_minor BIGINT NOT NULL,
	currency     TEXT NOT NULL,
	code         TEXT NOT NULL,
	at           {time},
	received_at  {time} NOT NULL,
	chargeback   TEXT NOT NULL, -- the provider's name of it
	fee_minor    BIGINT NOT NULL,
	fee_currency TEXT NOT NULL,
	answer_by    {time}
);
INSERT INTO {lance_provider_events}
SELECT id, provider, event_id, kind, our_key, provider_ref, state, amount_minor, currency, code, at, received_at, '', 0, '', NULL
FROM {lance_provider_events_1};
DROP TABLE {lance_provider_events_1};
CREATE UNIQUE INDEX lance_provider_events_event ON {lance_provider_events} (provider, event_id);
CREATE INDEX lance_provider_events_received ON {lance_provider_events} (received_at, id);
