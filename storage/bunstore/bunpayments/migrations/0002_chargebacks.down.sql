ALTER TABLE {lance_provider_events} RENAME TO lance_provider_events_2;
DROP INDEX {lance_provider_events_event};
DROP INDEX {lance_provider_events_received};
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
INSERT INTO {lance_provider_events}
SELECT id, provider, event_id, kind, our_key, provider_ref, state, amount_minor, currency, code, at, received_at
FROM {lance_provider_events_2} WHERE kind <> 'chargeback';
DROP TABLE {lance_provider_events_2};
CREATE UNIQUE INDEX lance_provider_events_event ON {lance_provider_events} (provider, event_id);
CREATE INDEX lance_provider_events_received ON {lance_provider_events} (received_at, id);

DROP TABLE {lance_debts};
DROP TABLE {lance_chargebacks};
