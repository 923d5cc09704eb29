-- +goose Up
-- A file that was sent to be worked on later; about is null until it is whole.
CREATE TABLE upload (
    tenant  INTEGER NOT NULL REFERENCES tenant (id),
    id      TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    about   BLOB,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX upload_expires ON upload (expires);
CREATE TABLE upload_chunk (
    tenant INTEGER NOT NULL,
    upload TEXT    NOT NULL,
    number INTEGER NOT NULL,
    data   BLOB    NOT NULL,
    PRIMARY KEY (tenant, upload, number),
    FOREIGN KEY (tenant, upload) REFERENCES upload (tenant, id) ON DELETE CASCADE
) STRICT;

-- +goose Down
DROP TABLE upload_chunk;
DROP TABLE upload;
