DROP TABLE {lance_checkpoints};
