ALTER TABLE {lance_agreements} DROP COLUMN changes_max;
ALTER TABLE {lance_agreements} DROP COLUMN changes;
