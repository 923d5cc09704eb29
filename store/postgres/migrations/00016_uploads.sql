-- +goose Up
-- A file that was sent to be worked on later; about is null until it is whole.
CREATE TABLE upload (
    tenant  bigint      NOT NULL REFERENCES tenant (id),
    id      uuid        NOT NULL,
    name    text        NOT NULL,
    about   bytea,
    created timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX upload_expires ON upload (expires);
CREATE TABLE upload_chunk (
    tenant bigint  NOT NULL,
    upload uuid    NOT NULL,
    number integer NOT NULL,
    data   bytea   NOT NULL,
    PRIMARY KEY (tenant, upload, number),
    FOREIGN KEY (tenant, upload) REFERENCES upload (tenant, id) ON DELETE CASCADE
);
ALTER TABLE upload_chunk ALTER COLUMN data SET STORAGE EXTERNAL;

-- +goose Down
DROP TABLE upload_chunk;
DROP TABLE upload;
