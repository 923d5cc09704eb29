-- +goose Up
-- Lists that operators have given a name: which, in which order, with which
-- columns.
CREATE TABLE saved_view (
    tenant   bigint NOT NULL,
    id       uuid NOT NULL,
    operator uuid NOT NULL,
    name     text COLLATE "C" NOT NULL,
    query    text NOT NULL,
    shared   boolean NOT NULL,
    created  timestamptz NOT NULL,
    CONSTRAINT saved_view_key PRIMARY KEY (tenant, id),
    CONSTRAINT saved_view_name_key UNIQUE (tenant, operator, name),
    CONSTRAINT saved_view_operator FOREIGN KEY (tenant, operator) REFERENCES operator (tenant, id) ON DELETE CASCADE
);
CREATE INDEX saved_view_shared ON saved_view (tenant, name) WHERE shared;

-- +goose Down
DROP TABLE saved_view;
