-- +goose Up
-- Who was deleted is found by the id that its source knows it by.
CREATE INDEX departed_external ON departed (tenant, type, external_id, deleted_at, id) WHERE external_id IS NOT NULL;

-- +goose Down
DROP INDEX departed_external;
