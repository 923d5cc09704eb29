-- +goose Up
-- The last requests of connections that are inspected, without what is secret.
CREATE TABLE request_log (
    number         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT request_log_key PRIMARY KEY,
    tenant         bigint NOT NULL,
    connection     uuid NOT NULL,
    at             timestamptz NOT NULL,
    request_id     text COLLATE "C" NOT NULL,
    method         text COLLATE "C" NOT NULL,
    path           text NOT NULL,
    query          text NOT NULL,
    status         integer NOT NULL,
    took           bigint NOT NULL,
    normalisations text[] NOT NULL,
    subjects       uuid[] NOT NULL,
    sent           text,
    sent_left      text NOT NULL,
    answered       text,
    answered_left  text NOT NULL,
    CONSTRAINT request_log_connection FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
);
CREATE INDEX request_log_of ON request_log (tenant, connection, at DESC, number DESC);
CREATE INDEX request_log_at ON request_log (tenant, at);

-- Which requests name a resource.
CREATE TABLE request_log_subject (
    tenant  bigint NOT NULL,
    subject uuid NOT NULL,
    number  bigint NOT NULL CONSTRAINT request_log_subject_of REFERENCES request_log (number) ON DELETE CASCADE,
    CONSTRAINT request_log_subject_key PRIMARY KEY (tenant, subject, number)
);
CREATE INDEX request_log_subject_number ON request_log_subject (number);

-- A request names resources by their ids alone.
CREATE INDEX tombstone_id ON tombstone (tenant, id);

-- +goose Down
DROP INDEX tombstone_id;
DROP TABLE request_log_subject, request_log;
