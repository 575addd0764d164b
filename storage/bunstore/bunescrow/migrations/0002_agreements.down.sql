DROP TABLE {lance_agreements};
