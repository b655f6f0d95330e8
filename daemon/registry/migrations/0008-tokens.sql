-- Programs that may use the box. A token is long and random, so that its plain hash is enough to know it by.
CREATE TABLE tokens (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 60),
  role TEXT NOT NULL CHECK (role IN ('admin', 'caretaker', 'viewer')),
  -- SHA-256 of the token; never the token.
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  created_ms INTEGER NOT NULL CHECK (created_ms > 1577836800000),
  -- To within minutes; null until it is used.
  last_used_ms INTEGER
) STRICT;
