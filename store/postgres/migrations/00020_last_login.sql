-- +goose Up
-- Who signed in last, and who has not for long, without a look at everybody.
-- The expression keeps the index apart from the key, as those of resources.
CREATE INDEX activity_last_login ON activity ((tenant + 1), type, last_login, id) WHERE last_login IS NOT NULL;
