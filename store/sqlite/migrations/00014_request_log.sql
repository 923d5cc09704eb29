-- +goose Up
-- The last requests of connections that are inspected, without what is secret.
CREATE TABLE request_log (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant         INTEGER NOT NULL,
    connection     TEXT NOT NULL REFERENCES connection (id),
    at             INTEGER NOT NULL,
    request_id     TEXT NOT NULL,
    method         TEXT NOT NULL,
    path           TEXT NOT NULL,
    query          TEXT NOT NULL,
    status         INTEGER NOT NULL,
    took           INTEGER NOT NULL,
    normalisations TEXT NOT NULL,
    subjects       TEXT NOT NULL,
    sent           TEXT,
    sent_left      TEXT NOT NULL,
    answered       TEXT,
    answered_left  TEXT NOT NULL
) STRICT;
CREATE INDEX request_log_of ON request_log (tenant, connection, at DESC, number DESC);
CREATE INDEX request_log_at ON request_log (tenant, at);

-- Which requests name a resource.
CREATE TABLE request_log_subject (
    tenant  INTEGER NOT NULL,
    subject TEXT NOT NULL,
    number  INTEGER NOT NULL REFERENCES request_log (number) ON DELETE CASCADE,
    PRIMARY KEY (tenant, subject, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_log_subject_number ON request_log_subject (number);

-- A request names resources by their ids alone.
CREATE INDEX tombstone_id ON tombstone (tenant, id);

-- +goose Down
DROP INDEX tombstone_id;
DROP TABLE request_log_subject;
DROP TABLE request_log;
