-- Horses may be known by all cameras of a barn. `stream_id` stays where a horse was founded: its number is of there.
-- Null: it was seen last where it was founded.
ALTER TABLE horses ADD COLUMN seen_stream_id TEXT REFERENCES streams (id);

CREATE INDEX horses_by_seen ON horses (seen_stream_id, last_seen_ms DESC) WHERE seen_stream_id IS NOT NULL;

-- At which camera a look was taken: what is behind a horse is there in all looks of a camera. A look that has no row is a photo
-- that a person gave, or was taken where its horse was founded; that is noted when it goes to another horse. Not a column: it
-- would lie behind the crops, where reading it means reading those. A camera has no row in `streams` before its first sighting.
CREATE TABLE look_cameras (
  look_id INTEGER PRIMARY KEY REFERENCES looks (id) ON DELETE CASCADE,
  stream_id TEXT NOT NULL CHECK (length(stream_id) BETWEEN 1 AND 32)
) STRICT;

-- In which camera's picture a horse's last place lies.
ALTER TABLE last_places ADD COLUMN stream_id TEXT CHECK (length(stream_id) BETWEEN 1 AND 32);

UPDATE last_places SET stream_id = (SELECT h.stream_id FROM horses h WHERE h.id = last_places.horse_id);

CREATE INDEX last_places_by_stream ON last_places (stream_id);
