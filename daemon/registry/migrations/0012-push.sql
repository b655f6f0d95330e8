-- Browsers that are told of alerts by a push service. Each belongs to a user: where that one goes, it goes.
CREATE TABLE push_devices (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  -- Where its push service takes messages for it: whoever knows it and the box's keys may write there.
  endpoint TEXT NOT NULL UNIQUE CHECK (length(endpoint) BETWEEN 10 AND 1000),
  -- What messages to it are encrypted with: its public key, and what both sides know.
  p256dh BLOB NOT NULL CHECK (length(p256dh) = 65),
  auth BLOB NOT NULL CHECK (length(auth) = 16),
  language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 8),
  -- What is less severe is not told there.
  least TEXT NOT NULL CHECK (least IN ('info', 'warning', 'critical')),
  created_ms INTEGER NOT NULL CHECK (created_ms > 1577836800000)
) STRICT;

CREATE INDEX push_devices_by_user ON push_devices (user_id);

-- With a user's version his passes end, on every device: whoever has one of them must not go on hearing.
CREATE TRIGGER push_devices_revoked AFTER UPDATE OF version ON users WHEN new.version <> old.version
BEGIN
  DELETE FROM push_devices WHERE user_id = new.id;
END;
