-- Horses may be known by all cameras of a barn. `stream_id` stays where a horse was founded: its number is of there.
-- Null: it was seen last where it was founded.
ALTER TABLE horses ADD COLUMN seen_stream_id TEXT REFERENCES streams (id);

CREATE INDEX horses_by_seen ON horses (seen_stream_id, last_seen_ms DESC) WHERE seen_stream_id IS NOT NULL;

-- At which camera a look was taken: what is behind a horse is there in all looks of a camera. Null for a photo that a person
-- gave.
ALTER TABLE looks ADD COLUMN stream_id TEXT REFERENCES streams (id);

UPDATE looks SET stream_id = coalesce(
    (SELECT h.stream_id FROM horses h WHERE h.id = looks.horse_id),
    (SELECT s.stream_id FROM sightings s WHERE s.tracklet_id = looks.tracklet_id LIMIT 1))
  WHERE photo IS NULL;

-- In which camera's picture a horse's last place lies.
ALTER TABLE last_places ADD COLUMN stream_id TEXT REFERENCES streams (id);

UPDATE last_places SET stream_id = (SELECT h.stream_id FROM horses h WHERE h.id = last_places.horse_id);

CREATE INDEX last_places_by_stream ON last_places (stream_id);
