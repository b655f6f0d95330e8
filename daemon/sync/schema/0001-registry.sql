-- The farm's registry. Rows of many farms may lie here; a role sees those of its own (barnbox.members).
-- Every row bears the transaction that changed it last: readers go on from the oldest one that may still be open.

-- Whom a role of this server speaks for; with a null box for each box of the farm.
CREATE TABLE barnbox.members (
  role name PRIMARY KEY,
  farm text NOT NULL CHECK (length(farm) BETWEEN 1 AND 64),
  box text CHECK (length(box) = 12)
);

-- Tells one server from another.
CREATE TABLE barnbox.server (id uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO barnbox.server DEFAULT VALUES;

CREATE FUNCTION barnbox.my_farm() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS 'SELECT farm FROM barnbox.members WHERE role = session_user';
CREATE FUNCTION barnbox.my_box() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS 'SELECT box FROM barnbox.members WHERE role = session_user';

-- A box never says less than it said: where this is behind what a box knows to have told, the server lost something.
CREATE TABLE barnbox.boxes (
  farm text NOT NULL,
  box text NOT NULL CHECK (length(box) = 12),
  rounds bigint NOT NULL DEFAULT 0,
  program text NOT NULL,
  told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  clock_ahead_ms bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (farm, box)
);

-- The later word on each field: `{"name": {"at": STAMP, "by": WHO, "v": VALUE}}`. Stamps of all boxes sort as text.
CREATE FUNCTION barnbox.later(mine jsonb, theirs jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM (
    SELECT DISTINCT ON (key) key, value FROM (
      SELECT key, value, 0 AS place FROM jsonb_each(mine) UNION ALL SELECT key, value, 1 FROM jsonb_each(theirs)) both_sides
    ORDER BY key, (value ->> 'at') COLLATE "C" DESC, place) latest
$$;

-- The newest stamp of all fields, in milliseconds.
CREATE FUNCTION barnbox.newest_ms(fields jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(max(('x' || lpad(left(value ->> 'at', 12), 16, '0'))::bit(64)::bigint), 0) FROM jsonb_each(fields)
$$;

CREATE TABLE barnbox.horses (
  farm text NOT NULL,
  -- The box that founded it; others may edit it.
  box text NOT NULL CHECK (length(box) = 12),
  id uuid NOT NULL,
  stream text NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  color text NOT NULL,
  first_ms bigint NOT NULL,
  confirmed boolean NOT NULL,
  fields jsonb NOT NULL CHECK (jsonb_typeof(fields) = 'object'),
  name text GENERATED ALWAYS AS (fields -> 'name' ->> 'v') STORED,
  notes text GENERATED ALWAYS AS (fields -> 'notes' ->> 'v') STORED,
  breed text GENERATED ALWAYS AS (fields -> 'breed' ->> 'v') STORED,
  age integer GENERATED ALWAYS AS ((fields -> 'age' ->> 'v')::integer) STORED,
  coat text GENERATED ALWAYS AS (fields -> 'coat' ->> 'v') STORED,
  markings text GENERATED ALWAYS AS (fields -> 'markings' ->> 'v') STORED,
  gender text GENERATED ALWAYS AS (fields -> 'gender' ->> 'v') STORED,
  official_ms bigint GENERATED ALWAYS AS ((fields -> 'official' ->> 'v')::bigint) STORED,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (farm, box, id)
);
CREATE INDEX horses_by_change ON barnbox.horses (farm, xid, (id::text));
CREATE INDEX horses_by_id ON barnbox.horses (farm, id);

-- What each box saw of each horse: only that box writes it.
CREATE TABLE barnbox.seen (
  farm text NOT NULL,
  box text NOT NULL CHECK (length(box) = 12),
  horse uuid NOT NULL,
  stream text NOT NULL,
  last_ms bigint NOT NULL,
  detections bigint NOT NULL CHECK (detections >= 0),
  confidence double precision NOT NULL,
  avatar text,
  score double precision,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (farm, box, horse)
);
CREATE INDEX seen_by_change ON barnbox.seen (farm, xid, (box || horse::text));
CREATE INDEX seen_by_horse ON barnbox.seen (farm, horse);

-- Added once, undone at most once. By whatever box: who made it stands in its stamp.
CREATE TABLE barnbox.corrections (
  farm text NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  stream_box text NOT NULL,
  stream text NOT NULL,
  horse uuid,
  other uuid,
  at_ms bigint NOT NULL,
  stamp text NOT NULL CHECK (length(stamp) = 30),
  actor text,
  undone_ms bigint,
  undone_by text,
  inherited jsonb NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (farm, id)
);
CREATE INDEX corrections_by_change ON barnbox.corrections (farm, xid, (id::text));

-- Pictures by the SHA-256 of their bytes, so that each is sent once.
CREATE TABLE barnbox.blobs (
  farm text NOT NULL,
  hash text NOT NULL CHECK (length(hash) = 64),
  bytes bytea NOT NULL CHECK (length(bytes) <= 102400),
  PRIMARY KEY (farm, hash)
);
ALTER TABLE barnbox.blobs ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE barnbox.looks (
  farm text NOT NULL,
  box text NOT NULL CHECK (length(box) = 12),
  id bigint NOT NULL,
  gone boolean NOT NULL,
  horse uuid,
  stream text,
  crop text,
  quality double precision NOT NULL,
  taken_ms bigint NOT NULL,
  tracklet uuid,
  anchor boolean NOT NULL,
  infrared boolean NOT NULL,
  photo text,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (farm, box, id)
);
CREATE INDEX looks_by_change ON barnbox.looks (farm, xid, (box || lpad(id::text, 19, '0')));
CREATE INDEX looks_by_horse ON barnbox.looks (farm, horse);

-- What an embedder makes of a look: float32, little-endian, unit length.
CREATE TABLE barnbox.vectors (
  farm text NOT NULL,
  box text NOT NULL CHECK (length(box) = 12),
  look bigint NOT NULL,
  model text NOT NULL,
  dim integer NOT NULL CHECK (dim BETWEEN 1 AND 4096),
  data bytea NOT NULL CHECK (length(data) = dim * 4),
  PRIMARY KEY (farm, box, look, model)
);

-- History. The time is part of the key, for servers that keep it in parts by time.
CREATE TABLE barnbox.sightings (
  farm text NOT NULL,
  box text NOT NULL CHECK (length(box) = 12),
  id uuid NOT NULL,
  stream text NOT NULL,
  tracklet uuid NOT NULL,
  horse uuid,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  detections integer NOT NULL,
  decision text NOT NULL,
  score real,
  model text,
  PRIMARY KEY (farm, box, id, from_ms)
);
CREATE INDEX sightings_by_horse ON barnbox.sightings (farm, horse, to_ms DESC) WHERE horse IS NOT NULL;

-- The gate: what a box with a wrong clock says would win over all later words, so it does not get in.
CREATE FUNCTION barnbox.refuse_future() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE ms bigint;
BEGIN
  IF TG_TABLE_NAME = 'horses' THEN ms := barnbox.newest_ms(NEW.fields);
  ELSE ms := ('x' || lpad(left(NEW.stamp, 12), 16, '0'))::bit(64)::bigint;
  END IF;
  IF ms > extract(epoch FROM clock_timestamp()) * 1000 + 300000 THEN
    RAISE EXCEPTION 'said more than five minutes in the future' USING ERRCODE = 'BB001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER horses_of_now BEFORE INSERT OR UPDATE ON barnbox.horses FOR EACH ROW EXECUTE FUNCTION barnbox.refuse_future();
CREATE TRIGGER corrections_of_now BEFORE INSERT OR UPDATE ON barnbox.corrections
  FOR EACH ROW EXECUTE FUNCTION barnbox.refuse_future();

-- A farm's rows are its own; what a box saw is written by that box alone.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['boxes', 'horses', 'seen', 'corrections', 'blobs', 'looks', 'vectors', 'sightings'] LOOP
    EXECUTE format('ALTER TABLE barnbox.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE barnbox.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_farm ON barnbox.%I USING (farm = (SELECT barnbox.my_farm()))', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['boxes', 'seen', 'looks', 'vectors', 'sightings'] LOOP
    EXECUTE format('CREATE POLICY own_box_new ON barnbox.%I AS RESTRICTIVE FOR INSERT
      WITH CHECK (coalesce(box = (SELECT barnbox.my_box()), (SELECT barnbox.my_box()) IS NULL))', name);
    EXECUTE format('CREATE POLICY own_box_change ON barnbox.%I AS RESTRICTIVE FOR UPDATE
      USING (coalesce(box = (SELECT barnbox.my_box()), (SELECT barnbox.my_box()) IS NULL))', name);
    EXECUTE format('CREATE POLICY own_box_gone ON barnbox.%I AS RESTRICTIVE FOR DELETE
      USING (coalesce(box = (SELECT barnbox.my_box()), (SELECT barnbox.my_box()) IS NULL))', name);
  END LOOP;
END $$;
