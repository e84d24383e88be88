-- The logs. Hashes are 32 bytes, several of them one after the other.

-- One row a log. The root and the next roots follow from the frontier.
CREATE TABLE log (
	id       INTEGER PRIMARY KEY,
	origin   TEXT NOT NULL UNIQUE,
	kind     TEXT NOT NULL CHECK (kind IN ('kept', 'shared', 'mirror')),
	size     INTEGER NOT NULL,
	root     BLOB NOT NULL,
	frontier BLOB NOT NULL,
	signed   INTEGER NOT NULL, -- size of our newest checkpoint; 0 before the first
	cosigned INTEGER NOT NULL  -- the newest size with a cosignature; 0 before the first
) STRICT;

-- One row a leaf, with what opens it. Erasing the content half leaves its
-- commitment in content; before that it follows from root and salt.
CREATE TABLE entry (
	log          INTEGER NOT NULL,
	idx          INTEGER NOT NULL,
	leaf         BLOB NOT NULL,
	account      BLOB NOT NULL, -- JCS
	account_salt BLOB NOT NULL,
	content_root BLOB,
	content_salt BLOB,
	content      BLOB,
	kind         TEXT, -- these three, for finding: the node's own log alone
	person       TEXT,
	at           INTEGER, -- microseconds since 1970
	PRIMARY KEY (log, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_kind ON entry(log, kind, idx) WHERE kind IS NOT NULL;
CREATE INDEX entry_person ON entry(log, person, idx) WHERE person IS NOT NULL;
CREATE INDEX entry_at ON entry(log, at, idx) WHERE at IS NOT NULL;

-- Up to 256 hashes a row. Level 0 has full tiles alone, except in a mirror.
CREATE TABLE tile (
	log    INTEGER NOT NULL,
	level  INTEGER NOT NULL,
	n      INTEGER NOT NULL,
	hashes BLOB NOT NULL,
	PRIMARY KEY (log, level, n)
) STRICT;

-- Signed notes of a log: what we signed of ours, what we were given of others.
CREATE TABLE checkpoint (
	log  INTEGER NOT NULL,
	size INTEGER NOT NULL,
	note TEXT NOT NULL,
	at   INTEGER NOT NULL, -- microseconds since 1970
	PRIMARY KEY (log, size)
) STRICT;

-- The lines of witnesses under a checkpoint.
CREATE TABLE cosignature (
	log     INTEGER NOT NULL,
	size    INTEGER NOT NULL,
	witness TEXT NOT NULL,
	lines   TEXT NOT NULL,
	PRIMARY KEY (log, size, witness)
) STRICT;

-- As a witness: the newest tree of each origin that we cosigned.
CREATE TABLE witnessed (
	origin TEXT PRIMARY KEY,
	size   INTEGER NOT NULL,
	root   BLOB NOT NULL,
	note   TEXT NOT NULL -- signed; empty where the tree was our own copy
) STRICT;

-- Checkpoints of other parties' logs, as anybody showed them to us.
CREATE TABLE seen (
	origin TEXT NOT NULL,
	size   INTEGER NOT NULL,
	root   BLOB NOT NULL,
	note   TEXT NOT NULL,
	PRIMARY KEY (origin, size)
) STRICT;
