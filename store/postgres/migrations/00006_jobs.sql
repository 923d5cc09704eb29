-- +goose Up
-- due is when an unfinished job can be claimed: run_after while it is queued,
-- the end of the lease while it runs, null when it is over.
CREATE TABLE job (
    tenant      bigint NOT NULL,
    id          uuid NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL,
    actor_kind  text NOT NULL,
    actor_id    text NOT NULL,
    connection  uuid,
    request_id  text NOT NULL,
    done        bigint NOT NULL DEFAULT 0,
    total       bigint NOT NULL DEFAULT 0,
    failed      bigint NOT NULL DEFAULT 0,
    attempt     bigint NOT NULL DEFAULT 0,
    failures    bigint NOT NULL DEFAULT 0,
    reason      text NOT NULL DEFAULT '',
    cancelling  boolean NOT NULL DEFAULT false,
    run_after   timestamptz NOT NULL,
    due         timestamptz,
    lease_owner text NOT NULL DEFAULT '',
    created     timestamptz NOT NULL,
    started     timestamptz,
    finished    timestamptz,
    expires     timestamptz,
    CONSTRAINT job_key PRIMARY KEY (tenant, id)
) WITH (fillfactor = 70);
CREATE INDEX job_due ON job (tenant, due, id) WHERE due IS NOT NULL;
CREATE INDEX job_running ON job (tenant, due) WHERE state = 'running';
CREATE INDEX job_expires ON job (expires) WHERE expires IS NOT NULL;

-- What can be large stands apart, so that a list of jobs never reads it.
CREATE TABLE job_input (
    tenant bigint NOT NULL,
    job    uuid NOT NULL,
    input  bytea NOT NULL,
    CONSTRAINT job_input_key PRIMARY KEY (tenant, job)
);
CREATE TABLE job_checkpoint (
    tenant     bigint NOT NULL,
    job        uuid NOT NULL,
    checkpoint bytea NOT NULL,
    CONSTRAINT job_checkpoint_key PRIMARY KEY (tenant, job)
);
CREATE TABLE job_result (
    tenant bigint NOT NULL,
    job    uuid NOT NULL,
    result bytea NOT NULL,
    CONSTRAINT job_result_key PRIMARY KEY (tenant, job)
);
CREATE TABLE job_item (
    tenant  bigint NOT NULL,
    job     uuid NOT NULL,
    number  bigint NOT NULL,
    outcome bytea NOT NULL,
    CONSTRAINT job_item_key PRIMARY KEY (tenant, job, number)
);

-- +goose Down
DROP TABLE job_item;
DROP TABLE job_result;
DROP TABLE job_checkpoint;
DROP TABLE job_input;
DROP TABLE job;
