-- What the store itself keeps. Times and sequence numbers are microseconds since 1970.

-- The highest sequence number given out; one row.
CREATE TABLE clock (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	value INTEGER NOT NULL
) STRICT;
INSERT INTO clock(id, value) VALUES (1, 0);

-- Small named values of the node.
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened, in the order of commits, until every consumer has seen it.
CREATE TABLE change (
	seq   INTEGER PRIMARY KEY,
	topic TEXT NOT NULL,
	item  TEXT NOT NULL,
	note  BLOB NOT NULL
) STRICT;
CREATE INDEX change_topic ON change(topic, seq);

-- How far each consumer of changes has come.
CREATE TABLE cursor (
	consumer TEXT PRIMARY KEY,
	seq      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is to be done at a time.
CREATE TABLE due (
	kind    TEXT NOT NULL,
	name    TEXT NOT NULL,
	at      INTEGER NOT NULL,
	payload BLOB NOT NULL,
	attempt INTEGER NOT NULL,
	token   INTEGER NOT NULL,
	PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_at ON due(kind, at);
