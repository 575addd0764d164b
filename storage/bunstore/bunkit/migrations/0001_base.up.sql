-- The log: events, what is not sealed yet, and what is.
CREATE TABLE {lance_streams} (
  kind    TEXT   NOT NULL,
  id      TEXT   NOT NULL,
  version BIGINT NOT NULL, -- of the last event
  n       BIGINT NOT NULL, -- of the last event
  PRIMARY KEY (kind, id)
) {clustered};

CREATE TABLE {lance_events} (
  id          TEXT    NOT NULL PRIMARY KEY,
  stream_kind TEXT    NOT NULL,
  stream_id   TEXT    NOT NULL,
  version     BIGINT  NOT NULL,
  n           BIGINT  NOT NULL,
  type        TEXT    NOT NULL,
  schema      BIGINT  NOT NULL,
  at          {time}  NOT NULL,
  actor       TEXT    NOT NULL,
  parties     {json}  NOT NULL,
  body        {bytes} NOT NULL, -- exact: the leaf hashes these bytes
  UNIQUE (stream_kind, stream_id, version, n)
);

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
CREATE INDEX lance_unsealed_stream ON {lance_unsealed} (stream_kind, stream_id, version);

CREATE TABLE {lance_log} (
  seq         {number} NOT NULL PRIMARY KEY,
  id          TEXT    NOT NULL UNIQUE,
  kind        TEXT    NOT NULL,
  stream_kind TEXT    NOT NULL,
  stream_id   TEXT    NOT NULL,
  version     BIGINT  NOT NULL,
  n           BIGINT  NOT NULL,
  leaf        {bytes} NOT NULL
);

CREATE TABLE {lance_seals} (
  last  {number} NOT NULL PRIMARY KEY,
  first BIGINT  NOT NULL,
  root  {bytes} NOT NULL,
  head  {bytes} NOT NULL,
  at    {time}  NOT NULL
);

-- Who reads it.
CREATE TABLE {lance_cursors} (
  consumer TEXT   NOT NULL PRIMARY KEY,
  seq      BIGINT NOT NULL
) {clustered};

CREATE TABLE {lance_parked} (
  consumer    TEXT   NOT NULL,
  seq         BIGINT NOT NULL,
  stream_kind TEXT   NOT NULL,
  stream_id   TEXT   NOT NULL,
  code        TEXT   NOT NULL,
  at          {time} NOT NULL,
  PRIMARY KEY (consumer, seq)
);
CREATE INDEX lance_parked_stream ON {lance_parked} (consumer, stream_kind, stream_id, seq);

-- What is to happen.
CREATE TABLE {lance_deliveries} (
  relay        TEXT   NOT NULL,
  key          TEXT   NOT NULL,
  subject_kind TEXT   NOT NULL,
  subject_id   TEXT   NOT NULL,
  body         {bytes},
  due_at       {time} NOT NULL,
  attempts     BIGINT NOT NULL,
  token        BIGINT NOT NULL,
  lease_end    {time},
  code         TEXT   NOT NULL,
  state        TEXT   NOT NULL,
  PRIMARY KEY (relay, key)
);
CREATE INDEX lance_deliveries_queued ON {lance_deliveries} (relay, due_at, key) WHERE state = 'queued';
CREATE INDEX lance_deliveries_dead ON {lance_deliveries} (due_at, relay, key) WHERE state = 'dead';

CREATE TABLE {lance_timers} (
  owner_kind TEXT   NOT NULL,
  owner_id   TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  due_at     {time},
  why_not    TEXT   NOT NULL,
  attempts   BIGINT NOT NULL,
  code       TEXT   NOT NULL,
  PRIMARY KEY (owner_kind, owner_id, kind)
) {clustered};
CREATE INDEX lance_timers_due ON {lance_timers} (due_at, owner_kind, owner_id, kind) WHERE due_at IS NOT NULL;

-- What was asked already.
CREATE TABLE {lance_keys} (
  scope   TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  op      TEXT    NOT NULL,
  content {bytes} NOT NULL,
  result  TEXT    NOT NULL,
  at      {time}  NOT NULL,
  PRIMARY KEY (scope, name)
);
CREATE INDEX lance_keys_at ON {lance_keys} (at, scope, name);
