-- A picture without colour, by infrared light: what such looks have in common is not what those by day have. Of older looks
-- nobody knows; most are by day.
ALTER TABLE looks ADD COLUMN infrared INTEGER NOT NULL DEFAULT 0 CHECK (infrared IN (0, 1));

-- Of which photo a look is that a person enrolled a horse by (SHA-256 of the file): the same one is not taken twice.
ALTER TABLE looks ADD COLUMN photo TEXT CHECK (length(photo) = 64);

CREATE INDEX looks_by_photo ON looks (photo) WHERE photo IS NOT NULL;

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
