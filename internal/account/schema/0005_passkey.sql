-- Passkeys, and what was asked of one and is not answered yet. Times are
-- microseconds since 1970.

CREATE TABLE account_passkey (
	id      TEXT PRIMARY KEY, -- by which it is listed and removed: half of a hash of the credential's
	person  TEXT NOT NULL,
	name    TEXT NOT NULL,    -- as its person calls it
	record  BLOB NOT NULL,    -- public key and counter, as internal/passkey writes them
	created INTEGER NOT NULL,
	used    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX account_passkey_person ON account_passkey(person);

CREATE TABLE account_challenge (
	bound   TEXT PRIMARY KEY, -- to a session, or to a browser before there is one
	name    TEXT NOT NULL,    -- of the passkey that is to be
	state   BLOB NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_challenge_expires ON account_challenge(expires);
