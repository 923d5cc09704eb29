-- What the lifecycle of accounts keeps: their standing on each resource, and
-- beside it their use, links, policies, and what is left of those that go.

-- +goose Up
-- The common case is a change of the catalogue alone: a million active users
-- are not written again. The few others follow.
ALTER TABLE resource
    ADD COLUMN facts_revision bigint NOT NULL DEFAULT 1,
    ADD COLUMN status text COLLATE "C" NOT NULL DEFAULT 'Active',
    ADD COLUMN reason text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN status_changed timestamptz,
    -- [{"a": microseconds since 1970, "s": status, "r": reason, "c": microseconds}, ...]
    ADD COLUMN later jsonb,
    ADD COLUMN state text,
    ADD COLUMN source text COLLATE "C",
    ADD COLUMN source_client text COLLATE "C",
    ADD COLUMN valid_from timestamptz,
    ADD COLUMN valid_until timestamptz,
    ADD COLUMN locked_until timestamptz,
    ADD COLUMN invite_expires timestamptz,
    ADD COLUMN api_only boolean NOT NULL DEFAULT false,
    ADD COLUMN idle_from timestamptz,
    ADD COLUMN idle_told timestamptz,
    ADD COLUMN due timestamptz;
UPDATE resource SET status = '' WHERE stage <> 'enrolled';
UPDATE resource SET
    status = CASE WHEN suspended_until > now() THEN 'Suspended' ELSE 'Active' END,
    reason = CASE WHEN suspended_until > now() THEN 'suspended' ELSE '' END,
    -- A suspension that ends does so by itself.
    later = CASE WHEN suspended_until > now() AND suspended_until < '9999-12-31 23:59:59Z' THEN jsonb_build_array(jsonb_build_object(
        'a', (extract(epoch FROM suspended_until) * 1000000)::bigint, 's', 'Active', 'r', '',
        'c', (extract(epoch FROM suspended_until) * 1000000)::bigint)) END,
    state = '{"stage":"enrolled","suspensions":' || suspensions::text || '}'
WHERE stage = 'enrolled' AND suspended_until IS NOT NULL AND suspensions IS NOT NULL;
DROP INDEX resource_inactive;
ALTER TABLE resource
    DROP COLUMN stage,
    DROP COLUMN suspensions,
    ALTER COLUMN facts_revision DROP DEFAULT,
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN reason DROP DEFAULT,
    ALTER COLUMN api_only DROP DEFAULT;
-- Nearly all accounts are active and stay so without a turn to come: these
-- indexes hold the others, and cost a create nothing.
CREATE INDEX resource_status ON resource ((tenant + 6), type, status) WHERE later IS NULL AND status <> 'Active' AND status <> '';
CREATE INDEX resource_idle_told ON resource ((tenant + 6), type) WHERE idle_told IS NOT NULL;
CREATE INDEX resource_later ON resource ((tenant + 6), type) WHERE later IS NOT NULL;
-- This one is in nobody's way, because it serves nothing else. It counts
-- without a look at the rows, which an expression in it would need.
CREATE INDEX resource_source_client ON resource (tenant, type, source_client) WHERE source_client IS NOT NULL;
-- Across tenants, as who looks after what is due does.
CREATE INDEX resource_due ON resource (due) WHERE due IS NOT NULL;

-- An id departs once: of those that came back and left again, the last counts.
DELETE FROM departed d WHERE EXISTS (
    SELECT 1 FROM departed o WHERE o.tenant = d.tenant AND o.type = d.type AND o.id = d.id AND o.number > d.number);
ALTER TABLE departed
    DROP CONSTRAINT departed_key,
    DROP COLUMN number,
    ALTER COLUMN purge_after DROP NOT NULL,
    ADD COLUMN kept boolean NOT NULL DEFAULT false,
    ADD COLUMN facts_revision bigint NOT NULL DEFAULT 1,
    ADD COLUMN status text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN reason text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN status_changed timestamptz,
    ADD COLUMN later jsonb,
    ADD COLUMN state text,
    ADD COLUMN source text COLLATE "C",
    ADD COLUMN source_client text COLLATE "C",
    ADD COLUMN valid_from timestamptz,
    ADD COLUMN valid_until timestamptz,
    ADD COLUMN locked_until timestamptz,
    ADD COLUMN invite_expires timestamptz,
    ADD COLUMN api_only boolean NOT NULL DEFAULT false,
    ADD COLUMN idle_from timestamptz,
    ADD COLUMN idle_told timestamptz,
    ADD COLUMN due timestamptz,
    ADD CONSTRAINT departed_key PRIMARY KEY (tenant, type, id);
