-- +goose Up
-- Tokens of users are many on one connection. When one of its tokens was used last
-- is noted beside the connection, at each note of the tokens: an index of the times
-- of all tokens would be written with every one of them.
ALTER TABLE connection ADD COLUMN last_used INTEGER;
UPDATE connection SET last_used = (SELECT max(k.last_used) FROM token k WHERE k.tenant = connection.tenant AND k.connection = connection.id);

-- How many work is counted among those that are not revoked, and up to a bound.
CREATE INDEX token_working ON token (tenant, connection, expires) WHERE revoked IS NULL;

-- The order of lists, whole.
DROP INDEX token_connection;
CREATE INDEX token_connection ON token (tenant, connection, created, prefix);
