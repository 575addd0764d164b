-- How many splits mediators have offered in a case.
ALTER TABLE {lance_disputes} ADD COLUMN proposed BIGINT NOT NULL DEFAULT 0;
