-- Only where TimescaleDB is installed: history in parts by week, kept for two years. Not packed: TimescaleDB does not pack a table whose
-- rows are guarded by row-level security. Untested: no server with TimescaleDB was at hand.
CREATE OR REPLACE FUNCTION barnbox.now_ms() RETURNS bigint LANGUAGE sql STABLE
  AS 'SELECT (extract(epoch FROM now()) * 1000)::bigint';
SELECT create_hypertable('barnbox.sightings', 'from_ms', chunk_time_interval => 604800000, if_not_exists => true, migrate_data => true);
SELECT set_integer_now_func('barnbox.sightings', 'barnbox.now_ms', replace_if_exists => true);
SELECT add_retention_policy('barnbox.sightings', 63072000000, if_not_exists => true);
