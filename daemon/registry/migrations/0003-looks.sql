-- Every vector keeps the picture that it was made from, so that another embedder can look at it again.

-- What makes vectors. `preprocess` is null for those from before it was noted, until they are opened again.
CREATE TABLE embedders (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  dim INTEGER NOT NULL CHECK (dim BETWEEN 1 AND 4096),
  preprocess TEXT CHECK (json_valid(preprocess)),
  licence TEXT
) STRICT;

-- A crop of a horse, JPEG. Its number is never given twice: a vector may be on its way to a look that was let go of.
CREATE TABLE looks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  horse_id TEXT NOT NULL REFERENCES horses (id),
  crop BLOB NOT NULL CHECK (length(crop) BETWEEN 1 AND 65536),
  quality REAL NOT NULL,
  taken_ms INTEGER NOT NULL CHECK (taken_ms > 1577836800000)
) STRICT;

CREATE INDEX looks_by_horse ON looks (horse_id);

INSERT INTO embedders (id, name, dim)
  SELECT model, CASE instr(model, '@') WHEN 0 THEN model ELSE substr(model, 1, instr(model, '@') - 1) END, max(dim)
  FROM vectors GROUP BY model;

-- The one whose vectors came last is the one that horses are known by.
INSERT INTO settings (key, value) SELECT 'embedder', model FROM vectors ORDER BY id DESC LIMIT 1;

-- The crops of older vectors are gone. The avatar is the best picture there is; it stands for the founding vector.
INSERT INTO looks (horse_id, crop, quality, taken_ms)
  SELECT id, avatar, 0, first_detected_ms FROM horses h
  WHERE deleted_ms IS NULL AND length(avatar) BETWEEN 1 AND 65536
    AND EXISTS (SELECT 1 FROM vectors v WHERE v.horse_id = h.id)
  ORDER BY first_detected_ms, id;

-- What a horse looks like: float32, little-endian, unit length. Every index is built from these rows.
-- Without a look only where the vector is older than looks are.
CREATE TABLE vectors_with_looks (
  id INTEGER PRIMARY KEY,
  horse_id TEXT NOT NULL REFERENCES horses (id),
  look_id INTEGER REFERENCES looks (id) ON DELETE CASCADE,
  model TEXT NOT NULL REFERENCES embedders (id),
  dim INTEGER NOT NULL CHECK (dim BETWEEN 1 AND 4096),
  vector BLOB NOT NULL CHECK (length(vector) = dim * 4),
  quality REAL NOT NULL,
  taken_ms INTEGER NOT NULL CHECK (taken_ms > 1577836800000),
  UNIQUE (look_id, model)
) STRICT;

INSERT INTO vectors_with_looks (id, horse_id, look_id, model, dim, vector, quality, taken_ms)
  SELECT v.id, v.horse_id, l.id, v.model, v.dim, v.vector, v.quality, v.taken_ms
  FROM vectors v
  LEFT JOIN looks l ON l.horse_id = v.horse_id AND v.id = (
    SELECT min(f.id) FROM vectors f WHERE f.horse_id = v.horse_id AND f.model = v.model);

DROP TABLE vectors;
ALTER TABLE vectors_with_looks RENAME TO vectors;

CREATE INDEX vectors_by_horse ON vectors (horse_id, model);
