-- Every key leads with the tenant, so that a sharded PostgreSQL can distribute
-- by it. Text that is compared is COLLATE "C": byte by byte, on every machine.

-- +goose Up
CREATE TABLE tenant (
    id      bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT tenant_key PRIMARY KEY,
    name    text COLLATE "C" NOT NULL CONSTRAINT tenant_name_key UNIQUE,
    created timestamptz NOT NULL
);

CREATE TABLE connection (
    tenant  bigint NOT NULL CONSTRAINT connection_tenant_fkey REFERENCES tenant (id),
    id      uuid NOT NULL,
    name    text COLLATE "C" NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    options json NOT NULL,
    created timestamptz NOT NULL,
    CONSTRAINT connection_key PRIMARY KEY (tenant, id),
    CONSTRAINT connection_name_key UNIQUE (tenant, name)
);

-- The prefix is looked up before the tenant is known.
CREATE TABLE token (
    prefix     text COLLATE "C" NOT NULL CONSTRAINT token_key PRIMARY KEY,
    tenant     bigint NOT NULL,
    connection uuid NOT NULL,
    hash       bytea NOT NULL,
    scopes     text[] NOT NULL,
    created    timestamptz NOT NULL,
    expires    timestamptz,
    revoked    timestamptz,
    last_used  timestamptz,
    CONSTRAINT token_connection_fkey FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) WITH (fillfactor = 70);
CREATE INDEX token_connection ON token (tenant, connection, created, prefix);

-- No foreign key to tenant: it would lock the tenant's row in every create.
CREATE TABLE resource (
    tenant          bigint NOT NULL,
    type            text COLLATE "C" NOT NULL,
    id              uuid NOT NULL,
    uniq            text COLLATE "C",
    external_id     text COLLATE "C",
    sort_name       text COLLATE "C",
    label           text NOT NULL,
    created         timestamptz NOT NULL,
    modified        timestamptz NOT NULL,
    version         bigint NOT NULL,
    stage           text COLLATE "C" NOT NULL,
    suspended_until timestamptz,
    suspensions     json,
    doc             text NOT NULL,
    idx             jsonb NOT NULL,
    CONSTRAINT resource_key PRIMARY KEY (tenant, type, id)
-- A document and its shadow stay in the row, uncompressed, up to half a page:
-- a read by id then touches one page and decompresses nothing.
) WITH (fillfactor = 85, toast_tuple_target = 4080);
-- A look-up by one key must never go by the index of another: to a planner
-- without statistics on a tenant each of them looks like one row, and it would
-- walk the whole tenant. So each leads with an expression of its own for the
-- tenant, and a statement names the one that it wants.
CREATE UNIQUE INDEX resource_uniq_key ON resource ((tenant + 1), type, uniq);
CREATE INDEX resource_external_id ON resource ((tenant + 2), type, external_id, id);
CREATE INDEX resource_sort_name ON resource ((tenant + 3), type, sort_name, id);
CREATE INDEX resource_created ON resource ((tenant + 4), type, created, id);
CREATE INDEX resource_modified ON resource ((tenant + 5), type, modified, id);
CREATE INDEX resource_inactive ON resource (tenant, type, id) WHERE stage <> 'enrolled' OR suspended_until IS NOT NULL;
-- fastupdate would let some unlucky query pay for the inserts of others.
CREATE INDEX resource_idx ON resource USING gin (idx jsonb_path_ops) WITH (fastupdate = off);

CREATE TABLE unique_value (
    tenant    bigint NOT NULL,
    type      text COLLATE "C" NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    value     text COLLATE "C" NOT NULL,
    id        uuid NOT NULL,
    CONSTRAINT unique_value_key PRIMARY KEY (tenant, type, attribute, value)
);
CREATE INDEX unique_value_resource ON unique_value (tenant, type, id);

CREATE TABLE member (
    tenant     bigint NOT NULL,
    group_id   uuid NOT NULL,
    member_id  uuid NOT NULL,
    group_type text COLLATE "C" NOT NULL,
    type       text COLLATE "C" NOT NULL,
    CONSTRAINT member_key PRIMARY KEY (tenant, group_id, member_id)
);
CREATE INDEX member_groups ON member (tenant, member_id, group_id);

CREATE TABLE credential (
    tenant        bigint NOT NULL,
    type          text COLLATE "C" NOT NULL,
    id            uuid NOT NULL,
    password_hash text NOT NULL,
    CONSTRAINT credential_key PRIMARY KEY (tenant, type, id)
);

-- What was deleted, with what it takes to put it back. A table of its own, so
-- that no query about the living can forget to exclude it.
CREATE TABLE departed (
    tenant          bigint NOT NULL,
    type            text COLLATE "C" NOT NULL,
    id              uuid NOT NULL,
    number          bigint GENERATED ALWAYS AS IDENTITY,
    uniq            text COLLATE "C",
    external_id     text COLLATE "C",
    sort_name       text COLLATE "C",
    label           text NOT NULL,
    created         timestamptz NOT NULL,
    modified        timestamptz NOT NULL,
    version         bigint NOT NULL,
    stage           text COLLATE "C" NOT NULL,
    suspended_until timestamptz,
    suspensions     json,
    doc             text NOT NULL,
    idx             jsonb NOT NULL,
    -- [[attribute, value], ...]
    unique_values   jsonb NOT NULL,
    -- [[group type, group id], ...] and [[member type, member id], ...]
    groups          jsonb NOT NULL,
    members         jsonb NOT NULL,
    deleted_at      timestamptz NOT NULL,
    purge_after     timestamptz NOT NULL,
    CONSTRAINT departed_key PRIMARY KEY (tenant, type, id, number)
);
CREATE INDEX departed_purge ON departed (purge_after);

