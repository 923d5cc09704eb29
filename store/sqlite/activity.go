package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"rollcall/store"
)

const listActivities = `SELECT r.rid, a.revision, a.last_login, a.last_token_use, a.failed, a.state
	FROM json_each(?) p CROSS JOIN resource r ON r.rid = p.value
	CROSS JOIN activity a ON a.tenant = r.tenant AND a.type = r.type AND a.id = r.id`

// activitiesOf returns the activities of resources by their row ids, in one
// query.
func activitiesOf(ctx context.Context, tx *readTx, rids []int64) (map[int64]store.Activity, error) {
	list, err := json.Marshal(rids)
	if err != nil {
		return nil, err
	}
	activities := map[int64]store.Activity{}
	rows, err := tx.query(ctx, listActivities, string(list))
	err = each(rows, err, func(rows *sql.Rows) error {
		var rid int64
		var one store.Activity
		var login, token sql.NullInt64
		err := rows.Scan(&rid, &one.Revision, &login, &token, &one.Failed, &one.State)
		one.LastLogin, one.LastTokenUse = optionalInstant(login), optionalInstant(token)
		activities[rid] = one
		return err
	})
	return activities, err
}

// relate fills in the relations of records that a read asks for, by their row
// ids.
func relate(ctx context.Context, tx *readTx, rids []int64, records []store.Record, with store.Relations) error {
	if with&store.WithGroups != 0 {
		groups, err := groupsOf(ctx, tx, rids)
		if err != nil {
			return err
		}
		for i, rid := range rids {
			records[i].Groups = groups[rid]
		}
	}
	if with&store.WithActivity != 0 {
		activities, err := activitiesOf(ctx, tx, rids)
		if err != nil {
			return err
		}
		for i, rid := range rids {
			records[i].Activity = activities[rid]
		}
	}
	return nil
}

const (
	firstActivity = `INSERT INTO activity (last_login, last_token_use, failed, state, tenant, type, id, revision)
		VALUES (?, ?, ?, ?, ?, ?, ?, ? + 1) ON CONFLICT DO NOTHING`
	nextActivity = `UPDATE activity SET last_login = ?, last_token_use = ?, failed = ?, state = ?, revision = revision + 1
		WHERE tenant = ? AND type = ? AND id = ? AND revision = ?`
)

// activity writes down the use of an account.
func (c commit) activity(ctx context.Context, update *store.Update) error {
	tenant, id := int64(update.Key.Tenant), update.Key.ID.String()
	if use := update.Activity; use != nil {
		text := nextActivity
		if use.Revision == 0 {
			text = firstActivity
		}
		written, err := c.exec(ctx, text, optionalMicros(use.LastLogin), optionalMicros(use.LastTokenUse), use.Failed, optionalBytes(use.State),
			tenant, update.Key.Type, id, use.Revision)
		if err != nil {
			return err
		}
		if written == 0 {
			return store.ErrVersion
		}
	}
	for _, one := range update.SignIns {
		_, err := c.exec(ctx, `INSERT INTO sign_in (tenant, type, id, at, succeeded, application, address, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			tenant, update.Key.Type, id, micros(one.At), one.Succeeded, one.Application, one.Address, one.Detail)
		if err != nil {
			return err
		}
	}
	return nil
}

const signInsSQL = `SELECT at, seq, succeeded, application, address, detail FROM sign_in
	WHERE tenant = ? AND type = ? AND id = ? AND (at, seq) < (coalesce(?, 9223372036854775807), ?) ORDER BY at DESC, seq DESC LIMIT ?`

// SignIns returns the history of sign-ins, newest first.
func (s *Store) SignIns(ctx context.Context, key store.Key, before store.TimePosition, limit int) ([]store.SignIn, error) {
	var list []store.SignIn
	err := s.read(ctx, "sign-ins", func(tx *readTx) error {
		rows, err := tx.query(ctx, signInsSQL, int64(key.Tenant), key.Type, key.ID.String(), optionalMicros(before.At), before.Number, max(limit, 0))
		return each(rows, err, func(rows *sql.Rows) error {
			var one store.SignIn
			var at int64
			err := rows.Scan(&at, &one.Number, &one.Succeeded, &one.Application, &one.Address, &one.Detail)
			one.At = instant(at)
			list = append(list, one)
			return err
		})
	})
	return list, err
}
