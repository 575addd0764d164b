DROP INDEX {lance_unsealed_alone};
-- +postgres
ALTER TABLE {lance_unsealed} DROP COLUMN alone, ADD CONSTRAINT lance_unsealed_id_key UNIQUE (id);
-- +sqlite
ALTER TABLE {lance_unsealed} RENAME TO lance_unsealed_2;
CREATE TABLE {lance_unsealed} (
  pos         {identity},
  id          TEXT    NOT NULL UNIQUE,
  kind        TEXT    NOT NULL,
  stream_kind TEXT    NOT NULL,
  stream_id   TEXT    NOT NULL,
  version     BIGINT  NOT NULL,
  n           BIGINT  NOT NULL,
  leaf        {bytes} NOT NULL,
  at          {time}  NOT NULL
);
INSERT INTO {lance_unsealed} (pos, id, kind, stream_kind, stream_id, version, n, leaf, at) SELECT pos, id, kind, stream_kind, stream_id, version, n, leaf, at FROM {lance_unsealed_2};
DROP TABLE {lance_unsealed_2};
-- +all
CREATE INDEX lance_unsealed_stream ON {lance_unsealed} (stream_kind, stream_id, version);
