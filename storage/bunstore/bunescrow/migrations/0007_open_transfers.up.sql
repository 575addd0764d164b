-- A pending transfer and its place among the open ones are written by one
-- statement; a foreign key would look the transfer up again and lock it.
-- +postgres
ALTER TABLE {lance_open_transfers} DROP CONSTRAINT lance_open_transfers_transfer_fkey;
-- +all
