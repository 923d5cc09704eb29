-- The trail is read in the order of (at, id) whatever it is asked for. As with
-- resource, each index leads with an expression of its own for the tenant, so
-- that a statement names the one that it wants. docs/decisions/0070 says why
-- there is none by time alone.

-- +goose Up
ALTER TABLE audit
    ALTER COLUMN actor_kind TYPE text COLLATE "C",
    ALTER COLUMN actor_id TYPE text COLLATE "C",
    ALTER COLUMN action TYPE text COLLATE "C",
    ALTER COLUMN request_id TYPE text COLLATE "C",
    DROP CONSTRAINT audit_key,
    ADD CONSTRAINT audit_key PRIMARY KEY (tenant, type, subject, at, id);
CREATE INDEX audit_action ON audit ((tenant + 1), actor_kind, action, at, id);
CREATE INDEX audit_actor ON audit ((tenant + 2), actor_id, action, at, id);
CREATE INDEX audit_request ON audit ((tenant + 3), request_id) WHERE request_id <> '';

-- No resource type can be called like the subjects that are not resources.
UPDATE audit SET type = '$tenant' WHERE type = 'Tenant' AND subject = '00000000-0000-0000-0000-000000000000';
UPDATE audit a SET type = CASE WHEN a.action LIKE 'token.%' THEN '$token' ELSE '$connection' END
    FROM connection c WHERE a.type = 'Connection' AND c.tenant = a.tenant AND c.id = a.subject;

-- Who was added to a group or removed from it: the row of the group is found
-- by its key.
CREATE TABLE audit_member (
    tenant  bigint NOT NULL,
    member  uuid NOT NULL,
    at      timestamptz NOT NULL,
    id      bigint NOT NULL,
    type    text COLLATE "C" NOT NULL,
    subject uuid NOT NULL,
    CONSTRAINT audit_member_key PRIMARY KEY (tenant, member, at, id)
);
INSERT INTO audit_member (tenant, member, at, id, type, subject)
    SELECT DISTINCT a.tenant, m.id, a.at, a.id, a.type, a.subject
    FROM audit a CROSS JOIN LATERAL unnest(a.added || a.removed) AS m (id);

-- A JSON object {"path": [before, after]} without its values. What is null
-- stays null. The text is the same however often it is done.
-- +goose StatementBegin
CREATE FUNCTION rollcall_erase(changes json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(json_object_agg(k.key, CASE json_typeof(k.value)
        WHEN 'null' THEN k.value
        WHEN 'array' THEN (SELECT coalesce(json_agg(CASE json_typeof(v.value) WHEN 'null' THEN v.value ELSE '"[erased]"'::json END ORDER BY v.n), '[]')
            FROM json_array_elements(k.value) WITH ORDINALITY AS v (value, n))
        ELSE '"[erased]"'::json END), '{}')
    FROM json_each(changes) k
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION rollcall_erase;
DROP TABLE audit_member;
DROP INDEX audit_action, audit_actor, audit_request;
ALTER TABLE audit DROP CONSTRAINT audit_key, ADD CONSTRAINT audit_key PRIMARY KEY (tenant, type, subject, id);
