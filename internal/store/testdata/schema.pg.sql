-- store 0000_migration
CREATE TABLE IF NOT EXISTS migration (
	capability TEXT COLLATE "C" NOT NULL,
	number     BIGINT NOT NULL,
	name       TEXT COLLATE "C" NOT NULL,
	digest     TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (capability, number)
);
-- store 0001_spine
-- What the store itself keeps. Times and sequence numbers are microseconds since 1970.

-- The highest sequence number given out; one row.
CREATE TABLE clock (
	id    BIGINT PRIMARY KEY CHECK (id = 1),
	value BIGINT NOT NULL
);
INSERT INTO clock(id, value) VALUES (1, 0);

-- Small named values of the node.
CREATE TABLE meta (
	name  TEXT COLLATE "C" PRIMARY KEY,
	value TEXT COLLATE "C" NOT NULL
);

-- What happened, in the order of commits, until every consumer has seen it.
CREATE TABLE change (
	seq   BIGINT PRIMARY KEY,
	topic TEXT COLLATE "C" NOT NULL,
	item  TEXT COLLATE "C" NOT NULL,
	note  BYTEA NOT NULL
);
CREATE INDEX change_topic ON change(topic, seq);

-- How far each consumer of changes has come.
CREATE TABLE cursor (
	consumer TEXT COLLATE "C" PRIMARY KEY,
	seq      BIGINT NOT NULL
);

-- What is to be done at a time.
CREATE TABLE due (
	kind    TEXT COLLATE "C" NOT NULL,
	name    TEXT COLLATE "C" NOT NULL,
	at      BIGINT NOT NULL,
	payload BYTEA NOT NULL,
	attempt BIGINT NOT NULL,
	token   BIGINT NOT NULL,
	PRIMARY KEY (kind, name)
);
CREATE INDEX due_at ON due(kind, at);

-- store 0002_items
-- Items and holdings. Texts that come back again and again are interned in word.

CREATE TABLE word (
	id   BIGINT PRIMARY KEY,
	text TEXT COLLATE "C" NOT NULL UNIQUE
);

-- One row for each version of an object that differs in its bytes.
CREATE TABLE item (
	seq      BIGINT PRIMARY KEY, -- date_added
	name     BIGINT NOT NULL,    -- hash of id
	id       TEXT COLLATE "C" NOT NULL,
	type     BIGINT NOT NULL,    -- word
	spec     BIGINT NOT NULL,    -- 20, 21
	created  BIGINT NOT NULL,    -- 0: none
	version  BIGINT NOT NULL,    -- modified, else created, else seq
	modified TEXT COLLATE "C" NOT NULL,       -- as written; '': none
	tlp      BIGINT NOT NULL,    -- of the object's own markings
	personal BIGINT NOT NULL,    -- 1: concerns a person
	digest   BYTEA NOT NULL,       -- SHA-256 of raw
	found    BYTEA NOT NULL,       -- what value and edge hold of it, see found.go
	raw      BYTEA NOT NULL
);

CREATE INDEX item_type ON item(type, seq);

-- What a collection shows, in the order in which it came to show it.
CREATE TABLE listing (
	list BIGINT NOT NULL, -- word
	seq  BIGINT NOT NULL,
	item BIGINT NOT NULL,
	PRIMARY KEY (list, seq)
);
CREATE UNIQUE INDEX listing_item ON listing(item, list);

-- A set of handling labels, as many holdings share it.
CREATE TABLE class (
	id       BIGINT PRIMARY KEY,
	label    TEXT COLLATE "C" NOT NULL UNIQUE, -- Handling.Key
	handling TEXT COLLATE "C" NOT NULL         -- JSON
);

-- An item as given by someone under something, for a case or none.
CREATE TABLE holding (
	item     BIGINT NOT NULL,
	giver    BIGINT NOT NULL, -- word, as the next three; 0: none
	under    BIGINT NOT NULL,
	casefile BIGINT NOT NULL,
	envelope BIGINT NOT NULL,
	terms    BIGINT NOT NULL, -- word: digest of the pact or profile
	class    BIGINT NOT NULL,
	tlp      BIGINT NOT NULL, -- of the class
	received BIGINT NOT NULL,
	until    BIGINT NOT NULL, -- 0: no end of retention
	state    BIGINT NOT NULL,
	PRIMARY KEY (item, giver, under, casefile)
);
CREATE INDEX holding_from ON holding(giver, under, item);
CREATE INDEX holding_until ON holding(until, item) WHERE until > 0;

