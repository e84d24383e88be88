-- Whom we speak with, and what passed between us. Times are microseconds since 1970; digests are 32 bytes.

CREATE TABLE peer_partner (
	org         TEXT PRIMARY KEY,
	kind        TEXT NOT NULL CHECK (kind IN ('peer', 'plain')),
	state       TEXT NOT NULL,
	why         TEXT NOT NULL,    -- of the state: the key of a sentence, or ''
	fingerprint BLOB NOT NULL,    -- of the organisation key; empty for a plain partner
	card        BLOB NOT NULL,    -- the current one; empty for a plain partner
	serial      INTEGER NOT NULL,
	introduced  INTEGER NOT NULL,
	pinned      INTEGER NOT NULL  -- when a checkpoint of our own log last went there; 0: due
) STRICT;

-- Every card held, ours too. Two with one serial are evidence.
CREATE TABLE peer_card (
	digest BLOB PRIMARY KEY,
	org    TEXT NOT NULL,
	serial INTEGER NOT NULL,
	raw    BLOB NOT NULL,
	at     INTEGER NOT NULL
) STRICT;
CREATE INDEX peer_card_org ON peer_card(org, serial);

-- Whose each operational key is.
CREATE TABLE peer_key (
	id  TEXT PRIMARY KEY,
	org TEXT NOT NULL,
	use TEXT NOT NULL
) STRICT;

CREATE TABLE peer_acceptance (
	org       TEXT NOT NULL,
	person    TEXT NOT NULL,
	at        INTEGER NOT NULL,
	how       TEXT NOT NULL,
	positions TEXT NOT NULL, -- JSON
	PRIMARY KEY (org, person)
) STRICT;

CREATE TABLE peer_invitation (
	code    BLOB PRIMARY KEY, -- SHA-256
	person  TEXT NOT NULL,
	note    TEXT NOT NULL,
	expires INTEGER NOT NULL,
	used_by TEXT NOT NULL     -- organisation, '' while open
) STRICT;

-- One row a lane of a direction of a link.
CREATE TABLE peer_lane (
	id       INTEGER PRIMARY KEY,
	pact     TEXT NOT NULL, -- '' on the acquaintance
	sender   TEXT NOT NULL,
	receiver TEXT NOT NULL,
	lane     TEXT NOT NULL,
	origin   TEXT NOT NULL UNIQUE,
	log      INTEGER NOT NULL,
	next     INTEGER NOT NULL, -- sequence
	previous BLOB NOT NULL,    -- digest of the last header; empty at first
	frozen   TEXT NOT NULL,    -- why: the key of a sentence, or ''
	trouble  TEXT NOT NULL     -- why the last delivery failed, or ''
) STRICT;
CREATE INDEX peer_lane_sender ON peer_lane(sender, pact);
CREATE INDEX peer_lane_receiver ON peer_lane(receiver, pact);

-- One row a message. What it carried is elsewhere: items in the store, our own
-- objects in peer_object.
CREATE TABLE peer_envelope (
	lane     INTEGER NOT NULL,
	sequence INTEGER NOT NULL,
	id       TEXT NOT NULL UNIQUE,
	digest   BLOB NOT NULL,
	kind     TEXT NOT NULL,
	state    TEXT NOT NULL CHECK (state IN ('waiting', 'settled', 'refused')),
	road     TEXT NOT NULL,    -- push, poll, file; '' while waiting
	created  INTEGER NOT NULL, -- when it entered the lane here
	settled  INTEGER NOT NULL, -- when it was receipted; 0 before
	header   BLOB NOT NULL,    -- JCS, with signatures
	salts    BLOB,             -- the content salt, then 16 bytes an object; zeros where erased; NULL once all is
	digests  BLOB NOT NULL,    -- 32 bytes an object
	items    BLOB NOT NULL,    -- 8 bytes an object: its number in the store, or 0
	receipt  BLOB,
	PRIMARY KEY (lane, sequence)
) STRICT;
CREATE INDEX peer_envelope_waiting ON peer_envelope(lane, sequence) WHERE state = 'waiting';

-- Objects that speak for a party, kept with their message.
CREATE TABLE peer_object (
	lane     INTEGER NOT NULL,
	sequence INTEGER NOT NULL,
	position INTEGER NOT NULL,
	raw      BLOB NOT NULL,
	PRIMARY KEY (lane, sequence, position)
) STRICT;

-- Where each item went or came from, for recalls and erasures.
CREATE TABLE peer_reach (
	item     INTEGER NOT NULL,
	lane     INTEGER NOT NULL,
	sequence INTEGER NOT NULL,
	position INTEGER NOT NULL,
	PRIMARY KEY (item, lane, sequence, position)
) STRICT, WITHOUT ROWID;

-- Which checkpoints of others a partner was shown.
CREATE TABLE peer_shown (
	org    TEXT NOT NULL,
	origin TEXT NOT NULL,
	size   INTEGER NOT NULL,
	PRIMARY KEY (org, origin)
) STRICT;

-- Two signed things that should not both exist.
CREATE TABLE peer_evidence (
	id    TEXT PRIMARY KEY,
	org   TEXT NOT NULL,
	why   TEXT NOT NULL,
	at    INTEGER NOT NULL,
	first BLOB NOT NULL,
	other BLOB NOT NULL
) STRICT;
