-- Of which photo a look is that a person enrolled a horse by (SHA-256 of the file): the same one is not taken twice.
ALTER TABLE looks ADD COLUMN photo TEXT CHECK (length(photo) = 64);

CREATE INDEX looks_by_photo ON looks (photo) WHERE photo IS NOT NULL;
