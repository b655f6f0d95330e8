-- Times are UTC milliseconds; the CHECKs refuse a clock that was never set (before 2020).

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- One row a camera that ever had a horse. The counter only grows: a number is never given twice.
CREATE TABLE streams (
  id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 32),
  next_number INTEGER NOT NULL DEFAULT 1 CHECK (next_number >= 1),
  created_ms INTEGER NOT NULL CHECK (created_ms > 1577836800000)
) STRICT;

CREATE TABLE horses (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  stream_id TEXT NOT NULL REFERENCES streams (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  name TEXT CHECK (length(name) BETWEEN 1 AND 100),
  notes TEXT CHECK (length(notes) <= 500),
  color TEXT NOT NULL CHECK (color GLOB '#[0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F]'),
  first_detected_ms INTEGER NOT NULL CHECK (first_detected_ms > 1577836800000),
  last_seen_ms INTEGER NOT NULL CHECK (last_seen_ms >= first_detected_ms),
  total_detections INTEGER NOT NULL DEFAULT 0 CHECK (total_detections >= 0),
  confidence REAL NOT NULL DEFAULT 0 CHECK (confidence BETWEEN 0 AND 1),
  avatar BLOB CHECK (length(avatar) <= 102400),
  avatar_score REAL,
  version INTEGER NOT NULL DEFAULT 1,
  -- A tombstone: the row keeps its number and is never shown or matched again.
  deleted_ms INTEGER,
  UNIQUE (stream_id, number)
) STRICT;

CREATE INDEX horses_by_stream ON horses (stream_id, last_seen_ms DESC);

CREATE TABLE horse_names (
  id INTEGER PRIMARY KEY,
  horse_id TEXT NOT NULL REFERENCES horses (id),
  name TEXT,
  since_ms INTEGER NOT NULL CHECK (since_ms > 1577836800000)
) STRICT;

CREATE INDEX horse_names_by_horse ON horse_names (horse_id, since_ms);

-- What a horse looks like: float32, little-endian, unit length. Every index is built from these rows.
CREATE TABLE vectors (
  id INTEGER PRIMARY KEY,
  horse_id TEXT NOT NULL REFERENCES horses (id),
  model TEXT NOT NULL,
  dim INTEGER NOT NULL CHECK (dim BETWEEN 1 AND 4096),
  vector BLOB NOT NULL CHECK (length(vector) = dim * 4),
  quality REAL NOT NULL,
  taken_ms INTEGER NOT NULL CHECK (taken_ms > 1577836800000)
) STRICT;

CREATE INDEX vectors_by_horse ON vectors (horse_id, model);

-- One row a tracklet and identity: who was there, from when to when, and why we say so.
CREATE TABLE sightings (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  stream_id TEXT NOT NULL REFERENCES streams (id),
  tracklet_id TEXT NOT NULL CHECK (length(tracklet_id) = 36),
  horse_id TEXT REFERENCES horses (id),
  from_ms INTEGER NOT NULL CHECK (from_ms > 1577836800000),
  to_ms INTEGER NOT NULL CHECK (to_ms >= from_ms),
  detections INTEGER NOT NULL CHECK (detections >= 1),
  decision TEXT NOT NULL CHECK (decision IN ('matched', 'created', 'unknown')),
  score REAL,
  second_score REAL,
  threshold REAL,
  margin REAL,
  model TEXT,
  CHECK ((decision = 'unknown') = (horse_id IS NULL))
) STRICT;

CREATE INDEX sightings_by_horse ON sightings (horse_id, to_ms DESC);
CREATE INDEX sightings_by_stream ON sightings (stream_id, to_ms DESC);
