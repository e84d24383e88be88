-- From when on a passkey may approve, in microseconds since 1970.
ALTER TABLE account_passkey ADD COLUMN counts INTEGER NOT NULL DEFAULT 0;
UPDATE account_passkey SET counts = created + 86400000000;
