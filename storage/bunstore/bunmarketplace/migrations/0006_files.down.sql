ALTER TABLE {lance_turns} DROP COLUMN files;
DROP TABLE {lance_files};
