CREATE TABLE change (
	seq   INTEGER PRIMARY KEY,
	topic TEXT NOT NULL,
	item  TEXT NOT NULL,
	note  BLOB NOT NULL
) STRICT;

CREATE INDEX change_topic ON change(topic, seq);

CREATE TABLE class (
	id       INTEGER PRIMARY KEY,
	label    TEXT NOT NULL UNIQUE, -- Handling.Key
	handling TEXT NOT NULL         -- JSON
) STRICT;

CREATE TABLE clock (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	value INTEGER NOT NULL
) STRICT;

CREATE TABLE cursor (
	consumer TEXT PRIMARY KEY,
	seq      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE due (
	kind    TEXT NOT NULL,
	name    TEXT NOT NULL,
	at      INTEGER NOT NULL,
	payload BLOB NOT NULL,
	attempt INTEGER NOT NULL,
	token   INTEGER NOT NULL, holder INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX due_at ON due(kind, at);

CREATE INDEX due_holder ON due(holder) WHERE holder <> 0;

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

CREATE TABLE hidden (
	list   INTEGER NOT NULL, -- word
	item   INTEGER NOT NULL,
	reader INTEGER NOT NULL, -- word; 0: everybody
	PRIMARY KEY (list, item, reader)
) STRICT, WITHOUT ROWID;

CREATE INDEX hidden_item ON hidden(item);

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
	state    INTEGER NOT NULL, type INTEGER NOT NULL DEFAULT 0, listed INTEGER NOT NULL DEFAULT 0, sole INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (item, giver, under, casefile)
) STRICT, WITHOUT ROWID;

CREATE INDEX holding_from ON holding(giver, under, item);

CREATE INDEX holding_listed ON holding(casefile, tlp, listed, state, sole);

CREATE INDEX holding_type ON holding(type, listed);

CREATE INDEX holding_under ON holding(under, listed);

CREATE INDEX holding_until ON holding(until, item) WHERE until > 0;

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

CREATE TABLE item_key (
	item INTEGER PRIMARY KEY,
	key  BLOB NOT NULL
) STRICT;

CREATE TABLE last_word (
	item INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE listed (
	list     INTEGER NOT NULL, -- word
	casefile INTEGER NOT NULL,
	tlp      INTEGER NOT NULL,
	seq      INTEGER NOT NULL, -- the place
	item     INTEGER NOT NULL,
	giver    INTEGER NOT NULL,
	under    INTEGER NOT NULL,
	PRIMARY KEY (list, casefile, tlp, seq, item, giver, under)
) STRICT, WITHOUT ROWID;

CREATE INDEX listed_item ON listed(item, list);

CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE migration (
	capability TEXT NOT NULL,
	number     INTEGER NOT NULL,
	name       TEXT NOT NULL,
	digest     TEXT NOT NULL,
	PRIMARY KEY (capability, number)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE recipient (
	item     INTEGER NOT NULL,
	giver    INTEGER NOT NULL,
	under    INTEGER NOT NULL,
	casefile INTEGER NOT NULL,
	person   INTEGER NOT NULL,
	PRIMARY KEY (item, giver, under, casefile, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX recipient_person ON recipient(person, item);

CREATE TABLE tombstone (
	giver    INTEGER NOT NULL,
	under    INTEGER NOT NULL,
	envelope TEXT NOT NULL, -- that carries it
	object   BLOB NOT NULL, -- its salted digest there
	at       INTEGER NOT NULL,
	PRIMARY KEY (giver, under, envelope, object)
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

CREATE TABLE word (
	id   INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;

