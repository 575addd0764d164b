-- +postgres
ALTER TABLE {lance_open_transfers} ADD CONSTRAINT lance_open_transfers_transfer_fkey FOREIGN KEY (transfer) REFERENCES {lance_transfers} (id);
-- +all
