-- People who may use the box. Names are compared without regard to case.
CREATE TABLE users (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 60),
  role TEXT NOT NULL CHECK (role IN ('admin', 'caretaker', 'viewer')),
  -- Of the password, with its salt and costs; never the password.
  password_hash TEXT NOT NULL CHECK (length(password_hash) BETWEEN 40 AND 300),
  created_ms INTEGER NOT NULL CHECK (created_ms > 1577836800000),
  -- Grows with every change: what was signed for an older one is no longer taken.
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
