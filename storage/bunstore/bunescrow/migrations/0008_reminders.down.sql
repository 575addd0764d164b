ALTER TABLE {lance_agreements} DROP COLUMN reminded_at;
