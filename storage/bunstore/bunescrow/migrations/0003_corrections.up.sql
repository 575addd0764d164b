-- What corrects a transfer.
CREATE INDEX lance_transfers_corrects ON {lance_transfers} (corrects) WHERE corrects IS NOT NULL;
