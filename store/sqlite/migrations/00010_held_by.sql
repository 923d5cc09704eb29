-- +goose Up
-- The connection whose delete the mass guard holds; null of no connection.
-- Until now it was read from the audit trail, which is not kept for ever.
ALTER TABLE departed ADD COLUMN held_by TEXT;
UPDATE departed SET held_by = (
        SELECT CASE WHEN a.actor_kind = 'connection' AND a.actor_id GLOB '????????-????-????-????-????????????' AND NOT a.actor_id GLOB '*[^0-9a-f-]*'
            THEN a.actor_id END FROM audit a
        WHERE a.tenant = departed.tenant AND a.type = departed.type AND a.id = departed.id AND a.action LIKE '%.delete'
        ORDER BY a.at DESC, a.seq DESC LIMIT 1)
    WHERE kept = 1;
CREATE INDEX departed_held ON departed (tenant, type, held_by, departed, id) WHERE kept = 1;

-- +goose Down
DROP INDEX departed_held;
ALTER TABLE departed DROP COLUMN held_by;
