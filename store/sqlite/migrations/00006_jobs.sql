-- +goose Up
-- due is when an unfinished job can be claimed: run_after while it is queued,
-- the end of the lease while it runs, null when it is over.
CREATE TABLE job (
    tenant       INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    actor_kind   TEXT    NOT NULL,
    actor_id     TEXT    NOT NULL,
    connection   TEXT,
    request_id   TEXT    NOT NULL,
    done         INTEGER NOT NULL DEFAULT 0,
    total        INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    attempt      INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    reason       TEXT    NOT NULL DEFAULT '',
    cancelling   INTEGER NOT NULL DEFAULT 0,
    run_after    INTEGER NOT NULL,
    due          INTEGER,
    lease_owner  TEXT    NOT NULL DEFAULT '',
    created      INTEGER NOT NULL,
    started      INTEGER,
    finished     INTEGER,
    expires      INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX job_due ON job (tenant, due, id) WHERE due IS NOT NULL;
CREATE INDEX job_running ON job (tenant, due) WHERE state = 'running';
CREATE INDEX job_expires ON job (expires) WHERE expires IS NOT NULL;

-- What can be large stands apart, so that a list of jobs never reads it.
CREATE TABLE job_input (
    tenant INTEGER NOT NULL,
    job    TEXT    NOT NULL,
    input  BLOB    NOT NULL,
    PRIMARY KEY (tenant, job)
) STRICT;
CREATE TABLE job_checkpoint (
    tenant     INTEGER NOT NULL,
    job        TEXT    NOT NULL,
    checkpoint BLOB    NOT NULL,
    PRIMARY KEY (tenant, job)
) STRICT;
CREATE TABLE job_result (
    tenant INTEGER NOT NULL,
    job    TEXT    NOT NULL,
    result BLOB    NOT NULL,
    PRIMARY KEY (tenant, job)
) STRICT;
CREATE TABLE job_item (
    tenant  INTEGER NOT NULL,
    job     TEXT    NOT NULL,
    number  INTEGER NOT NULL,
    outcome BLOB    NOT NULL,
    PRIMARY KEY (tenant, job, number)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE job_item;
DROP TABLE job_result;
DROP TABLE job_checkpoint;
DROP TABLE job_input;
DROP TABLE job;
