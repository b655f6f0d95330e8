-- Looks of nobody: the picture that a sighting was judged by, and what an unknown one may be known by when a person says whose
-- it was. A column that must be filled can be let off only in a new table.
CREATE TABLE all_looks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Null: nobody's. Such a look is never matched against.
  horse_id TEXT REFERENCES horses (id),
  quality REAL NOT NULL,
  taken_ms INTEGER NOT NULL CHECK (taken_ms > 1577836800000),
  -- Of which tracklet a look is, so that it goes where the tracklet's sighting goes.
  tracklet_id TEXT,
  -- A person said that this look is not its horse: it no longer teaches, and the pair is a known negative.
  withdrawn_by TEXT REFERENCES corrections (id),
  -- A person said that it is: it is never let go of.
  anchor INTEGER NOT NULL DEFAULT 0 CHECK (anchor IN (0, 1)),
  -- A picture without colour, by infrared light: what such looks have in common is not what those by day have. Of older looks
  -- nobody knows; most are by day.
  infrared INTEGER NOT NULL DEFAULT 0 CHECK (infrared IN (0, 1)),
  -- Of which photo a look is that a person enrolled a horse by (SHA-256 of the file): the same one is not taken twice.
  photo TEXT CHECK (length(photo) = 64),
  -- The sighting that it was kept for when it was nobody's.
  sighting_id TEXT REFERENCES sightings (id) ON DELETE SET NULL,
  -- JPEG. The last, so that the others are read without it.
  crop BLOB NOT NULL CHECK (length(crop) BETWEEN 1 AND 65536)
) STRICT;

INSERT INTO all_looks (id, horse_id, crop, quality, taken_ms, tracklet_id, withdrawn_by, anchor, infrared, photo)
  SELECT id, horse_id, crop, quality, taken_ms, tracklet_id, withdrawn_by, anchor, infrared, photo FROM looks;

-- Numbers are never given twice, those of looks that are gone neither.
DELETE FROM sqlite_sequence WHERE name = 'all_looks';
INSERT INTO sqlite_sequence (name, seq) SELECT 'all_looks', seq FROM sqlite_sequence WHERE name = 'looks';

-- What a look looks like: float32, little-endian, unit length. Every index is built from these rows.
-- Without a look only where the vector is older than looks are; without a horse where its look is.
CREATE TABLE all_vectors (
  id INTEGER PRIMARY KEY,
  horse_id TEXT REFERENCES horses (id),
  look_id INTEGER REFERENCES all_looks (id) ON DELETE CASCADE,
  model TEXT NOT NULL REFERENCES embedders (id),
  dim INTEGER NOT NULL CHECK (dim BETWEEN 1 AND 4096),
  vector BLOB NOT NULL CHECK (length(vector) = dim * 4),
  quality REAL NOT NULL,
  taken_ms INTEGER NOT NULL CHECK (taken_ms > 1577836800000),
  UNIQUE (look_id, model)
) STRICT;

INSERT INTO all_vectors (id, horse_id, look_id, model, dim, vector, quality, taken_ms)
  SELECT id, horse_id, look_id, model, dim, vector, quality, taken_ms FROM vectors;

-- In this order: a table that others refer to takes their rows with it.
DROP TABLE vectors;
DROP TABLE looks;
ALTER TABLE all_looks RENAME TO looks;
ALTER TABLE all_vectors RENAME TO vectors;

CREATE INDEX looks_by_horse ON looks (horse_id);
CREATE INDEX looks_by_tracklet ON looks (tracklet_id);
CREATE INDEX looks_by_photo ON looks (photo) WHERE photo IS NOT NULL;
CREATE INDEX looks_by_sighting ON looks (sighting_id) WHERE sighting_id IS NOT NULL;
CREATE INDEX vectors_by_horse ON vectors (horse_id, model);

-- What may be shown: all looks but those of deleted horses.
CREATE VIEW pictures AS SELECT l.* FROM looks l LEFT JOIN horses h ON h.id = l.horse_id WHERE h.deleted_ms IS NULL;

-- What each sighting was decided from, as of then: never worked out anew, for what it is held against changes.
CREATE TABLE whys (
  sighting_id TEXT PRIMARY KEY REFERENCES sightings (id) ON DELETE CASCADE,
  at_ms INTEGER NOT NULL CHECK (at_ms > 1577836800000),
  -- The look that was judged. It may be gone, as those in `reasons`: numbers of looks are never given twice.
  look_id INTEGER,
  -- How many looks came before it, the horses that it was most like, and the stored looks that were nearest.
  reasons TEXT NOT NULL CHECK (json_valid(reasons))
) STRICT, WITHOUT ROWID;

-- What a merge gave the horse that is left of the facts that it lacked: what undo takes back.
CREATE TABLE inherited (
  correction_id TEXT NOT NULL REFERENCES corrections (id),
  field TEXT NOT NULL,
  -- JSON of a text or a number.
  value TEXT NOT NULL CHECK (json_valid(value)),
  PRIMARY KEY (correction_id, field)
) STRICT, WITHOUT ROWID;
