DROP TABLE {lance_facts};
