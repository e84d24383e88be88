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
