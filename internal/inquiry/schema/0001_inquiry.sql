-- Inquiries, ours and others'. Times are microseconds since 1970, 0: never; raw is the JSON of an object of ours.

CREATE TABLE inquiry (
	id        TEXT PRIMARY KEY,
	side      TEXT NOT NULL,    -- ours: asker, asked
	partner   TEXT NOT NULL,
	pact      TEXT NOT NULL,    -- '' for one made elsewhere
	casefile  TEXT NOT NULL,    -- ours; '' where it belongs to none yet
	personal  INTEGER NOT NULL,
	kind      TEXT NOT NULL,
	purpose   TEXT NOT NULL,
	urgency   INTEGER NOT NULL,
	informs   INTEGER NOT NULL,
	stage     TEXT NOT NULL,    -- mithaq.Life
	back      TEXT NOT NULL,
	question  TEXT NOT NULL,    -- the open step that asked for a clarification
	due       INTEGER NOT NULL, -- mithaq.Clock
	remaining INTEGER NOT NULL,
	overdue   INTEGER NOT NULL, -- since when it was found to be
	late      INTEGER NOT NULL, -- it ever was
	at        INTEGER NOT NULL, -- when it came to be here
	moved     INTEGER NOT NULL, -- when the last step was taken
	began     INTEGER NOT NULL, -- when the clock began
	ended     INTEGER NOT NULL, -- when it was answered or refused
	opened    INTEGER NOT NULL, -- when a person first read it
	ground    TEXT NOT NULL,    -- of a refusal
	envelope  TEXT NOT NULL,    -- in which it crossed
	why       BLOB NOT NULL,    -- JSON: what the partner's gate said when it did not take it; or empty
	raw       BLOB NOT NULL,    -- empty once it was taken back
	elsewhere BLOB NOT NULL     -- JSON of what was made elsewhere; else empty
) STRICT;
CREATE INDEX inquiry_stage ON inquiry(side, stage, due);
CREATE INDEX inquiry_case ON inquiry(casefile);

CREATE TABLE inquiry_step (
	inquiry  TEXT NOT NULL,
	position INTEGER NOT NULL,
	id       TEXT NOT NULL,
	kind     TEXT NOT NULL,
	side     TEXT NOT NULL,    -- who took it
	person   TEXT NOT NULL,    -- of ours, or a partner's pseudonym
	at       INTEGER NOT NULL,
	crossed  INTEGER NOT NULL, -- it crossed a step of ours, and changed nothing
	envelope TEXT NOT NULL,    -- by which it went; '' for what stayed or came
	refused  TEXT NOT NULL,    -- why the partner's node did not take it
	raw      BLOB NOT NULL,    -- empty for what stays with us
	PRIMARY KEY (inquiry, position)
) STRICT;
CREATE INDEX inquiry_step_envelope ON inquiry_step(envelope);

-- Approvals of what we ask.
CREATE TABLE inquiry_approval (
	inquiry TEXT NOT NULL,
	person  TEXT NOT NULL,
	raw     BLOB NOT NULL,
	PRIMARY KEY (inquiry, person)
) STRICT;

-- Items that went or came as answers.
CREATE TABLE inquiry_answer (
	inquiry  TEXT NOT NULL,
	envelope TEXT NOT NULL,
	releaseid TEXT NOT NULL,
	items    INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (inquiry, envelope)
) STRICT;
