-- People and the tools that act for them. Times are microseconds since 1970.

CREATE TABLE account_person (
	id      TEXT PRIMARY KEY, -- pseudonym
	name    TEXT NOT NULL,    -- stays at home
	created INTEGER NOT NULL,
	closed  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE account_role (
	person TEXT NOT NULL,
	role   TEXT NOT NULL,
	first  TEXT NOT NULL,   -- who proposed the grant
	second TEXT NOT NULL,   -- who confirmed it
	since  INTEGER NOT NULL, -- 0 for a role given at set-up
	PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;

-- Grants that wait for a second person.
CREATE TABLE account_grant (
	person   TEXT NOT NULL,
	role     TEXT NOT NULL,
	proposer TEXT NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;

-- Bearer tokens; only their hash is kept. A token is a person's or a service's.
CREATE TABLE account_token (
	hash    BLOB PRIMARY KEY,
	person  TEXT NOT NULL,
	service TEXT NOT NULL,
	label   TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_token_person ON account_token(person);
CREATE INDEX account_token_service ON account_token(service);

-- Tools of ours: what they read for, on which basis, and how much a day.
CREATE TABLE account_service (
	name    TEXT PRIMARY KEY,
	purpose TEXT NOT NULL,
	basis   TEXT NOT NULL,
	matter  TEXT NOT NULL, -- case id, or empty
	owner   TEXT NOT NULL,
	budget  INTEGER NOT NULL,
	day     INTEGER NOT NULL DEFAULT 0, -- days since 1970 that "used" counts
	used    INTEGER NOT NULL DEFAULT 0,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account_credential (
	key     TEXT PRIMARY KEY,
	person  TEXT NOT NULL,
	kind    TEXT NOT NULL,
	ed25519 BLOB NOT NULL,
	mldsa65 BLOB NOT NULL,
	created INTEGER NOT NULL,
	revoked INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX account_credential_person ON account_credential(person);
