-- What the gate decided. Times are microseconds since 1970; digests are 32 bytes; raw is the JSON of an object of ours.

-- Source profiles, every version: the newest of an id counts for new imports.
CREATE TABLE gate_profile (
	digest BLOB PRIMARY KEY,
	id     TEXT NOT NULL,
	at     INTEGER NOT NULL,
	raw    BLOB NOT NULL
) STRICT;
CREATE INDEX gate_profile_id ON gate_profile(id, at);

-- STIX 2.0 as it came, beside the item that was made of it.
CREATE TABLE gate_original (
	item INTEGER PRIMARY KEY,
	raw  BLOB NOT NULL
) STRICT;

CREATE TABLE gate_case (
	id     TEXT PRIMARY KEY,
	closed INTEGER NOT NULL, -- 0: open
	raw    BLOB NOT NULL
) STRICT;

CREATE TABLE gate_case_member (
	person   TEXT NOT NULL,
	casefile TEXT NOT NULL,
	PRIMARY KEY (person, casefile)
) STRICT;

CREATE TABLE gate_assessment (
	digest BLOB PRIMARY KEY,
	id     TEXT NOT NULL UNIQUE,
	org    TEXT NOT NULL, -- whose persons answered
	at     INTEGER NOT NULL,
	raw    BLOB NOT NULL
) STRICT;

-- Which versions an assessment covers.
CREATE TABLE gate_assessed (
	id         TEXT NOT NULL, -- of the object
	item       BLOB NOT NULL, -- digest of the version
	assessment BLOB NOT NULL,
	PRIMARY KEY (id, item, assessment)
) STRICT;

-- Public halves of credentials that speak for a person, certified by us.
CREATE TABLE gate_credential (
	key TEXT PRIMARY KEY,
	raw BLOB NOT NULL
) STRICT;

CREATE TABLE gate_release (
	id       TEXT PRIMARY KEY,
	digest   BLOB NOT NULL,
	partner  TEXT NOT NULL,
	pact     TEXT NOT NULL,
	state    TEXT NOT NULL, -- proposed, sending, sent, refused, stopped
	attended INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	part     INTEGER NOT NULL, -- the next part to send
	per      INTEGER NOT NULL, -- items in a part
	why      TEXT NOT NULL,
	raw      BLOB NOT NULL,
	listing  BLOB NOT NULL, -- see listing.go
	leaves   BLOB NOT NULL, -- of what is listed, 32 bytes each, where somebody may approve it and it is not sent; else empty
	salts    BLOB NOT NULL  -- of these leaves, 16 bytes each; zeros where erased
) STRICT;
CREATE INDEX gate_release_state ON gate_release(state, at);

CREATE TABLE gate_approval (
	release TEXT NOT NULL,
	person  TEXT NOT NULL,
	raw     BLOB NOT NULL,
	PRIMARY KEY (release, person)
) STRICT;

-- One row an envelope of items of ours.
CREATE TABLE gate_delivery (
	envelope TEXT PRIMARY KEY,
	release  TEXT NOT NULL,
	part     INTEGER NOT NULL,
	partner  TEXT NOT NULL,
	state    INTEGER NOT NULL, -- mithaq.DeliveryState
	objects  INTEGER NOT NULL, -- items in it
	accepted INTEGER NOT NULL,
	refused  INTEGER NOT NULL,
	at       INTEGER NOT NULL, -- of the last change
	detail   BLOB NOT NULL     -- JSON of what the receipt refused
) STRICT;
CREATE INDEX gate_delivery_release ON gate_delivery(release, part);

-- What came with items as evidence for them: release, approvals, assessments.
CREATE TABLE gate_evidence (
	envelope TEXT NOT NULL,
	position INTEGER NOT NULL,
	raw      BLOB NOT NULL,
	PRIMARY KEY (envelope, position)
) STRICT;

-- Recalls and narrowings, ours and others', and how far they have come.
CREATE TABLE gate_recall (
	id      TEXT PRIMARY KEY,
	kind    TEXT NOT NULL, -- recall, narrow
	giver   TEXT NOT NULL, -- who takes back
	partner TEXT NOT NULL, -- from whom
	pact    TEXT NOT NULL,
	at      INTEGER NOT NULL,
	answer  TEXT NOT NULL, -- the statement of erasure, '' until it is there
	due     INTEGER NOT NULL, -- by when the pact wants it honoured
	raw     BLOB NOT NULL
) STRICT;
CREATE INDEX gate_recall_open ON gate_recall(answer, due);

-- Statements of erasure, given and got.
CREATE TABLE gate_statement (
	id      TEXT PRIMARY KEY,
	giver   TEXT NOT NULL, -- who states
	partner TEXT NOT NULL, -- to whom
	pact    TEXT NOT NULL,
	cause   TEXT NOT NULL,
	answers TEXT NOT NULL,
	at      INTEGER NOT NULL,
	raw     BLOB NOT NULL
) STRICT;

-- Questions for consent, ours and others', with their answers.
CREATE TABLE gate_consent (
	ask        TEXT PRIMARY KEY,
	asker      TEXT NOT NULL,
	originator TEXT NOT NULL,
	pact       TEXT NOT NULL,
	at         INTEGER NOT NULL,
	question   BLOB NOT NULL,
	answer     BLOB NOT NULL, -- empty until it is there
	until      INTEGER NOT NULL -- of the consent; 0: no end
) STRICT;

-- Items of others that we keep although they were taken back, and why.
CREATE TABLE gate_hold (
	item      INTEGER PRIMARY KEY,
	authority TEXT NOT NULL,
	until     INTEGER NOT NULL, -- 0: no end
	person    TEXT NOT NULL,
	at        INTEGER NOT NULL
) STRICT;
