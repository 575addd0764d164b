-- Money coming in. method is the provider's token of the payment method.
CREATE TABLE {lance_top_ups} (
	id           TEXT PRIMARY KEY,
	version      BIGINT NOT NULL,
	party        TEXT NOT NULL,
	amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
	currency     TEXT NOT NULL,
	method       TEXT NOT NULL,
	provider     TEXT NOT NULL,
	provider_ref TEXT,
	state        TEXT NOT NULL CHECK (state IN ('processing', 'confirmed', 'declined', 'failed')),
	code         TEXT NOT NULL,
	settled      {bool} NOT NULL,
	created_at   {time} NOT NULL,
	updated_at   {time} NOT NULL
);

-- No charge of a provider's is that of two top-ups.
CREATE UNIQUE INDEX lance_top_ups_provider_ref ON {lance_top_ups} (provider, provider_ref);
CREATE INDEX lance_top_ups_party ON {lance_top_ups} (party, created_at, id);
-- What a party waits for.
CREATE INDEX lance_top_ups_state ON {lance_top_ups} (party, state, id);

-- Money going out. destination is the provider's token of the bank account.
CREATE TABLE {lance_payouts} (
	id           TEXT PRIMARY KEY,
	version      BIGINT NOT NULL,
	party        TEXT NOT NULL,
	amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
	currency     TEXT NOT NULL,
	destination  TEXT NOT NULL,
	provider     TEXT NOT NULL,
	provider_ref TEXT,
	state        TEXT NOT NULL CHECK (state IN ('requested', 'submitted', 'paid', 'rejected', 'returned')),
	code         TEXT NOT NULL,
	created_at   {time} NOT NULL,
	updated_at   {time} NOT NULL
);

-- No payment of a provider's is that of two payouts.
CREATE UNIQUE INDEX lance_payouts_provider_ref ON {lance_payouts} (provider, provider_ref);
CREATE INDEX lance_payouts_party ON {lance_payouts} (party, created_at, id);

-- What providers told, kept before it is acted on and never changed. our_key is
-- the top-up or payout it names.
CREATE TABLE {lance_provider_events} (
	id           TEXT PRIMARY KEY,
	provider     TEXT NOT NULL,
	event_id     TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('charge', 'payout', 'settlement')),
	our_key      TEXT NOT NULL,
	provider_ref TEXT NOT NULL,
	state        TEXT NOT NULL,
	amount_minor BIGINT NOT NULL,
	currency     TEXT NOT NULL,
	code         TEXT NOT NULL,
	at           {time},
	received_at  {time} NOT NULL
);

CREATE UNIQUE INDEX lance_provider_events_event ON {lance_provider_events} (provider, event_id);
CREATE INDEX lance_provider_events_received ON {lance_provider_events} (received_at, id);
