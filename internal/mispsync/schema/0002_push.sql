-- What goes to MISP servers of organisations without a node. Times are
-- microseconds since 1970.

-- The way to the MISP of a partner.
CREATE TABLE mispsync_road (
	org    TEXT PRIMARY KEY,
	terms  BLOB NOT NULL,    -- JSON: what the administrator said
	secret BLOB NOT NULL,    -- sealed to the node
	fails  INTEGER NOT NULL, -- in a row
	why    TEXT NOT NULL     -- of the last one; empty: nothing is wrong
) STRICT;

-- What the gate handed over, in its order.
CREATE TABLE mispsync_out (
	number   INTEGER PRIMARY KEY,
	envelope TEXT NOT NULL UNIQUE,
	org      TEXT NOT NULL,
	pact     TEXT NOT NULL,
	kind     TEXT NOT NULL,    -- items, recall, narrow
	at       INTEGER NOT NULL,
	done     INTEGER NOT NULL, -- 0: it waits
	objects  INTEGER NOT NULL  -- in it, those that speak for us included
) STRICT;
CREATE INDEX mispsync_out_waiting ON mispsync_out(org, done, number);

-- Each item of it, and what we saw of its fate.
CREATE TABLE mispsync_item (
	envelope TEXT NOT NULL,
	position INTEGER NOT NULL,
	org      TEXT NOT NULL,
	item     INTEGER NOT NULL, -- the store's number
	object   TEXT NOT NULL,    -- its id
	digest   BLOB NOT NULL,    -- salted
	event    TEXT NOT NULL,    -- UUID of the event it went in; empty until it went
	state    TEXT NOT NULL,    -- waiting, taken, refused, kept-back, taken-back
	why      TEXT NOT NULL,
	back     INTEGER NOT NULL, -- 1: it is to be taken back
	PRIMARY KEY (envelope, position)
) STRICT;
CREATE INDEX mispsync_item_item ON mispsync_item(item);
CREATE INDEX mispsync_item_event ON mispsync_item(org, event);
CREATE INDEX mispsync_item_object ON mispsync_item(org, object);

-- Each event as it was last pushed.
CREATE TABLE mispsync_there (
	org    TEXT NOT NULL,
	event  TEXT NOT NULL,
	stamp  INTEGER NOT NULL, -- its timestamp, in seconds
	digest BLOB NOT NULL,    -- of what it said beside that
	at     INTEGER NOT NULL,
	PRIMARY KEY (org, event)
) STRICT;