UPDATE departed SET status = 'Deprovisioned', reason = 'deprovisioned', status_changed = deleted_at,
    state = '{"stage":"deprovisioned","was":' || to_json(stage::text)::text || coalesce(',"suspensions":' || suspensions::text, '')
        || ',"purgeAfter":"' || to_char(purge_after AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"}'
WHERE stage <> '';
ALTER TABLE departed
    DROP COLUMN stage,
    DROP COLUMN suspensions,
    ALTER COLUMN kept DROP DEFAULT,
    ALTER COLUMN facts_revision DROP DEFAULT,
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN reason DROP DEFAULT,
    ALTER COLUMN api_only DROP DEFAULT;
CREATE INDEX departed_listed ON departed (tenant, type, deleted_at, id);

-- What is left of a resource that was purged.
CREATE TABLE tombstone (
    tenant bigint NOT NULL,
    type   text COLLATE "C" NOT NULL,
    id     uuid NOT NULL,
    at     timestamptz NOT NULL,
    CONSTRAINT tombstone_key PRIMARY KEY (tenant, type, id)
);

-- Apart from the resource, so that a sign-in writes one small row. It stays
-- when the resource departs.
CREATE TABLE activity (
    tenant         bigint NOT NULL,
    type           text COLLATE "C" NOT NULL,
    id             uuid NOT NULL,
    revision       bigint NOT NULL,
    last_login     timestamptz,
    last_token_use timestamptz,
    failed         bigint NOT NULL,
    state          text,
    CONSTRAINT activity_key PRIMARY KEY (tenant, type, id)
) WITH (fillfactor = 70);

CREATE TABLE sign_in (
    tenant      bigint NOT NULL,
    type        text COLLATE "C" NOT NULL,
    id          uuid NOT NULL,
    at          timestamptz NOT NULL,
    number      bigint GENERATED ALWAYS AS IDENTITY,
    succeeded   boolean NOT NULL,
    application text NOT NULL,
    address     text NOT NULL,
    detail      text NOT NULL,
    CONSTRAINT sign_in_key PRIMARY KEY (tenant, type, id, at, number)
);
CREATE INDEX sign_in_at ON sign_in (tenant, at);

CREATE TABLE link (
    tenant  bigint NOT NULL,
    type    text COLLATE "C" NOT NULL,
    id      uuid NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    hash    bytea NOT NULL,
    expires timestamptz NOT NULL,
    CONSTRAINT link_key PRIMARY KEY (tenant, type, id, kind),
    CONSTRAINT link_hash_key UNIQUE (tenant, kind, hash)
);

CREATE TABLE policy (
    tenant   bigint NOT NULL CONSTRAINT policy_key PRIMARY KEY CONSTRAINT policy_tenant_fkey REFERENCES tenant (id),
    document text NOT NULL,
    revision bigint NOT NULL
);

ALTER TABLE connection
    ADD COLUMN tally text,
    ADD COLUMN tally_revision bigint NOT NULL DEFAULT 0;
ALTER TABLE connection SET (fillfactor = 50);

CREATE INDEX token_subject ON token (tenant, subject) WHERE subject IS NOT NULL;

CREATE TABLE lease (
    name  text COLLATE "C" NOT NULL CONSTRAINT lease_key PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,
    until timestamptz NOT NULL
);

DROP FUNCTION rollcall_lock;
-- +goose StatementBegin
CREATE FUNCTION rollcall_lock(of_tenant bigint, of_type text, of_id uuid, match bigint, match_facts bigint, to_delete boolean) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    current bigint;
    facts bigint;
BEGIN
    IF to_delete THEN
        SELECT r.version, r.facts_revision INTO current, facts FROM resource r
        WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id FOR UPDATE;
    ELSE
        SELECT r.version, r.facts_revision INTO current, facts FROM resource r
        WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id FOR NO KEY UPDATE;
    END IF;
    IF current IS NULL THEN
        RAISE EXCEPTION 'resource does not exist' USING ERRCODE = 'RC404';
    END IF;
    IF match <> 0 AND match <> current OR match_facts <> 0 AND match_facts <> facts THEN
        RAISE EXCEPTION 'version does not match' USING ERRCODE = 'RC412';
    END IF;
    RETURN current;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION rollcall_lock_departed(of_tenant bigint, of_type text, of_id uuid, match bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    current bigint;
BEGIN
    SELECT d.version INTO current FROM departed d
    WHERE d.tenant = of_tenant AND d.type = of_type AND d.id = of_id FOR UPDATE;
    IF current IS NULL THEN
        RAISE EXCEPTION 'resource does not exist' USING ERRCODE = 'RC404';
    END IF;
    IF match <> 0 AND match <> current THEN
        RAISE EXCEPTION 'version does not match' USING ERRCODE = 'RC412';
    END IF;
    RETURN current;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION rollcall_require_current(current boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT current THEN
        RAISE EXCEPTION 'version does not match' USING ERRCODE = 'RC412';
    END IF;
    RETURN true;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION rollcall_tally(of_tenant bigint, of_id uuid, match bigint, data text) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE connection c SET tally = data, tally_revision = match + 1
    WHERE c.tenant = of_tenant AND c.id = of_id AND c.tally_revision = match;
    IF FOUND THEN
        RETURN true;
    END IF;
    PERFORM 1 FROM connection c WHERE c.tenant = of_tenant AND c.id = of_id;
    IF FOUND THEN
        RAISE EXCEPTION 'version does not match' USING ERRCODE = 'RC412';
    END IF;
    RAISE EXCEPTION 'connection does not exist' USING ERRCODE = 'RC404';
END
$$;
-- +goose StatementEnd

-- A loop of look-ups by key, as in rollcall_bump.
-- +goose StatementBegin
CREATE FUNCTION rollcall_reschedule(of_tenant bigint, of_type text, ids uuid[], revisions bigint[], dues timestamptz[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    FOR i IN 1 .. coalesce(cardinality(ids), 0) LOOP
        UPDATE resource r SET due = dues[i]
        WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = ids[i] AND r.facts_revision = revisions[i];
    END LOOP;
    RETURN true;
END
$$;
-- +goose StatementEnd
