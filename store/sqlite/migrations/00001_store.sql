-- +goose Up
CREATE TABLE tenant (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT    NOT NULL UNIQUE,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE connection (
    id      TEXT    NOT NULL PRIMARY KEY,
    tenant  INTEGER NOT NULL REFERENCES tenant (id),
    name    TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    options TEXT    NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE token (
    prefix     TEXT    NOT NULL PRIMARY KEY,
    tenant     INTEGER NOT NULL REFERENCES tenant (id),
    connection TEXT    NOT NULL REFERENCES connection (id),
    hash       BLOB    NOT NULL,
    scopes     TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    expires    INTEGER,
    revoked    INTEGER,
    last_used  INTEGER
) STRICT;
CREATE INDEX token_connection ON token (tenant, connection, created);

-- Times are microseconds since 1970, ids canonical lower-case text. rid is a
-- number of this table alone: side tables refer to it to stay small.
CREATE TABLE resource (
    rid             INTEGER PRIMARY KEY,
    tenant          INTEGER NOT NULL REFERENCES tenant (id),
    type            TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    name            TEXT,
    external_id     TEXT,
    sort_name       TEXT,
    label           TEXT    NOT NULL,
    created         INTEGER NOT NULL,
    modified        INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    stage           TEXT    NOT NULL,
    suspended_until INTEGER,
    suspensions     TEXT,
    doc             TEXT    NOT NULL,
    idx             BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_id ON resource (tenant, type, id);
CREATE UNIQUE INDEX resource_name ON resource (tenant, type, name);
CREATE INDEX resource_external_id ON resource (tenant, type, external_id, id);
CREATE INDEX resource_sort_name ON resource (tenant, type, sort_name, id);
CREATE INDEX resource_created ON resource (tenant, type, created, id);
CREATE INDEX resource_modified ON resource (tenant, type, modified, id);

-- How many resources there are of a type, so that an unfiltered total does not
-- count.
CREATE TABLE counter (
    tenant INTEGER NOT NULL,
    type   TEXT    NOT NULL,
    total  INTEGER NOT NULL,
    PRIMARY KEY (tenant, type)
) STRICT, WITHOUT ROWID;

-- The values of the search shadow one by one. A row is a necessary condition
-- for a match and no more: long strings are cut off.
CREATE TABLE attr (
    tenant INTEGER NOT NULL,
    type   TEXT    NOT NULL,
    path   TEXT    NOT NULL,
    value  ANY     NOT NULL,
    rid    INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, path, value, rid)
) STRICT, WITHOUT ROWID;
CREATE INDEX attr_rid ON attr (rid);

CREATE TABLE unique_value (
    tenant    INTEGER NOT NULL,
    type      TEXT    NOT NULL,
    attribute TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    rid       INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, attribute, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX unique_value_rid ON unique_value (rid);

CREATE TABLE member (
    tenant      INTEGER NOT NULL,
    group_id    TEXT    NOT NULL,
    member_id   TEXT    NOT NULL,
    group_type  TEXT    NOT NULL,
    member_type TEXT    NOT NULL,
    PRIMARY KEY (tenant, group_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_member ON member (tenant, member_id, group_id);

CREATE TABLE credential (
    rid  INTEGER PRIMARY KEY,
    hash TEXT NOT NULL
) STRICT;

-- Deleted resources. members and groups are JSON arrays of [id, type].
CREATE TABLE departed (
    tenant          INTEGER NOT NULL,
    type            TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    name            TEXT,
    external_id     TEXT,
    sort_name       TEXT,
    label           TEXT    NOT NULL,
    created         INTEGER NOT NULL,
    modified        INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    stage           TEXT    NOT NULL,
    suspended_until INTEGER,
    suspensions     TEXT,
    doc             TEXT    NOT NULL,
    idx             BLOB    NOT NULL,
    members         TEXT    NOT NULL,
    groups          TEXT    NOT NULL,
    departed        INTEGER NOT NULL,
    purge_after     INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, id)
) STRICT;
CREATE INDEX departed_purge ON departed (purge_after);

CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant     INTEGER NOT NULL,
    type       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    actor_kind TEXT    NOT NULL,
    actor_id   TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    changes    TEXT    NOT NULL,
    added      TEXT    NOT NULL,
    removed    TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (tenant, type, id, seq);

-- position stays null until the relay numbers the row.
CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    position   INTEGER UNIQUE,
    tenant     INTEGER NOT NULL,
    type       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    event_type TEXT    NOT NULL,
    payload    TEXT    NOT NULL
) STRICT;
CREATE INDEX outbox_subject ON outbox (tenant, type, id, version, seq);
CREATE INDEX outbox_unnumbered ON outbox (seq) WHERE position IS NULL;

-- +goose Down
DROP TABLE outbox;
DROP TABLE audit;
DROP TABLE departed;
DROP TABLE credential;
DROP TABLE member;
DROP TABLE unique_value;
DROP TABLE attr;
DROP TABLE counter;
DROP TABLE resource;
DROP TABLE token;
DROP TABLE connection;
DROP TABLE tenant;
