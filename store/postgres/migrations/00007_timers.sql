-- +goose Up
-- What the mass guard counts of what the policy of a tenant does by itself.
ALTER TABLE tenant
    ADD COLUMN tally text,
    ADD COLUMN tally_revision bigint NOT NULL DEFAULT 0;
ALTER TABLE tenant SET (fillfactor = 50);

-- Until when those who do what is due pass over a row. It makes that later, and
-- ends with the next change of facts.
ALTER TABLE resource ADD COLUMN postponed timestamptz;
ALTER TABLE departed ADD COLUMN postponed timestamptz;
CREATE INDEX resource_fires ON resource (greatest(due, postponed)) WHERE due IS NOT NULL;
DROP INDEX departed_purge;
CREATE INDEX departed_fires ON departed (greatest(purge_after, postponed)) WHERE purge_after IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION rollcall_tenant_tally(of_tenant bigint, match bigint, data text) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE tenant t SET tally = data, tally_revision = match + 1
    WHERE t.id = of_tenant AND t.tally_revision = match;
    IF FOUND THEN
        RETURN true;
    END IF;
    PERFORM 1 FROM tenant t WHERE t.id = of_tenant;
    IF FOUND THEN
        RAISE EXCEPTION 'version does not match' USING ERRCODE = 'RC412';
    END IF;
    RAISE EXCEPTION 'tenant does not exist' USING ERRCODE = 'RC404';
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION rollcall_tenant_tally;
DROP INDEX departed_fires;
CREATE INDEX departed_purge ON departed (purge_after);
DROP INDEX resource_fires;
ALTER TABLE departed DROP COLUMN postponed;
ALTER TABLE resource DROP COLUMN postponed;
ALTER TABLE tenant
    DROP COLUMN tally_revision,
    DROP COLUMN tally;
