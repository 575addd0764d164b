-- The oldest parts of lots of an account are kept beside its balance, which is
-- locked and written anyway, as "lot:minor lot:minor"; "more" says whether there may
-- be others, all of later lots, which are kept one by one. Where there are balances
-- already they move there as they are used. The table of the others has another name,
-- so that a program that knows nothing of fronts fails and overlooks nothing.
ALTER TABLE {lance_balances} ADD COLUMN front TEXT;
ALTER TABLE {lance_balances} ADD COLUMN more BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE {lance_lot_shares} RENAME TO lance_later_shares;
