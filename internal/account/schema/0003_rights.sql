-- What a tool may do: 'read', 'write' or 'read-write'; nothing above a level of
-- TLP (0: no ceiling); and the source profile of what it brings ('': none, so
-- that nothing of it crosses).
ALTER TABLE account_service ADD COLUMN access TEXT NOT NULL DEFAULT 'read';
ALTER TABLE account_service ADD COLUMN ceiling INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account_service ADD COLUMN profile TEXT NOT NULL DEFAULT '';
