-- What was not as it should be, from when to when.
CREATE TABLE alerts (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  -- What it is about: one of these, or the box itself. A camera has no row in `streams` before its first sighting.
  stream_id TEXT CHECK (length(stream_id) BETWEEN 1 AND 32),
  stall_id TEXT REFERENCES stalls (id),
  horse_id TEXT REFERENCES horses (id),
  part TEXT CHECK (length(part) BETWEEN 1 AND 32),
  opened_ms INTEGER NOT NULL CHECK (opened_ms > 1577836800000),
  -- Null while it is so.
  closed_ms INTEGER CHECK (closed_ms >= opened_ms),
  detail TEXT CHECK (length(detail) BETWEEN 1 AND 300),
  acknowledged_ms INTEGER CHECK (acknowledged_ms > 1577836800000),
  acknowledged_by TEXT,
  verdict TEXT CHECK (verdict IN ('useful', 'not_useful')),
  escalations INTEGER NOT NULL DEFAULT 0 CHECK (escalations >= 0),
  -- The camera's picture at that moment, JPEG. The last, so that the others are read without it.
  picture BLOB CHECK (length(picture) BETWEEN 1 AND 204800)
) STRICT;

CREATE UNIQUE INDEX alerts_open ON alerts (
  kind, coalesce(stream_id, ''), coalesce(stall_id, ''), coalesce(horse_id, ''), coalesce(part, '')
) WHERE closed_ms IS NULL;
CREATE INDEX alerts_by_time ON alerts (opened_ms DESC);

-- Of what nothing is to be raised for a while, by kind and subject.
CREATE TABLE snoozes (
  subject TEXT PRIMARY KEY CHECK (length(subject) BETWEEN 1 AND 200),
  until_ms INTEGER NOT NULL CHECK (until_ms > 1577836800000),
  actor TEXT
) STRICT, WITHOUT ROWID;

-- The outbox: a row a message and way out, written with what it tells, and done when the other side has it.
CREATE TABLE deliveries (
  -- The order in which it is told.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  -- What receivers know a message by that comes twice.
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
  sink TEXT NOT NULL CHECK (length(sink) BETWEEN 1 AND 64),
  alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  edge TEXT NOT NULL CHECK (edge IN ('raised', 'escalated', 'cleared')),
  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  occurred_ms INTEGER NOT NULL CHECK (occurred_ms > 1577836800000),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_ms INTEGER NOT NULL DEFAULT 0,
  -- When the other side had it, or when it was given up; null while it waits.
  sent_ms INTEGER,
  dropped_ms INTEGER,
  last_error TEXT CHECK (length(last_error) <= 300)
) STRICT;

CREATE INDEX deliveries_waiting ON deliveries (sink, seq) WHERE sent_ms IS NULL AND dropped_ms IS NULL;
CREATE INDEX deliveries_by_alert ON deliveries (alert_id);
