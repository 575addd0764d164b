-- Which of a payer's chargebacks share an agreement.
CREATE INDEX lance_chargebacks_state ON {lance_chargebacks} (party, state, id);
