-- Who read what concerns a person, for oversight alone, with a retention of its own.
-- The own log says that somebody read, and never what: these rows do, and are forgotten.

CREATE TABLE gate_reading (
	id      TEXT PRIMARY KEY,
	at      INTEGER NOT NULL,
	person  TEXT NOT NULL, -- '' for a tool
	token   TEXT NOT NULL, -- '' for a person
	what    TEXT NOT NULL, -- item, page, search ...
	reason  TEXT NOT NULL,
	purpose TEXT NOT NULL
) STRICT;
CREATE INDEX gate_reading_at ON gate_reading(at);

CREATE TABLE gate_reading_item (
	item    INTEGER NOT NULL,
	reading TEXT NOT NULL,
	PRIMARY KEY (item, reading)
) STRICT;

-- Answers about what concerns a person, until they are signed.
CREATE TABLE gate_answers (
	id     TEXT PRIMARY KEY, -- of the assessment
	person TEXT NOT NULL,    -- who answered first
	at     INTEGER NOT NULL,
	raw    BLOB NOT NULL     -- the assessment, with the signatures so far
) STRICT;
CREATE INDEX gate_answers_at ON gate_answers(at);

-- Marks that travelled, ours and others', and whether somebody has looked at those that wait for it.
CREATE TABLE gate_mark (
	id      TEXT PRIMARY KEY,
	giver   TEXT NOT NULL, -- who marks
	partner TEXT NOT NULL, -- whom it tells
	pact    TEXT NOT NULL,
	state   INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	open    INTEGER NOT NULL, -- 1: a receiver's mark that waits for a legal officer of ours
	raw     BLOB NOT NULL
) STRICT;
CREATE INDEX gate_mark_open ON gate_mark(open, at);

-- Assessments drawn to be made a second time, by somebody else who does not see the first.
CREATE TABLE gate_sample (
	assessment BLOB PRIMARY KEY,
	at         INTEGER NOT NULL
) STRICT;
