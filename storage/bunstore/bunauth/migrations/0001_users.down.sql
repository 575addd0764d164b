DROP TABLE {lance_logins};
DROP TABLE {lance_challenges};
DROP TABLE {lance_tokens};
DROP TABLE {lance_sessions};
DROP TABLE {lance_credentials};
DROP TABLE {lance_users};
