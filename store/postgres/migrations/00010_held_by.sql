-- +goose Up
-- The connection whose delete the mass guard holds; null of no connection.
-- Until now it was read from the audit trail, which is not kept for ever.
ALTER TABLE departed ADD COLUMN held_by uuid;
UPDATE departed d SET held_by = CASE
        WHEN a.actor_kind = 'connection' AND a.actor_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN a.actor_id::uuid END
    FROM (
        SELECT DISTINCT ON (r.tenant, r.type, r.subject) r.tenant, r.type, r.subject, r.actor_kind, r.actor_id
        FROM departed k JOIN audit r ON r.tenant = k.tenant AND r.type = k.type AND r.subject = k.id
        WHERE k.kept AND r.action LIKE '%.delete'
        ORDER BY r.tenant, r.type, r.subject, r.at DESC, r.id DESC) a
    WHERE d.kept AND d.tenant = a.tenant AND d.type = a.type AND d.id = a.subject;
CREATE INDEX departed_held ON departed (tenant, type, deleted_at, id) WHERE kept;

-- +goose Down
DROP INDEX departed_held;
ALTER TABLE departed DROP COLUMN held_by;
