-- Whose a look of another box is by that box's last word: here it stands with whoever that horse is merged into. What was moved
-- by merges alone stood with whom it was moved from first.
ALTER TABLE other_looks ADD COLUMN horse_id TEXT REFERENCES horses (id) ON DELETE CASCADE;

WITH RECURSIVE
  chain (id, at) AS (
    SELECT id, id FROM horses
    UNION ALL SELECT c.id, h.merged_into FROM chain c JOIN horses h ON h.id = c.at WHERE h.merged_into IS NOT NULL
  ),
  ends AS (SELECT c.id, c.at FROM chain c JOIN horses h ON h.id = c.at WHERE h.merged_into IS NULL),
  firsts AS (
    SELECT m.row_id, m.from_id, row_number() OVER (PARTITION BY m.row_id ORDER BY c.stamp) AS place
    FROM moves m JOIN corrections c ON c.id = m.correction_id WHERE m.what = 'look'
  )
UPDATE other_looks SET horse_id = w.horse_id FROM (
  SELECT o.look_id, iif(was.at = now.at, f.from_id, l.horse_id) AS horse_id
  FROM other_looks o JOIN looks l ON l.id = o.look_id
    LEFT JOIN firsts f ON f.row_id = CAST(o.look_id AS TEXT) AND f.place = 1
    LEFT JOIN ends was ON was.id = f.from_id LEFT JOIN ends now ON now.id = l.horse_id
) w WHERE w.look_id = other_looks.look_id;

-- What a merge moved is known as long as it holds. That of undone ones was put back already.
DELETE FROM moves WHERE correction_id IN (SELECT id FROM corrections WHERE kind = 'merge' AND undone_ms IS NOT NULL);
