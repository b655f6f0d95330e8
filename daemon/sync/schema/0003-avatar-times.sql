-- When the picture was taken; null where nobody knows.
ALTER TABLE barnbox.seen ADD COLUMN avatar_ms bigint;
