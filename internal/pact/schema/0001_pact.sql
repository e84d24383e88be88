-- The agreements. Times are microseconds since 1970; status as mithaq.PactStatus.

-- A text. "raw" is its canonical form without signatures, of which digest is the hash.
CREATE TABLE pact_version (
	digest   BLOB PRIMARY KEY,
	pact     TEXT NOT NULL,
	version  INTEGER NOT NULL,
	status   INTEGER NOT NULL,
	raw      BLOB NOT NULL,
	drafter  TEXT NOT NULL, -- organisation it came from
	seen     INTEGER NOT NULL,
	since    INTEGER NOT NULL DEFAULT 0, -- in force from
	replaced INTEGER NOT NULL DEFAULT 0  -- superseded from
) STRICT, WITHOUT ROWID;
CREATE INDEX pact_version_pact ON pact_version(pact, version);

CREATE TABLE pact_signature (
	digest BLOB NOT NULL,
	org    TEXT NOT NULL,
	raw    BLOB NOT NULL, -- a mithaq.Signature
	person TEXT NOT NULL, -- who decided it, by pseudonym; empty when unsaid
	at     INTEGER NOT NULL,
	PRIMARY KEY (digest, org)
) STRICT, WITHOUT ROWID;

-- Suspensions that hold. An empty purpose is the whole pact.
CREATE TABLE pact_stop (
	id      TEXT PRIMARY KEY,
	pact    TEXT NOT NULL,
	org     TEXT NOT NULL,
	purpose TEXT NOT NULL,
	since   INTEGER NOT NULL,
	raw     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pact_stop_pact ON pact_stop(pact);

-- Who leaves, and from when.
CREATE TABLE pact_end (
	pact TEXT NOT NULL,
	org  TEXT NOT NULL,
	at   INTEGER NOT NULL,
	raw  BLOB NOT NULL,
	PRIMARY KEY (pact, org)
) STRICT, WITHOUT ROWID;
