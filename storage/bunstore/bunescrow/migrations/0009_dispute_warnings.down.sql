ALTER TABLE {lance_disputes} DROP COLUMN warn_at;
