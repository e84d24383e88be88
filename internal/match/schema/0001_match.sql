-- Hit / no-hit matching, at both ends. Times are microseconds since 1970, 0: not yet; digests are 32 bytes.

-- What persons have offered: identifiers, for a pact and a purpose.
CREATE TABLE match_offer (
	id         TEXT PRIMARY KEY,
	pact       TEXT NOT NULL,
	purpose    TEXT NOT NULL,
	scheme     TEXT NOT NULL,    -- type and version of its normaliser
	input      BLOB NOT NULL,    -- normalised
	class      INTEGER NOT NULL, -- one category of persons, as one bit
	desk       TEXT NOT NULL,    -- whom to ask after a hit
	item       TEXT NOT NULL,    -- what we hold about it, or ''
	casefile   TEXT NOT NULL,    -- or ''
	assessment TEXT NOT NULL,    -- where it concerns a person, else ''
	person     TEXT NOT NULL,    -- who offered it
	at         INTEGER NOT NULL,
	withdrawn  INTEGER NOT NULL,
	withdrawer TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX match_offer_live ON match_offer(pact, purpose, scheme, input) WHERE withdrawn = 0;
CREATE INDEX match_offer_page ON match_offer(pact, at, id);

-- The keys that were announced, ours and others'.
CREATE TABLE match_epoch (
	answerer TEXT NOT NULL,
	pact     TEXT NOT NULL,
	epoch    INTEGER NOT NULL,
	version  BLOB NOT NULL,    -- of the pact
	starts   INTEGER NOT NULL,
	until    INTEGER NOT NULL,
	raw      BLOB NOT NULL,    -- the announcement
	seed     BLOB NOT NULL,    -- of our key, sealed; empty when it is another's, or destroyed
	ended    INTEGER NOT NULL,
	PRIMARY KEY (answerer, pact, epoch)
) STRICT;

-- Sets, by who answers from them and who asks. One is ready at a time for each
-- partner, pact, purpose, scheme and epoch.
CREATE TABLE match_set (
	id       INTEGER PRIMARY KEY,
	answerer TEXT NOT NULL,
	asker    TEXT NOT NULL,
	pact     TEXT NOT NULL,
	purpose  TEXT NOT NULL,
	scheme   TEXT NOT NULL,
	epoch    INTEGER NOT NULL,
	serial   INTEGER NOT NULL, -- 0 while it is built
	digest   BLOB NOT NULL,    -- of the header
	header   BLOB NOT NULL,
	state    TEXT NOT NULL,    -- building, announced, ready, past, refused
	parts    INTEGER NOT NULL, -- messages of rows; of ours, how many have gone
	at       INTEGER NOT NULL
) STRICT;
CREATE INDEX match_set_line ON match_set(answerer, asker, pact, purpose, scheme, epoch);
CREATE INDEX match_set_digest ON match_set(digest);

-- The rows of a set, 256 in a chunk.
CREATE TABLE match_row (
	owner INTEGER NOT NULL,
	chunk INTEGER NOT NULL,
	rows  BLOB NOT NULL,
	PRIMARY KEY (owner, chunk)
) STRICT;

-- What takes a set of ours to the next, until it has gone to the asker.
CREATE TABLE match_delta (
	owner INTEGER NOT NULL,
	part  INTEGER NOT NULL,
	raw   BLOB NOT NULL,
	PRIMARY KEY (owner, part)
) STRICT;

-- In which messages the rows of a partner's set came, until they are together.
CREATE TABLE match_piece (
	digest   BLOB NOT NULL, -- of the set's header
	part     INTEGER NOT NULL,
	parts    INTEGER NOT NULL,
	delta    INTEGER NOT NULL,
	envelope TEXT NOT NULL,
	PRIMARY KEY (digest, part)
) STRICT;

-- What is in which of our sets, and under which reference an asker knows it.
CREATE TABLE match_member (
	offer     TEXT NOT NULL,
	asker     TEXT NOT NULL,
	epoch     INTEGER NOT NULL,
	reference BLOB NOT NULL,
	came      INTEGER NOT NULL, -- serial of the set; 0 while it is built
	gone      INTEGER NOT NULL, -- serial of the set that has it no more; 0: it has
	since     INTEGER NOT NULL, -- when it was committed
	PRIMARY KEY (offer, asker, epoch)
) STRICT;
CREATE INDEX match_member_reference ON match_member(reference);

-- Questions of ours.
CREATE TABLE match_question (
	id       TEXT PRIMARY KEY,
	partner  TEXT NOT NULL,
	pact     TEXT NOT NULL,
	purpose  TEXT NOT NULL,
	scheme   TEXT NOT NULL,
	epoch    INTEGER NOT NULL,
	casefile TEXT NOT NULL,
	person   TEXT NOT NULL,
	at       INTEGER NOT NULL,
	inputs   INTEGER NOT NULL, -- without the dummies
	count    INTEGER NOT NULL, -- with them: what it cost
	digest   BLOB NOT NULL UNIQUE,
	raw      BLOB NOT NULL,
	opening  BLOB NOT NULL,    -- sealed to the auditors
	own      BLOB NOT NULL,    -- the opening sealed to the node, until it is answered
	lane     TEXT NOT NULL,
	state    TEXT NOT NULL,    -- asked, answered, refused, failed
	why      BLOB NOT NULL,    -- JSON of a refusal; empty for none
	answered INTEGER NOT NULL,
	hits     INTEGER NOT NULL,
	canaries INTEGER NOT NULL, -- inputs beyond those, asked to see whether a set is stuffed
	caught   INTEGER NOT NULL, -- canaries that hit
	batch    TEXT NOT NULL,
	part     INTEGER NOT NULL
) STRICT;
CREATE INDEX match_question_page ON match_question(at, id);
CREATE INDEX match_question_batch ON match_question(batch);

CREATE TABLE match_hit (
	question  TEXT NOT NULL,
	place     INTEGER NOT NULL,
	input     BLOB NOT NULL,
	reference BLOB NOT NULL,
	class     INTEGER NOT NULL,
	desk      TEXT NOT NULL,
	PRIMARY KEY (question, place)
) STRICT;

-- Many questions as one job, and what is still to be asked, sealed to the node.
CREATE TABLE match_batch (
	id       TEXT PRIMARY KEY,
	partner  TEXT NOT NULL,
	pact     TEXT NOT NULL,
	purpose  TEXT NOT NULL,
	scheme   TEXT NOT NULL,
	casefile TEXT NOT NULL,
	person   TEXT NOT NULL,
	at       INTEGER NOT NULL,
	inputs   INTEGER NOT NULL,
	parts    INTEGER NOT NULL,
	asked    INTEGER NOT NULL, -- parts
	state    TEXT NOT NULL,    -- running, paused, waiting, done, stopped
	why      BLOB NOT NULL,
	ended    INTEGER NOT NULL
) STRICT;

CREATE TABLE match_batch_part (
	batch  TEXT NOT NULL,
	part   INTEGER NOT NULL,
	inputs BLOB NOT NULL,
	PRIMARY KEY (batch, part)
) STRICT;

-- Questions of partners, with what they were answered.
CREATE TABLE match_asked (
	digest    BLOB PRIMARY KEY,
	partner   TEXT NOT NULL,
	pact      TEXT NOT NULL,
	purpose   TEXT NOT NULL,
	scheme    TEXT NOT NULL,
	epoch     INTEGER NOT NULL,
	pseudonym TEXT NOT NULL,
	lane      TEXT NOT NULL,
	count     INTEGER NOT NULL,
	at        INTEGER NOT NULL,
	due       INTEGER NOT NULL, -- when the answer goes, or went
	answer    BLOB NOT NULL,
	repeats   INTEGER NOT NULL  -- how often the same bytes came again
) STRICT;

-- What of its budget a partner has spent in a day of UTC.
CREATE TABLE match_day (
	partner   TEXT NOT NULL,
	pact      TEXT NOT NULL,
	day       TEXT NOT NULL,
	questions INTEGER NOT NULL,
	spent     INTEGER NOT NULL, -- elements
	refused   INTEGER NOT NULL,
	warned    INTEGER NOT NULL, -- 1: a person was told
	PRIMARY KEY (partner, pact, day)
) STRICT;

-- To whom the openings of questions are sealed.
CREATE TABLE match_auditor (
	recipient TEXT PRIMARY KEY, -- age
	person    TEXT NOT NULL,
	at        INTEGER NOT NULL
) STRICT;

-- Two signed things that should not both exist.
CREATE TABLE match_evidence (
	id    TEXT PRIMARY KEY,
	org   TEXT NOT NULL,
	pact  TEXT NOT NULL,
	at    INTEGER NOT NULL,
	why   TEXT NOT NULL,
	first BLOB NOT NULL,
	other BLOB NOT NULL,
	envelope TEXT NOT NULL -- in which the other came
) STRICT;

-- What the node keeps for itself, sealed.
CREATE TABLE match_secret (
	name TEXT PRIMARY KEY,
	raw  BLOB NOT NULL
) STRICT;
