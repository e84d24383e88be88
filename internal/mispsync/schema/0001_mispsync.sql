-- What was read of other MISP servers, by subscription. Times are seconds since
-- 1970, as MISP has them; gone is in microseconds.

CREATE TABLE mispsync_event (
	name     TEXT NOT NULL,    -- of the subscription
	uuid     TEXT NOT NULL,
	stamp    INTEGER NOT NULL, -- its timestamp when it was read; of a feed too
	sighted  INTEGER NOT NULL, -- the same for its sightings
	standing TEXT NOT NULL,    -- new, newer, same, apart, deleted, unreadable
	gone     INTEGER NOT NULL, -- since when the server does not list it any more; 0 while it does
	PRIMARY KEY (name, uuid)
) STRICT;
