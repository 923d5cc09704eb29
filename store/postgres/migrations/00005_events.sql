-- +goose Up
-- Who reads the outbox reads one tenant by position.
DROP INDEX outbox_position;
CREATE UNIQUE INDEX outbox_position ON outbox (tenant, position) WHERE position IS NOT NULL;

-- The last position that was given out. Not the highest one in the outbox: that
-- goes back when old events are removed.
CREATE TABLE outbox_last (
    one      boolean NOT NULL DEFAULT true CONSTRAINT outbox_last_key PRIMARY KEY CHECK (one),
    position bigint NOT NULL
);
INSERT INTO outbox_last (position) VALUES (0);

-- The last position of each tenant that has events.
CREATE TABLE outbox_head (
    tenant   bigint NOT NULL CONSTRAINT outbox_head_key PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE receiver (
    tenant      bigint NOT NULL CONSTRAINT receiver_tenant_fkey REFERENCES tenant (id),
    id          uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,
    kind        text NOT NULL,
    url         text NOT NULL,
    events      text[] NOT NULL,
    options     json NOT NULL,
    created     timestamptz NOT NULL,
    state       text NOT NULL,
    since       timestamptz NOT NULL,
    reason      text NOT NULL,
    position    bigint NOT NULL,
    failures    int NOT NULL,
    failing     timestamptz,
    succeeded   timestamptz,
    due         timestamptz,
    -- lease_until stays when the lease is given back: it tells who was served.
    lease       uuid,
    lease_until timestamptz,
    CONSTRAINT receiver_key PRIMARY KEY (tenant, id),
    CONSTRAINT receiver_name_key UNIQUE (tenant, name)
) WITH (fillfactor = 50);

CREATE TABLE receiver_secret (
    tenant   bigint NOT NULL,
    receiver uuid NOT NULL,
    id       uuid NOT NULL,
    purpose  text NOT NULL,
    value    bytea NOT NULL,
    created  timestamptz NOT NULL,
    expires  timestamptz,
    CONSTRAINT receiver_secret_key PRIMARY KEY (tenant, receiver, id),
    CONSTRAINT receiver_secret_receiver_fkey FOREIGN KEY (tenant, receiver) REFERENCES receiver (tenant, id) ON DELETE CASCADE
);

-- One row an event that a receiver has dealt with or is behind with. No foreign
-- key: a log of millions is not removed in one transaction.
CREATE TABLE delivery (
    tenant   bigint NOT NULL,
    receiver uuid NOT NULL,
    position bigint NOT NULL,
    type     text COLLATE "C" NOT NULL,
    subject  uuid NOT NULL,
    version  bigint NOT NULL,
    at       timestamptz NOT NULL,
    event    text NOT NULL,
    state    text NOT NULL,
    ordered  boolean NOT NULL,
    attempts int NOT NULL,
    first    timestamptz,
    last     timestamptz,
    due      timestamptz,
    status   int NOT NULL,
    error    text NOT NULL,
    CONSTRAINT delivery_key PRIMARY KEY (tenant, receiver, position)
);
CREATE INDEX delivery_state ON delivery (tenant, receiver, state, position);
CREATE UNIQUE INDEX delivery_ordered ON delivery (tenant, receiver, type, subject) WHERE state = 'pending' AND ordered;

-- Deleted receivers whose deliveries are still to be removed.
CREATE TABLE receiver_gone (
    tenant bigint NOT NULL,
    id     uuid NOT NULL,
    CONSTRAINT receiver_gone_key PRIMARY KEY (tenant, id)
);

-- The keys that sign security event tokens of all tenants.
CREATE TABLE signing_key (
    id      uuid NOT NULL CONSTRAINT signing_key_key PRIMARY KEY,
    private bytea NOT NULL,
    created timestamptz NOT NULL,
    active  timestamptz NOT NULL,
    retired timestamptz
);

-- +goose Down
DROP TABLE signing_key, receiver_gone, delivery, receiver_secret, receiver, outbox_head, outbox_last;
DROP INDEX outbox_position;
CREATE UNIQUE INDEX outbox_position ON outbox (position) WHERE position IS NOT NULL;
