ALTER TABLE {lance_disputes} DROP COLUMN proposed;
