DROP INDEX {lance_transfers_corrects};
