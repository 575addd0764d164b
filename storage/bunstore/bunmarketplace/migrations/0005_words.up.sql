CREATE TABLE {lance_project_words} (
	word    TEXT NOT NULL,
	project TEXT NOT NULL REFERENCES {lance_projects} (id),
	PRIMARY KEY (word, project)
);

CREATE INDEX lance_project_words_project ON {lance_project_words} (project);
