-- Requests of persons concerned, what was done for them, and breaches. Times are microseconds since 1970; raw is JSON.

CREATE TABLE subject_request (
	id     TEXT PRIMARY KEY,
	at     INTEGER NOT NULL, -- when it came
	due    INTEGER NOT NULL,
	closed INTEGER NOT NULL, -- 0: open
	raw    BLOB NOT NULL
) STRICT;
CREATE INDEX subject_request_due ON subject_request(closed, due);

CREATE TABLE subject_deed (
	request TEXT NOT NULL,
	n       INTEGER NOT NULL, -- from 1
	at      INTEGER NOT NULL,
	person  TEXT NOT NULL,
	what    TEXT NOT NULL,
	note    TEXT NOT NULL,
	PRIMARY KEY (request, n)
) STRICT;

CREATE TABLE subject_breach (
	id  TEXT PRIMARY KEY,
	at  INTEGER NOT NULL,
	raw BLOB NOT NULL
) STRICT;
