-- A listing holds holdings, not items, so that each reader finds an item at the
-- place of the first of its holdings there that they may see: a holding that
-- begins to say something else gets a new place at the end, and one out of sight
-- moves nothing. A reader's rights are runs of the key, as in holding_listed.
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
INSERT INTO listed(list, casefile, tlp, seq, item, giver, under)
	SELECT l.list, h.casefile, h.tlp, l.seq, h.item, h.giver, h.under FROM listing l JOIN holding h ON h.item = l.item;
DROP TABLE listing;
