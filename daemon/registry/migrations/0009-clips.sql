-- Pieces of the cameras' own video on the disk. A row is written once its file is whole.
CREATE TABLE clips (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  stream_id TEXT NOT NULL CHECK (length(stream_id) BETWEEN 1 AND 32),
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL CHECK (to_ms > from_ms),
  -- Below the folder of all clips.
  file TEXT NOT NULL UNIQUE CHECK (length(file) BETWEEN 1 AND 200),
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  pictures INTEGER NOT NULL CHECK (pictures > 0),
  protected INTEGER NOT NULL DEFAULT 0 CHECK (protected IN (0, 1)),
  -- What was seen in it, packed (clips/frames.ts); null where nobody looked. Last: a list does not read it.
  frames BLOB
) STRICT;

CREATE INDEX clips_by_stream ON clips (stream_id, from_ms DESC);
-- What goes first, and how much there is, without reading what was seen.
CREATE INDEX clips_by_age ON clips (protected, from_ms, bytes);

-- Which box of a clip a correction was made by.
CREATE TABLE clip_corrections (
  id INTEGER PRIMARY KEY,
  clip_id TEXT NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
  correction_id TEXT NOT NULL REFERENCES corrections (id) ON DELETE CASCADE,
  detection_index INTEGER NOT NULL CHECK (detection_index >= 0),
  frame_index INTEGER NOT NULL CHECK (frame_index >= 0),
  kind TEXT NOT NULL CHECK (kind IN ('reassign', 'new_guest', 'mark_incorrect')),
  original_horse_id TEXT,
  corrected_horse_id TEXT,
  corrected_horse_name TEXT CHECK (length(corrected_horse_name) <= 255)
) STRICT;

CREATE INDEX clip_corrections_by_clip ON clip_corrections (clip_id);
CREATE INDEX clip_corrections_by_correction ON clip_corrections (correction_id);
