-- +goose Up
-- The people who administer a tenant in the console. They are no resources.
CREATE TABLE operator (
    tenant       bigint NOT NULL CONSTRAINT operator_tenant REFERENCES tenant (id),
    id           uuid NOT NULL,
    name         text COLLATE "C" NOT NULL,
    role         text COLLATE "C" NOT NULL,
    issuer       text COLLATE "C" NOT NULL,
    subject      text COLLATE "C" NOT NULL,
    created      timestamptz NOT NULL,
    last_sign_in timestamptz,
    CONSTRAINT operator_key PRIMARY KEY (tenant, id),
    CONSTRAINT operator_name_key UNIQUE (tenant, name)
);
CREATE UNIQUE INDEX operator_subject_key ON operator (tenant, issuer, subject) WHERE issuer <> '';

CREATE TABLE sign_in_link (
    hash     bytea NOT NULL CONSTRAINT sign_in_link_key PRIMARY KEY,
    tenant   bigint NOT NULL,
    operator uuid NOT NULL,
    expires  timestamptz NOT NULL,
    CONSTRAINT sign_in_link_operator FOREIGN KEY (tenant, operator) REFERENCES operator (tenant, id) ON DELETE CASCADE
);
CREATE INDEX sign_in_link_of ON sign_in_link (tenant, operator);
CREATE INDEX sign_in_link_expires ON sign_in_link (expires);

CREATE TABLE session (
    tenant   bigint NOT NULL,
    id       uuid NOT NULL,
    hash     bytea NOT NULL CONSTRAINT session_hash_key UNIQUE,
    operator uuid NOT NULL,
    created  timestamptz NOT NULL,
    seen     timestamptz NOT NULL,
    expires  timestamptz NOT NULL,
    address  text NOT NULL,
    agent    text NOT NULL,
    CONSTRAINT session_key PRIMARY KEY (tenant, id),
    CONSTRAINT session_operator FOREIGN KEY (tenant, operator) REFERENCES operator (tenant, id) ON DELETE CASCADE
);
CREATE INDEX session_of ON session (tenant, operator);
CREATE INDEX session_expires ON session (expires);

-- +goose Down
DROP TABLE session, sign_in_link, operator;
