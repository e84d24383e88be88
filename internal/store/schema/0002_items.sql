-- Items and holdings. Texts that come back again and again are interned in word.

CREATE TABLE word (
	id   INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;

-- One row for each version of an object that differs in its bytes.
CREATE TABLE item (
	seq      INTEGER PRIMARY KEY, -- date_added
	name     INTEGER NOT NULL,    -- hash of id
	id       TEXT NOT NULL,
	type     INTEGER NOT NULL,    -- word
	spec     INTEGER NOT NULL,    -- 20, 21
	created  INTEGER NOT NULL,    -- 0: none
	version  INTEGER NOT NULL,    -- modified, else created, else seq
	modified TEXT NOT NULL,       -- as written; '': none
	tlp      INTEGER NOT NULL,    -- of the object's own markings
	personal INTEGER NOT NULL,    -- 1: concerns a person
	digest   BLOB NOT NULL,       -- SHA-256 of raw
	found    BLOB NOT NULL,       -- what value and edge hold of it, see found.go
	raw      BLOB NOT NULL
) STRICT;

CREATE INDEX item_type ON item(type, seq);

-- What a collection shows, in the order in which it came to show it.
CREATE TABLE listing (
	list INTEGER NOT NULL, -- word
	seq  INTEGER NOT NULL,
	item INTEGER NOT NULL,
	PRIMARY KEY (list, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX listing_item ON listing(item, list);

-- A set of handling labels, as many holdings share it.
CREATE TABLE class (
	id       INTEGER PRIMARY KEY,
	label    TEXT NOT NULL UNIQUE, -- Handling.Key
	handling TEXT NOT NULL         -- JSON
) STRICT;

-- An item as given by someone under something, for a case or none.
CREATE TABLE holding (
	item     INTEGER NOT NULL,
	giver    INTEGER NOT NULL, -- word, as the next three; 0: none
	under    INTEGER NOT NULL,
	casefile INTEGER NOT NULL,
	envelope INTEGER NOT NULL,
	terms    INTEGER NOT NULL, -- word: digest of the pact or profile
	class    INTEGER NOT NULL,
	tlp      INTEGER NOT NULL, -- of the class
	received INTEGER NOT NULL,
	until    INTEGER NOT NULL, -- 0: no end of retention
	state    INTEGER NOT NULL,
	PRIMARY KEY (item, giver, under, casefile)
) STRICT, WITHOUT ROWID;
CREATE INDEX holding_from ON holding(giver, under, item);
CREATE INDEX holding_until ON holding(until, item) WHERE until > 0;

-- Who may read a TLP:RED holding.
CREATE TABLE recipient (
	item     INTEGER NOT NULL,
	giver    INTEGER NOT NULL,
	under    INTEGER NOT NULL,
	casefile INTEGER NOT NULL,
	person   INTEGER NOT NULL,
	PRIMARY KEY (item, giver, under, casefile, person)
) STRICT, WITHOUT ROWID;

-- What was recalled before it came.
CREATE TABLE tombstone (
	giver    INTEGER NOT NULL,
	under    INTEGER NOT NULL,
	envelope TEXT NOT NULL, -- that carries it
	object   BLOB NOT NULL, -- its salted digest there
	at       INTEGER NOT NULL,
	PRIMARY KEY (giver, under, envelope, object)
) STRICT, WITHOUT ROWID;

-- The key under which an item's bytes lie in backups; backed up apart.
CREATE TABLE item_key (
	item INTEGER PRIMARY KEY,
	key  BLOB NOT NULL
) STRICT;
