-- +postgres
INSERT INTO {lance_lot_shares} (account, lot, amount_minor)
SELECT b.account, s.part ->> 'lot', (s.part ->> 'minor')::bigint
FROM {lance_balances} b CROSS JOIN LATERAL json_array_elements(b.front::json) AS s(part) WHERE b.front IS NOT NULL;
-- +sqlite
INSERT INTO {lance_lot_shares} (account, lot, amount_minor)
SELECT b.account, s.value ->> 'lot', s.value ->> 'minor'
FROM {lance_balances} b CROSS JOIN json_each(b.front) AS s WHERE b.front IS NOT NULL;
-- +all
ALTER TABLE {lance_balances} DROP COLUMN front;
ALTER TABLE {lance_balances} DROP COLUMN more;
