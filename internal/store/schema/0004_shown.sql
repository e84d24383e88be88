-- Holdings carry their own place in listings: a number of the sequence, given
-- when the holding came to be or began to say something else, so that what
-- becomes visible later stands at the end of every listing that shows it.
ALTER TABLE holding ADD COLUMN type INTEGER NOT NULL DEFAULT 0;   -- word, of the item
ALTER TABLE holding ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE holding ADD COLUMN sole INTEGER NOT NULL DEFAULT 0;   -- 1: its item has no other holding, and its object no other version
UPDATE holding SET listed = item, type = coalesce((SELECT i.type FROM item i WHERE i.seq = holding.item), 0);

-- A reader's rights are cases and labels: each pair of them is one run of the first index.
CREATE INDEX holding_listed ON holding(casefile, tlp, listed, state, sole); -- all that a page asks of most holdings
CREATE INDEX holding_under ON holding(under, listed);
CREATE INDEX holding_type ON holding(type, listed);
CREATE INDEX recipient_person ON recipient(person, item);

-- What was taken out of one collection, for all readers or for one.
CREATE TABLE hidden (
	list   INTEGER NOT NULL, -- word
	item   INTEGER NOT NULL,
	reader INTEGER NOT NULL, -- word; 0: everybody
	PRIMARY KEY (list, item, reader)
) STRICT, WITHOUT ROWID;
CREATE INDEX hidden_item ON hidden(item);

-- Items that say of an object taken back that it was. Their holdings are
-- recalled as well, and collections alone show them.
CREATE TABLE last_word (
	item INTEGER PRIMARY KEY
) STRICT;
