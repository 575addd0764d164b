DROP TABLE {lance_lot_shares};
DROP TABLE {lance_lots};
DROP TABLE {lance_total_lines};
DROP TABLE {lance_totals};
DROP TABLE {lance_balances};
DROP TABLE {lance_open_transfers};
DROP TABLE {lance_transfers};
