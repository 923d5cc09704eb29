package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/google/uuid"

	"rollcall/store"
)

// Policy returns what a tenant decided about its accounts.
func (s *Store) Policy(ctx context.Context, tenant store.TenantID) (document []byte, revision int64, err error) {
	err = s.one(ctx, "policy", `SELECT document, revision FROM policy WHERE tenant = ?`, []any{int64(tenant)}, &document, &revision)
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, nil
	}
	return document, revision, err
}

// SetPolicy replaces it, if it is still the one that the caller knows.
func (s *Store) SetPolicy(ctx context.Context, tenant store.TenantID, document []byte, match int64, jobs []store.NewJob, audit store.Audit) (revision int64, err error) {
	err = s.write(ctx, "set policy", func(tx *writeTx) error {
		if err := errors.Join(store.CheckText("policy", string(document)), audit.Check()); err != nil {
			return err
		}
		text := `UPDATE policy SET document = ?, revision = revision + 1 WHERE tenant = ? AND revision = ?`
		if match == 0 {
			text = `INSERT INTO policy (document, tenant, revision) VALUES (?, ?, ? + 1) ON CONFLICT DO NOTHING`
		}
		written, err := tx.exec(ctx, text, jsonObject(document), int64(tenant), match)
		switch {
		case dangling(err):
			return store.ErrNotFound
		case err != nil:
			return err
		case written == 0:
			return store.ErrVersion
		}
		revision = match + 1
		for i := range jobs {
			job := jobs[i]
			job.Most = 0
			if err := tx.enqueue(ctx, &job); err != nil {
				return err
			}
		}
		return tx.audit(ctx, int64(tenant), store.TenantSubject, uuid.Nil.String(), revision, audit, moved{})
	})
	if err != nil {
		return 0, err
	}
	return revision, nil
}

// tallied is the row that holds a tally.
func tallied(tenant store.TenantID, connection uuid.UUID) (table, where string, args []any) {
	if connection == uuid.Nil {
		return "tenant", "id = ?", []any{int64(tenant)}
	}
	return "connection", "tenant = ? AND id = ?", []any{int64(tenant), connection.String()}
}

// Tally returns what the mass guard counted for a connection, or the tenant.
func (s *Store) Tally(ctx context.Context, tenant store.TenantID, connection uuid.UUID) (data []byte, revision int64, err error) {
	table, where, args := tallied(tenant, connection)
	err = s.one(ctx, "tally", `SELECT tally, tally_revision FROM `+table+` WHERE `+where, args, &data, &revision)
	return data, revision, err
}

type tally struct{ *store.SetTally }

func (t tally) apply(ctx context.Context, c commit) (store.Committed, error) {
	table, where, args := tallied(t.Tenant, t.Connection)
	written, err := c.exec(ctx, `UPDATE `+table+` SET tally = ?, tally_revision = tally_revision + 1 WHERE `+where+` AND tally_revision = ?`,
		slices.Concat([]any{jsonObject(t.Data)}, args, []any{t.Match})...)
	if err != nil {
		return store.Committed{}, err
	}
	if written > 0 {
		done := store.Committed{Version: t.Match + 1, Changed: true}
		subject := t.Subject()
		if t.Audit.Action != "" {
			if err := c.audit(ctx, int64(subject.Tenant), subject.Type, subject.ID.String(), 0, t.Audit, moved{}); err != nil {
				return store.Committed{}, err
			}
		}
		told := store.Trail{Audit: t.Audit, Events: t.Events}
		return done, errors.Join(c.tell(ctx, subject, done.Version, told), c.jobs(ctx, t.Jobs))
	}
	var one int
	err = c.row(ctx, `SELECT 1 FROM `+table+` WHERE `+where, args, &one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return store.Committed{}, store.ErrNotFound
	case err != nil:
		return store.Committed{}, err
	}
	return store.Committed{}, store.ErrVersion
}

// CountBySource counts the resources of a type that come from a client.
func (s *Store) CountBySource(ctx context.Context, tenant store.TenantID, typ, client string) (n int, err error) {
	if client == "" {
		err = s.one(ctx, "count", `SELECT coalesce(sum(total), 0) FROM counter WHERE tenant = ? AND type = ?`, []any{int64(tenant), typ}, &n)
	} else {
		err = s.one(ctx, "count", `SELECT count(*) FROM resource WHERE tenant = ? AND type = ? AND source_client = ?`, []any{int64(tenant), typ, client}, &n)
	}
	return n, err
}
