-- What the trackers know, so that a standing horse is no new one after a restart: a row a camera, as of one frame.
CREATE TABLE tracks (
  stream_id TEXT PRIMARY KEY CHECK (length(stream_id) BETWEEN 1 AND 32),
  at_ms INTEGER NOT NULL CHECK (at_ms > 1577836800000),
  width INTEGER NOT NULL CHECK (width >= 1),
  height INTEGER NOT NULL CHECK (height >= 1),
  state TEXT NOT NULL CHECK (json_valid(state))
) STRICT, WITHOUT ROWID;

-- Where each horse was seen last, in shares of the picture's sides.
CREATE TABLE last_places (
  horse_id TEXT PRIMARY KEY REFERENCES horses (id),
  x1 REAL NOT NULL,
  y1 REAL NOT NULL,
  x2 REAL NOT NULL CHECK (x2 >= x1),
  y2 REAL NOT NULL CHECK (y2 >= y1),
  at_ms INTEGER NOT NULL CHECK (at_ms > 1577836800000)
) STRICT, WITHOUT ROWID;
