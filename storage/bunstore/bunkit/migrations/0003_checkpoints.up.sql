-- What the log was at times: signed notes that others can keep.
CREATE TABLE {lance_checkpoints} (
  id     TEXT    NOT NULL PRIMARY KEY, -- the size
  size   BIGINT  NOT NULL UNIQUE,
  root   {bytes} NOT NULL,
  at     {time}  NOT NULL,
  origin TEXT    NOT NULL,
  note   TEXT    NOT NULL,
  peaks  {bytes} NOT NULL
);
