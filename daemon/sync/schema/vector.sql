-- Only where pgvector is installed: search among the looks of all boxes, within one model. Kept by a trigger, so that boxes write the
-- same rows whether it is there or not.
ALTER TABLE barnbox.vectors ADD COLUMN IF NOT EXISTS embedding vector(768);

CREATE OR REPLACE FUNCTION barnbox.embed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE numbers real[]; bits bigint; place integer;
BEGIN
  IF NEW.dim <> 768 THEN
    NEW.embedding := NULL;
    RETURN NEW;
  END IF;
  FOR place IN 0..767 LOOP
    bits := get_byte(NEW.data, place * 4) | (get_byte(NEW.data, place * 4 + 1) << 8)
      | (get_byte(NEW.data, place * 4 + 2) << 16) | (get_byte(NEW.data, place * 4 + 3)::bigint << 24);
    -- Parts of a unit vector: neither infinite nor too small to matter.
    numbers[place + 1] := CASE WHEN (bits >> 23) & 255 = 0 THEN 0 ELSE
      (CASE WHEN bits >> 31 = 1 THEN -1 ELSE 1 END) * (1 + (bits & 8388607) / 8388608.0::double precision)
        * power(2::double precision, ((bits >> 23) & 255) - 127) END;
  END LOOP;
  NEW.embedding := numbers::vector(768);
  RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS embedded ON barnbox.vectors;
CREATE TRIGGER embedded BEFORE INSERT OR UPDATE OF data ON barnbox.vectors FOR EACH ROW EXECUTE FUNCTION barnbox.embed();
UPDATE barnbox.vectors SET data = data WHERE dim = 768 AND embedding IS NULL;
CREATE INDEX IF NOT EXISTS vectors_alike ON barnbox.vectors USING hnsw (embedding vector_cosine_ops);
