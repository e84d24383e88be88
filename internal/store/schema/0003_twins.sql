-- Indexes whose keys are random: new rows go to the small twin, which is folded
-- into the big one in the order of keys; see twins.go.

CREATE TABLE name (
	hash INTEGER NOT NULL, -- of id
	seq  INTEGER NOT NULL,
	PRIMARY KEY (hash, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE name_new (
	hash INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	PRIMARY KEY (hash, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE value (
	hash INTEGER NOT NULL, -- of kind and text
	seq  INTEGER NOT NULL,
	kind INTEGER NOT NULL, -- word
	text TEXT NOT NULL,
	PRIMARY KEY (hash, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE value_new (
	hash INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (hash, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE edge (
	hash INTEGER NOT NULL, -- of the id referred to
	seq  INTEGER NOT NULL, -- the item that refers
	kind INTEGER NOT NULL, -- word
	PRIMARY KEY (hash, seq, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE edge_new (
	hash INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	PRIMARY KEY (hash, seq, kind)
) STRICT, WITHOUT ROWID;
