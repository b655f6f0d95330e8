-- Places that people drew on a camera's picture: a stall, or another zone. Ids are never given twice and never a name, for others
-- call a stall by them.
CREATE TABLE stalls (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  -- A camera has no row in `streams` before its first sighting.
  stream_id TEXT NOT NULL CHECK (length(stream_id) BETWEEN 1 AND 32),
  kind TEXT NOT NULL CHECK (kind IN ('stall', 'zone')),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  -- [[x, y], ...] in shares of the picture's sides.
  corners TEXT NOT NULL CHECK (json_array_length(corners) BETWEEN 3 AND 16),
  created_ms INTEGER NOT NULL CHECK (created_ms > 1577836800000),
  -- Grows with every change: what an edit is held against.
  revision INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0),
  -- A tombstone: the row keeps its id, and is never shown or asked for.
  deleted_ms INTEGER CHECK (deleted_ms > 1577836800000)
) STRICT;

CREATE UNIQUE INDEX stalls_by_name ON stalls (stream_id, name COLLATE NOCASE) WHERE deleted_ms IS NULL;

-- Which horses are expected there.
CREATE TABLE stall_horses (
  stall_id TEXT NOT NULL REFERENCES stalls (id),
  horse_id TEXT NOT NULL REFERENCES horses (id),
  PRIMARY KEY (stall_id, horse_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX stall_horses_by_horse ON stall_horses (horse_id);

-- When each field of a stall was edited last, as in `edits`.
CREATE TABLE stall_edits (
  stall_id TEXT NOT NULL REFERENCES stalls (id),
  field TEXT NOT NULL,
  stamp TEXT NOT NULL CHECK (length(stamp) = 30),
  actor TEXT,
  PRIMARY KEY (stall_id, field)
) STRICT, WITHOUT ROWID;

CREATE INDEX stall_edits_by_stamp ON stall_edits (stamp);
