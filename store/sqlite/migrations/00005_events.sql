-- +goose Up
-- Who reads the outbox reads one tenant by position.
CREATE UNIQUE INDEX outbox_position ON outbox (tenant, position) WHERE position IS NOT NULL;

-- The last position that was given out. Not the highest one in the outbox: that
-- goes back when old events are removed.
CREATE TABLE outbox_last (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL
) STRICT;
INSERT INTO outbox_last (one, position) VALUES (1, 0);

-- The last position of each tenant that has events.
CREATE TABLE outbox_head (
    tenant   INTEGER NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;

-- events is a JSON array. lease_until stays when the lease is given back: it
-- tells who was served.
CREATE TABLE receiver (
    tenant      INTEGER NOT NULL REFERENCES tenant (id),
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    events      TEXT    NOT NULL,
    options     TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    failures    INTEGER NOT NULL,
    failing     INTEGER,
    succeeded   INTEGER,
    due         INTEGER,
    lease       TEXT,
    lease_until INTEGER,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE receiver_secret (
    tenant   INTEGER NOT NULL,
    receiver TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    purpose  TEXT    NOT NULL,
    value    BLOB    NOT NULL,
    created  INTEGER NOT NULL,
    expires  INTEGER,
    PRIMARY KEY (tenant, receiver, id),
    FOREIGN KEY (tenant, receiver) REFERENCES receiver (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- One row an event that a receiver has dealt with or is behind with. No foreign
-- key: a log of millions is not removed in one transaction.
CREATE TABLE delivery (
    tenant   INTEGER NOT NULL,
    receiver TEXT    NOT NULL,
    position INTEGER NOT NULL,
    type     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    event    TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    ordered  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    first    INTEGER,
    last     INTEGER,
    due      INTEGER,
    status   INTEGER NOT NULL,
    error    TEXT    NOT NULL,
    PRIMARY KEY (tenant, receiver, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_state ON delivery (tenant, receiver, state, position);
CREATE UNIQUE INDEX delivery_ordered ON delivery (tenant, receiver, type, subject) WHERE state = 'pending' AND ordered = 1;

-- Deleted receivers whose deliveries are still to be removed.
CREATE TABLE receiver_gone (
    tenant INTEGER NOT NULL,
    id     TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- The keys that sign security event tokens of all tenants.
CREATE TABLE signing_key (
    id      TEXT    NOT NULL PRIMARY KEY,
    private BLOB    NOT NULL,
    created INTEGER NOT NULL,
    active  INTEGER NOT NULL,
    retired INTEGER
) STRICT;

-- +goose Down
DROP TABLE signing_key;
DROP TABLE receiver_gone;
DROP TABLE delivery;
DROP TABLE receiver_secret;
DROP TABLE receiver;
DROP TABLE outbox_head;
DROP TABLE outbox_last;
DROP INDEX outbox_position;
