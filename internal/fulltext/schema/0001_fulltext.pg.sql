-- Which words an item has; derived, see package fulltext.
CREATE TABLE fulltext (
	item  BIGINT PRIMARY KEY,
	words TSVECTOR NOT NULL
);
CREATE INDEX fulltext_words ON fulltext USING gin (words);
