-- Warninglists and taxonomies as they were published. Times are microseconds since 1970.
CREATE TABLE lists_list (
	name   TEXT PRIMARY KEY, -- of a warninglist; the namespace of a taxonomy
	kind   TEXT NOT NULL,    -- warninglist, taxonomy
	digest BLOB NOT NULL,    -- SHA-256 of raw
	person TEXT NOT NULL,    -- who kept it
	at     INTEGER NOT NULL,
	raw    BLOB NOT NULL
) STRICT;
