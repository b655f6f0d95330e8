-- When a horse's picture was taken; of those that are there already, and of photos, nobody knows.
ALTER TABLE horses ADD COLUMN avatar_ms INTEGER CHECK (avatar_ms > 1577836800000);
