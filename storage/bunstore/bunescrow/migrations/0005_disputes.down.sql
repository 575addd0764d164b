DROP TABLE {lance_dispute_evidence};
DROP TABLE {lance_disputes};
