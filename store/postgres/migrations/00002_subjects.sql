-- +goose Up
-- The user that a token acts for. No foreign key: a user who is deleted leaves
-- the token behind, which then names nobody.
ALTER TABLE token ADD COLUMN subject uuid;

-- What all copies of the server have to agree on, such as the key of cursors.
CREATE TABLE secret (
    name  text COLLATE "C" NOT NULL CONSTRAINT secret_key PRIMARY KEY,
    value bytea NOT NULL
);

-- How each resource type was defined when its resources were last written.
CREATE TABLE definition (
    type     text COLLATE "C" NOT NULL CONSTRAINT definition_key PRIMARY KEY,
    document json NOT NULL
);

-- The time of a change never moves back: who walks in the order of changes
-- would miss what jumps behind.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION rollcall_bump(of_tenant bigint, types text[], ids uuid[], at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    FOR i IN 1 .. coalesce(cardinality(ids), 0) LOOP
        UPDATE resource r SET version = r.version + 1, modified = greatest(r.modified, at)
        WHERE r.tenant = of_tenant AND r.type = types[i] AND r.id = ids[i];
    END LOOP;
    RETURN true;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE definition, secret;
ALTER TABLE token DROP COLUMN subject;
