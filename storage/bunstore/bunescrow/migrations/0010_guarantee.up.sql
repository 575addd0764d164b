-- Of released_minor: what a ruling has given the payee, and what the guarantee fund has
-- given the payer back; and when the payer, or the clock, last released a part.
ALTER TABLE {lance_agreements} ADD COLUMN ruled_minor BIGINT NOT NULL DEFAULT 0 CHECK (ruled_minor >= 0);
ALTER TABLE {lance_agreements} ADD COLUMN indemnified_minor BIGINT NOT NULL DEFAULT 0 CHECK (indemnified_minor >= 0);
ALTER TABLE {lance_agreements} ADD COLUMN released_at {time};
