-- +goose Up
-- What the mass guard counts of what the policy of a tenant does by itself.
ALTER TABLE tenant ADD COLUMN tally TEXT;
ALTER TABLE tenant ADD COLUMN tally_revision INTEGER NOT NULL DEFAULT 0;

-- Until when those who do what is due pass over a row. It makes that later, and
-- ends with the next change of facts.
ALTER TABLE resource ADD COLUMN postponed INTEGER;
ALTER TABLE departed ADD COLUMN postponed INTEGER;
CREATE INDEX resource_fires ON resource (max(due, coalesce(postponed, due))) WHERE due IS NOT NULL;
DROP INDEX departed_purge;
CREATE INDEX departed_fires ON departed (max(purge_after, coalesce(postponed, purge_after))) WHERE purge_after IS NOT NULL;

-- +goose Down
DROP INDEX departed_fires;
CREATE INDEX departed_purge ON departed (purge_after);
DROP INDEX resource_fires;
ALTER TABLE departed DROP COLUMN postponed;
ALTER TABLE resource DROP COLUMN postponed;
ALTER TABLE tenant DROP COLUMN tally_revision;
ALTER TABLE tenant DROP COLUMN tally;
