-- Which process has a job in hand, so that those of one that died come back at once; 0: none.
ALTER TABLE due ADD COLUMN holder INTEGER NOT NULL DEFAULT 0;
CREATE INDEX due_holder ON due(holder) WHERE holder <> 0;
