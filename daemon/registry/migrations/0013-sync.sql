-- What is yet to be told the central database: a row that was changed since it was told last, however often. The number is new with
-- each change, so that a row that is changed while it is on its way stays here.
CREATE TABLE sync_outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('horse', 'seen', 'correction', 'look', 'sighting')),
  row_id TEXT NOT NULL,
  UNIQUE (kind, row_id)
) STRICT;

CREATE INDEX sync_outbox_by_kind ON sync_outbox (kind, seq);

-- Cameras of other boxes, and what they are called here: two boxes may each have a camera `yard`.
CREATE TABLE other_streams (
  id TEXT PRIMARY KEY REFERENCES streams (id),
  box_id TEXT NOT NULL CHECK (length(box_id) = 12),
  stream_id TEXT NOT NULL CHECK (length(stream_id) BETWEEN 1 AND 32),
  UNIQUE (box_id, stream_id)
) STRICT, WITHOUT ROWID;

-- Looks that another box took, and their numbers there.
CREATE TABLE other_looks (
  look_id INTEGER PRIMARY KEY REFERENCES looks (id) ON DELETE CASCADE,
  box_id TEXT NOT NULL CHECK (length(box_id) = 12),
  other_id INTEGER NOT NULL,
  UNIQUE (box_id, other_id)
) STRICT;

