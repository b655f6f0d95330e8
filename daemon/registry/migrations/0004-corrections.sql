-- What people say of a horse, one column a fact: nothing that the box writes shares a field with it.
ALTER TABLE horses ADD COLUMN breed TEXT CHECK (length(breed) BETWEEN 1 AND 100);
ALTER TABLE horses ADD COLUMN age INTEGER CHECK (age BETWEEN 0 AND 50);
ALTER TABLE horses ADD COLUMN coat TEXT CHECK (length(coat) BETWEEN 1 AND 50);
ALTER TABLE horses ADD COLUMN markings TEXT CHECK (length(markings) BETWEEN 1 AND 500);
ALTER TABLE horses ADD COLUMN gender TEXT CHECK (gender IN ('mare', 'stallion', 'gelding', 'unknown'));
-- A resident, since when and by whose word. Apart from its name, and from how it is matched.
ALTER TABLE horses ADD COLUMN official_ms INTEGER CHECK (official_ms > 1577836800000);
ALTER TABLE horses ADD COLUMN official_by TEXT;
-- Provisional: the box thinks that it is a horse of its own; enough tracklets or a person say so.
ALTER TABLE horses ADD COLUMN standing TEXT NOT NULL DEFAULT 'horse' CHECK (standing IN ('provisional', 'horse'));
-- An alias: whoever asks for this horse is told of that one.
ALTER TABLE horses ADD COLUMN merged_into TEXT REFERENCES horses (id);
-- Grows with every change that a person made; `version` also with those of the box.
ALTER TABLE horses ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

CREATE INDEX horses_merged ON horses (merged_into) WHERE merged_into IS NOT NULL;

-- Who is there: neither deleted nor an alias.
CREATE VIEW living AS SELECT * FROM horses WHERE deleted_ms IS NULL AND merged_into IS NULL;

-- When each field of a horse was edited last: a hybrid logical clock's stamp, which ends in the box's id.
CREATE TABLE edits (
  horse_id TEXT NOT NULL REFERENCES horses (id),
  field TEXT NOT NULL,
  stamp TEXT NOT NULL CHECK (length(stamp) = 30),
  actor TEXT,
  PRIMARY KEY (horse_id, field)
) STRICT, WITHOUT ROWID;

CREATE INDEX edits_by_stamp ON edits (stamp);

-- What people corrected: events that are never changed, only undone.
CREATE TABLE corrections (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  kind TEXT NOT NULL CHECK (kind IN ('reassign', 'new-horse', 'incorrect', 'not-this-horse', 'merge', 'split', 'delete')),
  stream_id TEXT NOT NULL REFERENCES streams (id),
  -- What it was about, and what became of it.
  horse_id TEXT REFERENCES horses (id),
  other_id TEXT REFERENCES horses (id),
  at_ms INTEGER NOT NULL CHECK (at_ms > 1577836800000),
  stamp TEXT NOT NULL UNIQUE CHECK (length(stamp) = 30),
  actor TEXT,
  undone_ms INTEGER CHECK (undone_ms > 1577836800000),
  undone_by TEXT
) STRICT;

CREATE INDEX corrections_by_horse ON corrections (horse_id);
CREATE INDEX corrections_by_other ON corrections (other_id);

-- Each row that a correction moved from one horse to another, and how it stood before: what undo goes back to.
CREATE TABLE moves (
  correction_id TEXT NOT NULL REFERENCES corrections (id),
  what TEXT NOT NULL CHECK (what IN ('sighting', 'look')),
  row_id TEXT NOT NULL,
  from_id TEXT REFERENCES horses (id),
  to_id TEXT REFERENCES horses (id),
  -- Of a sighting its decision, of a look whether it was an anchor.
  before_decision TEXT,
  before_correction TEXT,
  PRIMARY KEY (correction_id, what, row_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sightings_corrected (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  stream_id TEXT NOT NULL REFERENCES streams (id),
  tracklet_id TEXT NOT NULL CHECK (length(tracklet_id) = 36),
  horse_id TEXT REFERENCES horses (id),
  from_ms INTEGER NOT NULL CHECK (from_ms > 1577836800000),
  to_ms INTEGER NOT NULL CHECK (to_ms >= from_ms),
  detections INTEGER NOT NULL CHECK (detections >= 1),
  decision TEXT NOT NULL CHECK (decision IN ('matched', 'created', 'unknown', 'corrected')),
  score REAL,
  second_score REAL,
  threshold REAL,
  margin REAL,
  model TEXT,
  -- The newest correction that moved it: what the box thinks later does not move it back.
  corrected_by TEXT REFERENCES corrections (id),
  CHECK (decision = 'corrected' OR (decision = 'unknown') = (horse_id IS NULL))
) STRICT;

INSERT INTO sightings_corrected (id, stream_id, tracklet_id, horse_id, from_ms, to_ms, detections, decision, score,
    second_score, threshold, margin, model)
  SELECT id, stream_id, tracklet_id, horse_id, from_ms, to_ms, detections, decision, score, second_score, threshold,
    margin, model FROM sightings;

DROP TABLE sightings;
ALTER TABLE sightings_corrected RENAME TO sightings;

CREATE INDEX sightings_by_horse ON sightings (horse_id, to_ms DESC);
CREATE INDEX sightings_by_stream ON sightings (stream_id, to_ms DESC);
CREATE INDEX sightings_by_tracklet ON sightings (tracklet_id);
CREATE INDEX sightings_by_time ON sightings (to_ms);

-- Of which tracklet a look is, so that it goes where the tracklet's sighting goes.
ALTER TABLE looks ADD COLUMN tracklet_id TEXT;
-- A person said that this look is not its horse: it no longer teaches, and the pair is a known negative.
ALTER TABLE looks ADD COLUMN withdrawn_by TEXT REFERENCES corrections (id);
-- A person said that it is: it is never let go of.
ALTER TABLE looks ADD COLUMN anchor INTEGER NOT NULL DEFAULT 0 CHECK (anchor IN (0, 1));

CREATE INDEX looks_by_tracklet ON looks (tracklet_id);