-- Append-only.
CREATE TABLE audit (
    tenant     bigint NOT NULL,
    type       text COLLATE "C" NOT NULL,
    subject    uuid NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    version    bigint NOT NULL,
    at         timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id   text NOT NULL,
    action     text NOT NULL,
    request_id text NOT NULL,
    reason     text NOT NULL,
    changes    json NOT NULL,
    added      uuid[],
    removed    uuid[],
    CONSTRAINT audit_key PRIMARY KEY (tenant, type, subject, id)
);

-- The id says nothing about the order of commits: 2 can commit before 1. A
-- relay numbers committed rows by position; order per subject is the version.
CREATE TABLE outbox (
    tenant   bigint NOT NULL,
    type     text COLLATE "C" NOT NULL,
    subject  uuid NOT NULL,
    version  bigint NOT NULL,
    id       bigint GENERATED ALWAYS AS IDENTITY,
    at       timestamptz NOT NULL,
    event    text NOT NULL,
    payload  json NOT NULL,
    position bigint,
    CONSTRAINT outbox_key PRIMARY KEY (tenant, type, subject, version, id)
);
CREATE INDEX outbox_unnumbered ON outbox (id) WHERE position IS NULL;
CREATE UNIQUE INDEX outbox_position ON outbox (position) WHERE position IS NOT NULL;

-- How many resources there are is the sum over the slots. Each backend process
-- of the server has its slot, so that creates do not wait for one another.
CREATE TABLE resource_count (
    tenant bigint NOT NULL,
    type   text COLLATE "C" NOT NULL,
    slot   int NOT NULL,
    n      bigint NOT NULL,
    CONSTRAINT resource_count_key PRIMARY KEY (tenant, type, slot)
) WITH (fillfactor = 20);

-- A failed precondition has to abort the whole pipeline, and only an error does
-- that. The functions are volatile: each of their queries sees what committed
-- last, so that a lost race is told apart rightly.

-- +goose StatementBegin
CREATE FUNCTION rollcall_refuse(of_tenant bigint, of_type text, of_id uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM 1 FROM resource r WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id;
    IF FOUND THEN
        RAISE EXCEPTION 'version does not match' USING ERRCODE = 'RC412';
    END IF;
    RAISE EXCEPTION 'resource does not exist' USING ERRCODE = 'RC404';
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION rollcall_lock(of_tenant bigint, of_type text, of_id uuid, match bigint, to_delete boolean) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    current bigint;
BEGIN
    IF to_delete THEN
        SELECT r.version INTO current FROM resource r
        WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id FOR UPDATE;
    ELSE
        SELECT r.version INTO current FROM resource r
        WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id FOR NO KEY UPDATE;
    END IF;
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
CREATE FUNCTION rollcall_require_members(missing uuid[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF cardinality(missing) > 0 THEN
        RAISE EXCEPTION 'member does not exist' USING ERRCODE = 'RC422', DETAIL = array_to_string(missing, ',');
    END IF;
    RETURN true;
END
$$;
-- +goose StatementEnd

-- A loop of look-ups by key: for a join the planner needs to know the sizes.
-- +goose StatementBegin
CREATE FUNCTION rollcall_bump(of_tenant bigint, types text[], ids uuid[], at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    FOR i IN 1 .. coalesce(cardinality(ids), 0) LOOP
        UPDATE resource r SET version = r.version + 1, modified = at
        WHERE r.tenant = of_tenant AND r.type = types[i] AND r.id = ids[i];
    END LOOP;
    RETURN true;
END
$$;
-- +goose StatementEnd

-- The groups of a resource, direct before indirect, as JSON. A function, because
-- the plan of a query is set up whole even where none of this is needed: a read
-- by id calls it for those who are in a group. UNION drops what was seen, so
-- that cycles end; the look-ups are lateral, so that they go by key.
-- +goose StatementBegin
CREATE FUNCTION rollcall_groups(of_tenant bigint, of_id uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        WITH RECURSIVE up (id, type) AS (
            SELECT m.group_id, m.group_type FROM member m WHERE m.tenant = of_tenant AND m.member_id = of_id
            UNION
            SELECT m.group_id, m.group_type FROM up CROSS JOIN LATERAL (
                SELECT m.group_id, m.group_type FROM member m WHERE m.tenant = of_tenant AND m.member_id = up.id OFFSET 0) m
        )
        SELECT json_agg(json_build_object('ID', g.id, 'Type', g.type, 'Label', g.label, 'Direct', g.direct) ORDER BY g.direct DESC, g.id)
        FROM (
            SELECT up.id, up.type,
                (SELECT r.label FROM resource r WHERE r.tenant = of_tenant AND r.type = up.type AND r.id = up.id) AS label,
                coalesce((SELECT true FROM member d WHERE d.tenant = of_tenant AND d.group_id = up.id AND d.member_id = of_id), false) AS direct
            FROM up OFFSET 0
        ) g WHERE g.label IS NOT NULL
    );
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION rollcall_groups, rollcall_bump, rollcall_require_members, rollcall_lock, rollcall_refuse;
DROP TABLE resource_count, outbox, audit, departed, credential, member, unique_value, resource, token, connection, tenant;
