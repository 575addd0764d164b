-- The oldest parts of lots of an account are kept beside its balance, which is
-- locked and written anyway, as "lot:minor lot:minor"; "more" says whether there may
-- be others, all of later lots, in lance_lot_shares. Where there are balances already
-- they move there as they are used.
ALTER TABLE {lance_balances} ADD COLUMN front TEXT;
ALTER TABLE {lance_balances} ADD COLUMN more BOOLEAN NOT NULL DEFAULT TRUE;
