-- +goose Up
-- Lists that operators have given a name: which, in which order, with which
-- columns.
CREATE TABLE saved_view (
    tenant   INTEGER NOT NULL,
    id       TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    query    TEXT    NOT NULL,
    shared   INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, operator, name),
    FOREIGN KEY (tenant, operator) REFERENCES operator (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX saved_view_shared ON saved_view (tenant, name) WHERE shared;

-- +goose Down
DROP TABLE saved_view;
