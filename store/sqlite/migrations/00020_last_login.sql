-- +goose Up
-- Who signed in last, and who has not for long, without a look at everybody.
CREATE INDEX activity_last_login ON activity (tenant, type, last_login, id) WHERE last_login IS NOT NULL;
