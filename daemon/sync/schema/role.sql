-- A role that may do what one box of one farm needs, and no more. Once the schema is there, by its owner:
--   psql DATABASE -v role=barn_north -v farm=sunnyside -v box=0123456789ab -f role.sql
-- then give it a password: \password barn_north. An empty box (-v box=) lets it speak for all boxes of the farm.
\set ON_ERROR_STOP on
BEGIN;
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 4;
INSERT INTO barnbox.members (role, farm, box) VALUES (:'role', :'farm', nullif(:'box', ''));
GRANT USAGE ON SCHEMA barnbox TO :"role";
GRANT SELECT ON barnbox.migrations, barnbox.server TO :"role";
GRANT SELECT, INSERT, UPDATE ON barnbox.boxes, barnbox.horses, barnbox.seen, barnbox.corrections, barnbox.looks,
  barnbox.sightings TO :"role";
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON barnbox.blobs TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON barnbox.vectors TO :"role";
COMMIT;
