-- When the payer was told that an inspection is nearly over.
ALTER TABLE {lance_agreements} ADD COLUMN reminded_at {time};
