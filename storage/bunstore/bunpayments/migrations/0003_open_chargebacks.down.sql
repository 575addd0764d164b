DROP INDEX {lance_chargebacks_state};
