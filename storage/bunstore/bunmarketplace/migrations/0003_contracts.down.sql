DROP TABLE {lance_turns};
DROP TABLE {lance_milestones};
DROP TABLE {lance_contracts};
