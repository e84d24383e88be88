-- The counter of a partner's passkey, and the release for which it stood first:
-- where it stands for another, there are two passkeys like it.
CREATE TABLE gate_counter (
	org     TEXT NOT NULL,
	key     TEXT NOT NULL,
	counter INTEGER NOT NULL,
	release BLOB NOT NULL, -- digest
	PRIMARY KEY (org, key, counter)
) STRICT, WITHOUT ROWID;
