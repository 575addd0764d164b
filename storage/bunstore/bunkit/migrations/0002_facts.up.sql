-- What the store knows about itself.
CREATE TABLE {lance_facts} (
  id      TEXT   NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  value   TEXT   NOT NULL,
  at      {time} NOT NULL
);
