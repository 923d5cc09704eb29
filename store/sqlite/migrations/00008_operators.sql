-- +goose Up
-- The people who administer a tenant in the console. They are no resources.
CREATE TABLE operator (
    tenant       INTEGER NOT NULL REFERENCES tenant (id),
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    issuer       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    last_sign_in INTEGER,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
) STRICT;
CREATE UNIQUE INDEX operator_subject ON operator (tenant, issuer, subject) WHERE issuer <> '';

CREATE TABLE sign_in_link (
    hash     BLOB    NOT NULL PRIMARY KEY,
    tenant   INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    expires  INTEGER NOT NULL,
    FOREIGN KEY (tenant, operator) REFERENCES operator (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sign_in_link_of ON sign_in_link (tenant, operator);
CREATE INDEX sign_in_link_expires ON sign_in_link (expires);

CREATE TABLE session (
    tenant   INTEGER NOT NULL,
    id       TEXT    NOT NULL,
    hash     BLOB    NOT NULL UNIQUE,
    operator TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    seen     INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    address  TEXT    NOT NULL,
    agent    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, operator) REFERENCES operator (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX session_of ON session (tenant, operator);
CREATE INDEX session_expires ON session (expires);

-- +goose Down
DROP TABLE session;
DROP TABLE sign_in_link;
DROP TABLE operator;
