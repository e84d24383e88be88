-- What became of what tools brought, and searches that are saved. Times are microseconds since 1970.

CREATE TABLE shelf_status (
	id   TEXT PRIMARY KEY,
	who  TEXT NOT NULL, -- the tool or person that it is told to
	root TEXT NOT NULL,
	at   INTEGER NOT NULL,
	raw  BLOB NOT NULL  -- JSON, as TAXII has it
) STRICT;
CREATE INDEX shelf_status_at ON shelf_status(at);

CREATE TABLE shelf_search (
	id     TEXT PRIMARY KEY, -- UUID, which is its collection's
	name   TEXT NOT NULL UNIQUE,
	matter TEXT NOT NULL,    -- case id, or empty
	person TEXT NOT NULL,    -- who saved it
	at     INTEGER NOT NULL,
	raw    BLOB NOT NULL     -- JSON of the filter
) STRICT;
