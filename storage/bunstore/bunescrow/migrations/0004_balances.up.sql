-- Balances are read under their locks: nobody has to see whether they changed.
ALTER TABLE {lance_balances} DROP COLUMN version;
