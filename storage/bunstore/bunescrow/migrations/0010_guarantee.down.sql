ALTER TABLE {lance_agreements} DROP COLUMN released_at;
ALTER TABLE {lance_agreements} DROP COLUMN indemnified_minor;
ALTER TABLE {lance_agreements} DROP COLUMN ruled_minor;
