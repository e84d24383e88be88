-- What the members of a case write down for each other, every version. Times are microseconds since 1970.

CREATE TABLE note (
	id       TEXT NOT NULL,
	version  INTEGER NOT NULL, -- from 1
	casefile TEXT NOT NULL,
	person   TEXT NOT NULL,
	at       INTEGER NOT NULL,
	text     TEXT NOT NULL,
	PRIMARY KEY (id, version)
) STRICT;
CREATE INDEX note_case ON note(casefile, id);
