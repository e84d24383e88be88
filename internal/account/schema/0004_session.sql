-- Links that sign a person in once, and the sessions of browsers; only hashes
-- are kept. Times are microseconds since 1970.

CREATE TABLE account_link (
	hash    BLOB PRIMARY KEY,
	person  TEXT NOT NULL,
	maker   TEXT NOT NULL, -- as of account_token
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_link_person ON account_link(person);

CREATE TABLE account_session (
	hash    BLOB PRIMARY KEY,
	id      TEXT NOT NULL UNIQUE, -- by which it is listed and ended
	person  TEXT NOT NULL,
	maker   TEXT NOT NULL, -- of the link that began it
	means   TEXT NOT NULL, -- how the person was recognised
	agent   TEXT NOT NULL, -- what the browser calls itself
	created INTEGER NOT NULL,
	seen    INTEGER NOT NULL,
	reason  TEXT NOT NULL DEFAULT '', -- why personal data is read, for the day it was said on
	purpose TEXT NOT NULL DEFAULT '',
	basis   TEXT NOT NULL DEFAULT '',
	said    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX account_session_person ON account_session(person);
