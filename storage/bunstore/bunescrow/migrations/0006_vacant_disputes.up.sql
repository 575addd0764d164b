-- What may be taken: a question that brings its value along needs a whole index.
DROP INDEX {lance_disputes_vacant};
CREATE INDEX lance_disputes_vacant ON {lance_disputes} (vacant, created_at, id);
