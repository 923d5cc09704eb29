-- +goose Up
-- The user that a token acts for. No foreign key: a user who is deleted leaves
-- the token behind, which then names nobody.
ALTER TABLE token ADD COLUMN subject uuid;

-- What all copies of the server have to agree on, such as the key of cursors.
CREATE TABLE secret (
    name  text COLLATE "C" NOT NULL CONSTRAINT secret_key PRIMARY KEY,
    value bytea NOT NULL
);

-- How each resource type was defined when its resources were last written.
CREATE TABLE definition (
    type     text COLLATE "C" NOT NULL CONSTRAINT definition_key PRIMARY KEY,
    document json NOT NULL
);

-- +goose Down
DROP TABLE definition, secret;
ALTER TABLE token DROP COLUMN subject;
