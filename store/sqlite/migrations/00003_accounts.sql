-- What the lifecycle of accounts keeps: their standing on each resource, and
-- beside it their use, links, policies, and what is left of those that go.

-- +goose Up
-- later is a JSON array of {"a": microseconds, "s": status, "r": reason, "c":
-- microseconds}.
ALTER TABLE resource ADD COLUMN facts_revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE resource ADD COLUMN status TEXT NOT NULL DEFAULT '';
ALTER TABLE resource ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE resource ADD COLUMN status_changed INTEGER;
ALTER TABLE resource ADD COLUMN later TEXT;
ALTER TABLE resource ADD COLUMN state TEXT;
ALTER TABLE resource ADD COLUMN source TEXT;
ALTER TABLE resource ADD COLUMN source_client TEXT;
ALTER TABLE resource ADD COLUMN valid_from INTEGER;
ALTER TABLE resource ADD COLUMN valid_until INTEGER;
ALTER TABLE resource ADD COLUMN locked_until INTEGER;
ALTER TABLE resource ADD COLUMN invite_expires INTEGER;
ALTER TABLE resource ADD COLUMN api_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE resource ADD COLUMN idle_from INTEGER;
ALTER TABLE resource ADD COLUMN idle_told INTEGER;
ALTER TABLE resource ADD COLUMN due INTEGER;
UPDATE resource SET status = 'Active' WHERE stage = 'enrolled';
UPDATE resource SET state = '{"stage":"enrolled","suspensions":' || suspensions || '}'
    WHERE stage = 'enrolled' AND suspended_until IS NOT NULL AND suspensions IS NOT NULL;
UPDATE resource SET status = 'Suspended', reason = 'suspended',
    -- A suspension that ends does so by itself. Before 9999-12-31 23:59:59.
    later = CASE WHEN suspended_until < 253402300799000000
        THEN json_array(json_object('a', suspended_until, 's', 'Active', 'r', '', 'c', suspended_until)) END
    WHERE state IS NOT NULL AND suspended_until > unixepoch() * 1000000;
ALTER TABLE resource DROP COLUMN stage;
ALTER TABLE resource DROP COLUMN suspensions;
-- Nearly all accounts are active and stay so without a turn to come: these
-- indexes hold the others.
CREATE INDEX resource_status ON resource (tenant, type, status) WHERE later IS NULL AND status <> 'Active' AND status <> '';
CREATE INDEX resource_idle_told ON resource (tenant, type) WHERE idle_told IS NOT NULL;
CREATE INDEX resource_later ON resource (tenant, type) WHERE later IS NOT NULL;
CREATE INDEX resource_source_client ON resource (tenant, type, source_client) WHERE source_client IS NOT NULL;
CREATE INDEX resource_due ON resource (due) WHERE due IS NOT NULL;

-- members and groups are JSON arrays of [id, type], unique_values one of
-- [attribute, value].
CREATE TABLE departure (
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
    doc             TEXT    NOT NULL,
    idx             BLOB    NOT NULL,
    facts_revision  INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    status_changed  INTEGER,
    later           TEXT,
    state           TEXT,
    source          TEXT,
    source_client   TEXT,
    valid_from      INTEGER,
    valid_until     INTEGER,
    suspended_until INTEGER,
    locked_until    INTEGER,
    invite_expires  INTEGER,
    api_only        INTEGER NOT NULL,
    idle_from       INTEGER,
    idle_told       INTEGER,
    due             INTEGER,
    unique_values   TEXT    NOT NULL,
    members         TEXT    NOT NULL,
    groups          TEXT    NOT NULL,
    departed        INTEGER NOT NULL,
    purge_after     INTEGER,
    kept            INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, id)
) STRICT;
INSERT INTO departure
SELECT tenant, type, id, name, external_id, sort_name, label, created, modified, version, doc, idx, 1,
    CASE stage WHEN '' THEN '' ELSE 'Deprovisioned' END, CASE stage WHEN '' THEN '' ELSE 'deprovisioned' END,
    CASE stage WHEN '' THEN NULL ELSE departed END, NULL,
    CASE stage WHEN '' THEN NULL ELSE '{"stage":"deprovisioned","was":' || json_quote(stage) || coalesce(',"suspensions":' || suspensions, '')
        || ',"purgeAfter":"' || strftime('%Y-%m-%dT%H:%M:%S', purge_after / 1000000, 'unixepoch') || printf('.%06dZ', purge_after % 1000000) || '"}' END,
    NULL, NULL, NULL, NULL, suspended_until, NULL, NULL, 0, NULL, NULL, NULL, '[]', members, groups, departed, purge_after, 0
FROM departed;
DROP TABLE departed;
ALTER TABLE departure RENAME TO departed;
CREATE INDEX departed_purge ON departed (purge_after);
CREATE INDEX departed_listed ON departed (tenant, type, departed, id);

-- What is left of a resource that was purged.
CREATE TABLE tombstone (
    tenant INTEGER NOT NULL,
    type   TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, id)
) STRICT, WITHOUT ROWID;

-- By id and not by rid: it stays when the resource departs.
CREATE TABLE activity (
    tenant         INTEGER NOT NULL,
    type           TEXT    NOT NULL,
    id             TEXT    NOT NULL,
    revision       INTEGER NOT NULL,
    last_login     INTEGER,
    last_token_use INTEGER,
    failed         INTEGER NOT NULL,
    state          TEXT,
    PRIMARY KEY (tenant, type, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant      INTEGER NOT NULL,
    type        TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    succeeded   INTEGER NOT NULL,
    application TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    detail      TEXT    NOT NULL
) STRICT;
CREATE INDEX sign_in_subject ON sign_in (tenant, type, id, at, seq);
CREATE INDEX sign_in_at ON sign_in (tenant, at);

CREATE TABLE link (
    tenant  INTEGER NOT NULL,
    type    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    hash    BLOB    NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, id, kind)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX link_hash ON link (tenant, kind, hash);

CREATE TABLE policy (
    tenant   INTEGER NOT NULL PRIMARY KEY REFERENCES tenant (id),
    document TEXT    NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

ALTER TABLE connection ADD COLUMN tally TEXT;
ALTER TABLE connection ADD COLUMN tally_revision INTEGER NOT NULL DEFAULT 0;

CREATE INDEX token_subject ON token (tenant, subject) WHERE subject IS NOT NULL;

CREATE TABLE lease (
    name  TEXT    NOT NULL PRIMARY KEY,
    owner TEXT    NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
