-- Whose a look of another box is by that box's last word: here it stands with whoever that horse is merged into. What was moved
-- by a merge before stood with whom it was moved from first.
ALTER TABLE other_looks ADD COLUMN horse_id TEXT REFERENCES horses (id) ON DELETE CASCADE;

UPDATE other_looks SET horse_id = coalesce(
  (SELECT m.from_id FROM moves m JOIN corrections c ON c.id = m.correction_id
   WHERE m.what = 'look' AND m.row_id = CAST(other_looks.look_id AS TEXT) ORDER BY c.stamp LIMIT 1),
  (SELECT l.horse_id FROM looks l WHERE l.id = other_looks.look_id));
