-- A picture without colour, by infrared light: what such looks have in common is not what those by day have. Of older looks
-- nobody knows; most are by day.
ALTER TABLE looks ADD COLUMN infrared INTEGER NOT NULL DEFAULT 0 CHECK (infrared IN (0, 1));
