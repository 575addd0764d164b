ALTER TABLE {lance_later_shares} RENAME TO lance_lot_shares;
INSERT INTO {lance_lot_shares} (account, lot, amount_minor)
-- +postgres
SELECT b.account, split_part(s.part, ':', 1), split_part(s.part, ':', 2)::bigint
FROM {lance_balances} b CROSS JOIN LATERAL string_to_table(b.front, ' ') AS s(part)
-- +sqlite
SELECT b.account, substr(s.value, 1, instr(s.value, ':') - 1), CAST(substr(s.value, instr(s.value, ':') + 1) AS INTEGER)
FROM {lance_balances} b CROSS JOIN json_each('["' || replace(b.front, ' ', '","') || '"]') AS s
-- +all
WHERE b.front IS NOT NULL;
ALTER TABLE {lance_balances} DROP COLUMN front;
ALTER TABLE {lance_balances} DROP COLUMN more;
