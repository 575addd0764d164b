DROP TABLE {lance_proposals};
DROP TABLE {lance_project_skills};
DROP TABLE {lance_projects};