-- Who may read a TLP:RED holding.
CREATE TABLE recipient (
	item     BIGINT NOT NULL,
	giver    BIGINT NOT NULL,
	under    BIGINT NOT NULL,
	casefile BIGINT NOT NULL,
	person   BIGINT NOT NULL,
	PRIMARY KEY (item, giver, under, casefile, person)
);

-- What was recalled before it came.
CREATE TABLE tombstone (
	giver    BIGINT NOT NULL,
	under    BIGINT NOT NULL,
	envelope TEXT COLLATE "C" NOT NULL, -- that carries it
	object   BYTEA NOT NULL, -- its salted digest there
	at       BIGINT NOT NULL,
	PRIMARY KEY (giver, under, envelope, object)
);

-- The key under which an item's bytes lie in backups; backed up apart.
CREATE TABLE item_key (
	item BIGINT PRIMARY KEY,
	key  BYTEA NOT NULL
);

-- store 0003_twins
-- PostgreSQL needs no twins.

CREATE TABLE name (
	hash BIGINT NOT NULL,
	seq  BIGINT NOT NULL,
	PRIMARY KEY (hash, seq)
);

CREATE TABLE value (
	hash BIGINT NOT NULL,
	seq  BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	text TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (hash, seq)
);

CREATE TABLE edge (
	hash BIGINT NOT NULL,
	seq  BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	PRIMARY KEY (hash, seq, kind)
);

-- store 0004_shown
-- Holdings carry their own place in listings: a number of the sequence, given
-- when the holding came to be or began to say something else, so that what
-- becomes visible later stands at the end of every listing that shows it.
ALTER TABLE holding ADD COLUMN type BIGINT NOT NULL DEFAULT 0;   -- word, of the item
ALTER TABLE holding ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holding ADD COLUMN sole BIGINT NOT NULL DEFAULT 0;   -- 1: its item has no other holding, and its object no other version
UPDATE holding SET listed = item, type = coalesce((SELECT i.type FROM item i WHERE i.seq = holding.item), 0);

-- A reader's rights are cases and labels: each pair of them is one run of the first index.
CREATE INDEX holding_listed ON holding(casefile, tlp, listed, state, sole); -- all that a page asks of most holdings
CREATE INDEX holding_under ON holding(under, listed);
CREATE INDEX holding_type ON holding(type, listed);
CREATE INDEX recipient_person ON recipient(person, item);

-- What was taken out of one collection, for all readers or for one.
CREATE TABLE hidden (
	list   BIGINT NOT NULL, -- word
	item   BIGINT NOT NULL,
	reader BIGINT NOT NULL, -- word; 0: everybody
	PRIMARY KEY (list, item, reader)
);
CREATE INDEX hidden_item ON hidden(item);

-- Items that say of an object taken back that it was. Their holdings are
-- recalled as well, and collections alone show them.
CREATE TABLE last_word (
	item BIGINT PRIMARY KEY
);

-- store 0005_holder
-- Which process has a job in hand, so that those of one that died come back at once; 0: none.
ALTER TABLE due ADD COLUMN holder BIGINT NOT NULL DEFAULT 0;
CREATE INDEX due_holder ON due(holder) WHERE holder <> 0;

-- store 0006_listed
-- A listing holds holdings, not items, so that each reader finds an item at the
-- place of the first of its holdings there that they may see: a holding that
-- begins to say something else gets a new place at the end, and one out of sight
-- moves nothing. A reader's rights are runs of the key, as in holding_listed.
CREATE TABLE listed (
	list     BIGINT NOT NULL, -- word
	casefile BIGINT NOT NULL,
	tlp      BIGINT NOT NULL,
	seq      BIGINT NOT NULL, -- the place
	item     BIGINT NOT NULL,
	giver    BIGINT NOT NULL,
	under    BIGINT NOT NULL,
	PRIMARY KEY (list, casefile, tlp, seq, item, giver, under)
);
CREATE INDEX listed_item ON listed(item, list);
INSERT INTO listed(list, casefile, tlp, seq, item, giver, under)
	SELECT l.list, h.casefile, h.tlp, l.seq, h.item, h.giver, h.under FROM listing l JOIN holding h ON h.item = l.item;
DROP TABLE listing;

