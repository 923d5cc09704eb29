-- The trail is read in the order of (at, seq) whatever it is asked for; each
-- index ends with seq by itself (docs/decisions/0070).

-- +goose Up
DROP INDEX audit_subject;
CREATE INDEX audit_subject ON audit (tenant, type, id, at);
CREATE INDEX audit_time ON audit (tenant, at);
CREATE INDEX audit_action ON audit (tenant, actor_kind, action, at);
CREATE INDEX audit_actor ON audit (tenant, actor_id, action, at);
CREATE INDEX audit_request ON audit (tenant, request_id) WHERE request_id <> '';

-- Who was added to a group or removed from it.
CREATE TABLE audit_member (
    tenant INTEGER NOT NULL,
    member TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (tenant, member, at, seq)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO audit_member (tenant, member, at, seq)
    SELECT a.tenant, m.value, a.at, a.seq FROM audit a CROSS JOIN json_each(a.added) m;
INSERT OR IGNORE INTO audit_member (tenant, member, at, seq)
    SELECT a.tenant, m.value, a.at, a.seq FROM audit a CROSS JOIN json_each(a.removed) m;

-- +goose Down
DROP TABLE audit_member;
DROP INDEX audit_request;
DROP INDEX audit_actor;
DROP INDEX audit_action;
DROP INDEX audit_time;
DROP INDEX audit_subject;
CREATE INDEX audit_subject ON audit (tenant, type, id, seq);
