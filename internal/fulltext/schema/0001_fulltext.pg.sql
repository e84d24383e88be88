-- Which words an item has; derived, see package fulltext.
CREATE TABLE fulltext (
	item  BIGINT PRIMARY KEY,
	words TSVECTOR NOT NULL
);
CREATE INDEX fulltext_words ON fulltext USING gin (words);

-- How far the index has come: the last item taken in, the last erasure carried out.
CREATE TABLE fulltext_place (
	id     BIGINT PRIMARY KEY,
	items  BIGINT NOT NULL,
	erased BIGINT NOT NULL
);
