-- +goose Up
-- The user that a token acts for. A user who is deleted leaves the token
-- behind, which then names nobody.
ALTER TABLE token ADD COLUMN subject TEXT;

-- What all copies of the server have to agree on, such as the key of cursors.
CREATE TABLE secret (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- How each resource type was defined when its resources were last written.
CREATE TABLE definition (
    type     TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE definition;
DROP TABLE secret;
ALTER TABLE token DROP COLUMN subject;
