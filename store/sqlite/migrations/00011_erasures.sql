-- +goose Up
-- The version of the purge; 0 of those before, which erased the audit trail first.
ALTER TABLE tombstone ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
-- What is personal may still be kept about a purged resource until this says
-- otherwise. Those that were purged before are looked at once more.
ALTER TABLE tombstone ADD COLUMN unerased INTEGER NOT NULL DEFAULT 1;
CREATE INDEX tombstone_unerased ON tombstone (at, tenant, type, id) WHERE unerased = 1;

-- +goose Down
DROP INDEX tombstone_unerased;
ALTER TABLE tombstone DROP COLUMN unerased;
ALTER TABLE tombstone DROP COLUMN version;
