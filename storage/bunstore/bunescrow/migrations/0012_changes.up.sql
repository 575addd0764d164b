-- How often changes were requested, and may be; 0: as often as the payer likes.
ALTER TABLE {lance_agreements} ADD COLUMN changes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE {lance_agreements} ADD COLUMN changes_max BIGINT NOT NULL DEFAULT 0;