-- What each box saw of each horse, this one as it told it last; in `horses` is what all saw together.
CREATE TABLE box_seen (
  horse_id TEXT NOT NULL REFERENCES horses (id),
  box_id TEXT NOT NULL CHECK (length(box_id) = 12),
  -- As that camera is called here.
  stream_id TEXT NOT NULL REFERENCES streams (id),
  last_seen_ms INTEGER NOT NULL CHECK (last_seen_ms > 1577836800000),
  detections INTEGER NOT NULL CHECK (detections >= 0),
  PRIMARY KEY (horse_id, box_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW own_box AS SELECT value AS id FROM settings WHERE key = 'box_id';

-- When and where each box saw each horse last: this one by its sightings, and what it told once those are too old to be kept.
CREATE VIEW last_sights AS
  SELECT horse_id, stream_id, to_ms AS ms FROM sightings WHERE horse_id IS NOT NULL
  UNION ALL
  SELECT b.horse_id, b.stream_id, b.last_seen_ms FROM box_seen b
  WHERE b.box_id <> (SELECT id FROM own_box) OR NOT EXISTS (SELECT 1 FROM sightings s WHERE s.horse_id = b.horse_id);

-- What came from elsewhere in place of what was here: for those who ask who changed it, and who want it back.
CREATE TABLE pulled_edits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  horse_id TEXT NOT NULL REFERENCES horses (id),
  field TEXT NOT NULL,
  -- JSON of a text or a number, or null.
  before TEXT NOT NULL CHECK (json_valid(before)),
  after TEXT NOT NULL CHECK (json_valid(after)),
  stamp TEXT NOT NULL CHECK (length(stamp) = 30),
  actor TEXT,
  at_ms INTEGER NOT NULL CHECK (at_ms > 1577836800000)
) STRICT;

CREATE INDEX pulled_edits_by_horse ON pulled_edits (horse_id, id DESC);

-- Nothing is noted where nobody syncs. `own`: what is written now came from elsewhere, and only what this box makes of it is told.
CREATE VIEW sync_marks AS
  SELECT coalesce((SELECT value FROM settings WHERE key = 'sync_marks'), 'off') AS mode;

CREATE TRIGGER sync_horse_new AFTER INSERT ON horses WHEN (SELECT mode FROM sync_marks) = 'all'
BEGIN
  DELETE FROM sync_outbox WHERE kind IN ('horse', 'seen') AND row_id = new.id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('horse', new.id), ('seen', new.id);
END;

CREATE TRIGGER sync_horse_confirmed AFTER UPDATE OF standing ON horses
WHEN new.standing <> old.standing AND (SELECT mode FROM sync_marks) = 'all'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'horse' AND row_id = new.id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('horse', new.id);
END;

CREATE TRIGGER sync_horse_seen AFTER UPDATE OF last_seen_ms, total_detections, avatar ON horses
WHEN (SELECT mode FROM sync_marks) <> 'off'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'seen' AND row_id = new.id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('seen', new.id);
END;

CREATE TRIGGER sync_edit_new AFTER INSERT ON edits WHEN (SELECT mode FROM sync_marks) = 'all'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'horse' AND row_id = new.horse_id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('horse', new.horse_id);
END;

CREATE TRIGGER sync_edit_again AFTER UPDATE ON edits WHEN (SELECT mode FROM sync_marks) = 'all'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'horse' AND row_id = new.horse_id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('horse', new.horse_id);
END;

CREATE TRIGGER sync_correction_new AFTER INSERT ON corrections WHEN (SELECT mode FROM sync_marks) = 'all'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'correction' AND row_id = new.id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('correction', new.id);
END;

CREATE TRIGGER sync_correction_undone AFTER UPDATE OF undone_ms ON corrections WHEN (SELECT mode FROM sync_marks) = 'all'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'correction' AND row_id = new.id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('correction', new.id);
END;

CREATE TRIGGER sync_look_new AFTER INSERT ON looks
WHEN new.horse_id IS NOT NULL AND (SELECT mode FROM sync_marks) = 'all'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'look' AND row_id = CAST(new.id AS TEXT);
  INSERT INTO sync_outbox (kind, row_id) VALUES ('look', CAST(new.id AS TEXT));
END;

CREATE TRIGGER sync_look_moved AFTER UPDATE OF horse_id, withdrawn_by, anchor ON looks WHEN (SELECT mode FROM sync_marks) <> 'off'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'look' AND row_id = CAST(new.id AS TEXT);
  INSERT INTO sync_outbox (kind, row_id) VALUES ('look', CAST(new.id AS TEXT));
END;

CREATE TRIGGER sync_look_gone AFTER DELETE ON looks
WHEN old.horse_id IS NOT NULL AND (SELECT mode FROM sync_marks) <> 'off'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'look' AND row_id = CAST(old.id AS TEXT);
  INSERT INTO sync_outbox (kind, row_id) VALUES ('look', CAST(old.id AS TEXT));
END;

CREATE TRIGGER sync_vector_new AFTER INSERT ON vectors
WHEN new.look_id IS NOT NULL AND new.horse_id IS NOT NULL AND (SELECT mode FROM sync_marks) = 'all'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'look' AND row_id = CAST(new.look_id AS TEXT);
  INSERT INTO sync_outbox (kind, row_id) VALUES ('look', CAST(new.look_id AS TEXT));
END;

CREATE TRIGGER sync_sighting_new AFTER INSERT ON sightings WHEN (SELECT mode FROM sync_marks) <> 'off'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'sighting' AND row_id = new.id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('sighting', new.id);
END;

CREATE TRIGGER sync_sighting_again AFTER UPDATE ON sightings WHEN (SELECT mode FROM sync_marks) <> 'off'
BEGIN
  DELETE FROM sync_outbox WHERE kind = 'sighting' AND row_id = new.id;
  INSERT INTO sync_outbox (kind, row_id) VALUES ('sighting', new.id);
END;

-- What was said before edits were stamped is as old as its horse: any later word goes before it.
INSERT OR IGNORE INTO edits (horse_id, field, stamp)
  SELECT h.id, f.key, printf('%012x-0000-%s', h.first_detected_ms, b.value)
  FROM horses h JOIN settings b ON b.key = 'box_id' JOIN json_each(json_object('name', h.name, 'notes', h.notes, 'breed', h.breed,
    'age', h.age, 'coat', h.coat, 'markings', h.markings, 'gender', h.gender, 'official', h.official_ms)) f
  WHERE f.value IS NOT NULL;
