-- Who made a person's token: themselves, or another person for a first sign-in,
-- which ends when the person makes one of their own or gets a role.
ALTER TABLE account_token ADD COLUMN maker TEXT NOT NULL DEFAULT '';
