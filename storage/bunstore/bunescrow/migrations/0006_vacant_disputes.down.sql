DROP INDEX {lance_disputes_vacant};
CREATE INDEX lance_disputes_vacant ON {lance_disputes} (created_at, id) WHERE vacant;
