-- What waits to be sealed is written with everything and soon gone: one index, in
-- the order in which it is taken out, and one for entries of which the store
-- keeps nothing else (alone).
DROP INDEX {lance_unsealed_stream};
-- +postgres
ALTER TABLE {lance_unsealed} DROP CONSTRAINT lance_unsealed_id_key, ADD COLUMN alone {bool} NOT NULL DEFAULT false;
ALTER TABLE {lance_unsealed} ALTER COLUMN alone DROP DEFAULT;
-- +sqlite
ALTER TABLE {lance_unsealed} RENAME TO lance_unsealed_1;
CREATE TABLE {lance_unsealed} (
  pos         {identity},
  id          TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  stream_kind TEXT    NOT NULL,
  stream_id   TEXT    NOT NULL,
  version     BIGINT  NOT NULL,
  n           BIGINT  NOT NULL,
  leaf        {bytes} NOT NULL,
  at          {time}  NOT NULL,
  alone       {bool}  NOT NULL
);
INSERT INTO {lance_unsealed} (pos, id, kind, stream_kind, stream_id, version, n, leaf, at, alone) SELECT pos, id, kind, stream_kind, stream_id, version, n, leaf, at, 0 FROM {lance_unsealed_1};
DROP TABLE {lance_unsealed_1};
-- +all
CREATE UNIQUE INDEX lance_unsealed_alone ON {lance_unsealed} (id) WHERE alone;
