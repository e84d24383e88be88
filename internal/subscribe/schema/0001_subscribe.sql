-- What we read of other organisations' servers. Times are microseconds since 1970; 0: never.

CREATE TABLE subscribe_feed (
	name     TEXT PRIMARY KEY,
	terms    BLOB NOT NULL,    -- JSON: what the administrator said
	method   TEXT NOT NULL,    -- none, password or token
	secret   BLOB NOT NULL,    -- sealed to the node; empty for none
	state    TEXT NOT NULL,    -- active, paused, stopped
	place    TEXT NOT NULL,    -- how far it was read: a taxii.Cursor
	root     TEXT NOT NULL,    -- API root in use; empty until it is known
	version  TEXT NOT NULL,    -- of TAXII in use; empty until it is known
	turn     INTEGER NOT NULL, -- changes with every change of this row
	run      INTEGER NOT NULL, -- number of the newest run
	failures INTEGER NOT NULL, -- in a row
	cuts     INTEGER NOT NULL, -- runs in a row that were ended because there was always more
	why      BLOB NOT NULL,    -- JSON: why the last run failed, or why it stands; empty: nothing is wrong
	added    INTEGER NOT NULL
) STRICT;

-- One row a run; runs in a row that found nothing are one row.
CREATE TABLE subscribe_run (
	name        TEXT NOT NULL,
	run         INTEGER NOT NULL,
	began       INTEGER NOT NULL,
	ended       INTEGER NOT NULL,
	outcome     TEXT NOT NULL,    -- running, done, cut, failed, broken-off
	times       INTEGER NOT NULL, -- runs that this row stands for
	requests    INTEGER NOT NULL,
	pages       INTEGER NOT NULL,
	seen        INTEGER NOT NULL, -- objects: the sum of the five below
	taken       INTEGER NOT NULL,
	known       INTEGER NOT NULL, -- byte for byte
	theirs      INTEGER NOT NULL, -- here as a partner gave them
	quarantined INTEGER NOT NULL,
	passed      INTEGER NOT NULL, -- of types that were not asked for
	why         BLOB NOT NULL,
	PRIMARY KEY (name, run)
) STRICT;

-- What could not be taken in, byte for byte, each object once.
CREATE TABLE subscribe_quarantine (
	id     INTEGER PRIMARY KEY,
	name   TEXT NOT NULL,
	digest BLOB NOT NULL,
	object TEXT NOT NULL,    -- its id, where it can be read
	at     INTEGER NOT NULL, -- when it came first
	times  INTEGER NOT NULL, -- how often it came
	size   INTEGER NOT NULL,
	why    BLOB NOT NULL,
	raw    BLOB NOT NULL,
	UNIQUE (name, digest)
) STRICT;
