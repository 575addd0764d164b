DROP TABLE {lance_project_words};
