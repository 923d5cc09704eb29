package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"rollcall/store"
)

// PruneAudit deletes old rows.
func (s *Store) PruneAudit(ctx context.Context, prune store.AuditPrune) (store.AuditStep, error) {
	search := store.AuditSearch{Tenant: prune.Tenant, Until: prune.Before, After: prune.After, OldestFirst: true, Limit: prune.Limit}
	return s.auditStep(ctx, "prune audit", search, func(tx *writeTx, row place) (bool, error) {
		return tx.prune(ctx, int64(prune.Tenant), row)
	})
}

const (
	pruneRow      = `DELETE FROM audit WHERE seq = ? RETURNING added, removed`
	unlinkMembers = `DELETE FROM audit_member WHERE tenant = ? AND at = ? AND seq = ? AND member IN (SELECT value FROM json_each(?))`
)

// prune deletes a row with what links its members to it.
func (t *writeTx) prune(ctx context.Context, tenant int64, row place) (bool, error) {
	var moved [2]string
	err := t.row(ctx, pruneRow, []any{row.seq}, &moved[0], &moved[1])
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	for _, members := range moved {
		if err == nil && members != "[]" {
			_, err = t.exec(ctx, unlinkMembers, tenant, row.at, row.seq, members)
		}
	}
	return true, err
}

// eraseRow leaves alone what is erased already.
const eraseRow = `UPDATE audit SET changes = e.changes, reason = CASE reason WHEN '' THEN '' ELSE ?3 END
	FROM (SELECT json_group_object(k.key, json(CASE k.type
			WHEN 'null' THEN 'null'
			WHEN 'array' THEN (SELECT json_group_array(json(CASE v.type WHEN 'null' THEN 'null' ELSE json_quote(?3) END)) FROM json_each(k.value) v)
			ELSE json_quote(?3) END)) AS changes
		FROM audit a CROSS JOIN json_each(a.changes) k WHERE a.seq = ?1) e
	WHERE seq = ?1 AND id = ?2 AND type = ?4 AND version < ?5 AND (audit.changes <> e.changes OR reason NOT IN ('', ?3))`

// EraseAudit removes personal data from the rows about a subject.
func (s *Store) EraseAudit(ctx context.Context, erasure store.AuditErasure) (store.AuditStep, error) {
	if err := store.CheckKey("subject", erasure.Subject.Type); err != nil {
		return store.AuditStep{}, wrap(ctx, "erase audit", err)
	}
	search := store.AuditSearch{
		Tenant: erasure.Subject.Tenant, SubjectType: erasure.Subject.Type, Subject: erasure.Subject.ID,
		Until: store.Forever, After: erasure.After, OldestFirst: true, Limit: erasure.Limit,
	}
	return s.auditStep(ctx, "erase audit", search, func(tx *writeTx, row place) (bool, error) {
		changed, err := tx.exec(ctx, eraseRow, row.seq, erasure.Subject.ID.String(), store.Erased, erasure.Subject.Type, erasure.Below)
		return changed > 0, err
	})
}

// place is where a row of the trail is, and how many members it names.
type place struct{ at, seq, members int64 }

// auditStep runs one step over the rows that a search finds, in one transaction.
// A row that takes it past as many members as it may name is its last.
func (s *Store) auditStep(ctx context.Context, operation string, search store.AuditSearch, work func(*writeTx, place) (bool, error)) (store.AuditStep, error) {
	step := store.AuditStep{Next: search.After}
	search.Limit = min(search.Limit, store.MaxAuditPage)
	if search.Limit <= 0 || search.Until.IsZero() {
		return step, nil
	}
	err := s.write(ctx, operation, func(tx *writeTx) error {
		found, err := tx.auditPlaces(ctx, search)
		if err != nil {
			return err
		}
		left := int64(store.MaxAuditMembers)
		for _, row := range found {
			if left <= 0 {
				break
			}
			done, err := work(tx, row)
			if err != nil {
				return err
			}
			if done {
				step.Rows++
			}
			left -= row.members
			step.Next, step.More = store.TimePosition{At: instant(row.at), Number: row.seq}, true
		}
		return nil
	})
	if err != nil {
		return store.AuditStep{}, err
	}
	return step, nil
}

// auditPlaces reads where the rows are. The text depends on the search and is
// not worth keeping.
func (t *writeTx) auditPlaces(ctx context.Context, search store.AuditSearch) ([]place, error) {
	text := sqlf("SELECT f.at, f.seq, json_array_length(a.added) + json_array_length(a.removed) FROM (%s) f CROSS JOIN audit a ON a.seq = f.seq ORDER BY %s",
		foundAudit(search, search.Limit), auditOrder(search, "f"))
	rows, err := t.w.conn.QueryContext(ctx, text.text, text.args...)
	var found []place
	err = each(rows, err, func(rows *sql.Rows) error {
		var one place
		err := rows.Scan(&one.at, &one.seq, &one.members)
		found = append(found, one)
		return err
	})
	return found, err
}
