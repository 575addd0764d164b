ALTER TABLE {lance_debts} ADD COLUMN chargeback TEXT NOT NULL DEFAULT '';
UPDATE {lance_debts} SET chargeback = replace(owed_for, 'chargeback/', '');
ALTER TABLE {lance_debts} DROP COLUMN owed_for;
DROP TABLE {lance_guarantee_claims};
