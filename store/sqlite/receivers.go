package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// CreateReceiver stores a receiver with its secrets.
func (s *Store) CreateReceiver(ctx context.Context, receiver store.Receiver, secrets []store.ReceiverSecret, audit store.Audit) error {
	return s.changeReceiver(ctx, "create receiver", receiver.Tenant, receiver.ID, audit, func(tx *writeTx) error {
		events, err := texts(receiver.Events)
		if err := errors.Join(err, receiver.Check()); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `INSERT INTO receiver (tenant, id, name, kind, url, events, options, created, state, since, reason,
				position, failures, failing, succeeded, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			int64(receiver.Tenant), receiver.ID.String(), receiver.Name, receiver.Kind, receiver.URL, events, jsonObject(receiver.Options),
			micros(receiver.Created), receiver.State, micros(receiver.Since), receiver.Reason, receiver.Position, receiver.Failures,
			optionalMicros(receiver.Failing), optionalMicros(receiver.Succeeded), optionalMicros(receiver.Due))
		for i := 0; err == nil && i < len(secrets); i++ {
			err = tx.insertSecret(ctx, receiver.Tenant, receiver.ID, secrets[i])
		}
		return named(err)
	})
}

// UpdateReceiver replaces the settings of a receiver, and secrets with them.
func (s *Store) UpdateReceiver(ctx context.Context, before, receiver store.Receiver, fresh []store.ReceiverSecret, audit store.Audit) error {
	return s.changeReceiver(ctx, "update receiver", receiver.Tenant, receiver.ID, audit, func(tx *writeTx) error {
		events, err := texts(receiver.Events)
		was, wrong := texts(before.Events)
		if err := errors.Join(err, wrong, receiver.Check()); err != nil {
			return err
		}
		changed, err := tx.exec(ctx, updateReceiverSQL, receiver.Name, receiver.URL, events, jsonObject(receiver.Options),
			int64(receiver.Tenant), receiver.ID.String(), before.Name, before.URL, was, jsonObject(before.Options))
		if err == nil && changed == 0 {
			return tx.otherReceiver(ctx, receiver.Tenant, receiver.ID)
		}
		err = named(err)
		for i := 0; err == nil && i < len(fresh); i++ {
			err = tx.rotateSecret(ctx, receiver.Tenant, receiver.ID, fresh[i], fresh[i].Created)
		}
		return err
	})
}

// otherReceiver is why a receiver was not changed that is as it was before: it is
// not so any more, or it is gone.
func (tx *writeTx) otherReceiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID) error {
	var there int
	if err := tx.row(ctx, `SELECT 1 FROM receiver WHERE tenant = ? AND id = ?`, []any{int64(tenant), receiver.String()}, &there); err != nil {
		return noRows(err)
	}
	return store.ErrVersion
}

const (
	updateReceiverSQL = `UPDATE receiver SET name = ?, url = ?, events = ?, options = ?
		WHERE tenant = ? AND id = ? AND name = ? AND url = ? AND events = ? AND options = ?`

	setReceiverStateSQL = `UPDATE receiver SET state = ?, since = ?, reason = ?
		WHERE tenant = ? AND id = ? AND EXISTS (SELECT 1 FROM json_each(?) f WHERE f.value = receiver.state)`

	clearHealthSQL = `UPDATE receiver SET failures = 0, failing = NULL, succeeded = NULL, due = NULL WHERE tenant = ? AND id = ?`

	restartDeliveriesSQL = `UPDATE delivery SET attempts = 0, first = NULL, due = ? WHERE tenant = ? AND receiver = ? AND state = 'pending'`
)

// SetReceiverState replaces the state of a receiver.
func (s *Store) SetReceiverState(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, from []string, to string, since time.Time, reason string, audit store.Audit) error {
	return s.changeReceiver(ctx, "set state of receiver", tenant, receiver, audit, func(tx *writeTx) error {
		states, err := texts(from)
		if err := errors.Join(err, store.CheckText("reason", reason)); err != nil {
			return err
		}
		changed, err := tx.exec(ctx, setReceiverStateSQL, to, micros(since), reason, int64(tenant), receiver.String(), states)
		if err != nil {
			return err
		}
		if changed == 0 {
			return tx.otherReceiver(ctx, tenant, receiver)
		}
		if to != store.ReceiverActive {
			return nil
		}
		if _, err := tx.exec(ctx, clearHealthSQL, int64(tenant), receiver.String()); err != nil {
			return err
		}
		_, err = tx.exec(ctx, restartDeliveriesSQL, micros(since), int64(tenant), receiver.String())
		return err
	})
}

// RewindReceiver sets the position of a receiver.
func (s *Store) RewindReceiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, position int64, audit store.Audit) error {
	return s.changeReceiver(ctx, "rewind receiver", tenant, receiver, audit, func(tx *writeTx) error {
		changed, err := tx.exec(ctx, `UPDATE receiver SET position = ?, lease = NULL WHERE tenant = ? AND id = ?`, position, int64(tenant), receiver.String())
		if err := found(changed, err); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `DELETE FROM delivery WHERE tenant = ? AND receiver = ? AND state = 'pending' AND position > ?`,
			int64(tenant), receiver.String(), position)
		return err
	})
}

// DeleteReceiver removes a receiver and its secrets.
func (s *Store) DeleteReceiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, audit store.Audit) error {
	return s.changeReceiver(ctx, "delete receiver", tenant, receiver, audit, func(tx *writeTx) error {
		removed, err := tx.exec(ctx, `DELETE FROM receiver WHERE tenant = ? AND id = ?`, int64(tenant), receiver.String())
		if err := found(removed, err); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `INSERT INTO receiver_gone (tenant, id) VALUES (?, ?)`, int64(tenant), receiver.String())
		return err
	})
}

// changeReceiver runs a change and notes it, in one transaction.
func (s *Store) changeReceiver(ctx context.Context, operation string, tenant store.TenantID, receiver uuid.UUID, audit store.Audit, change func(*writeTx) error) error {
	if err := audit.Check(); err != nil {
		return wrap(ctx, operation, err)
	}
	return s.write(ctx, operation, func(tx *writeTx) error {
		if err := change(tx); err != nil {
			return err
		}
		return tx.audit(ctx, int64(tenant), store.ReceiverSubject, receiver.String(), 1, audit, moved{})
	})
}

// found turns no row into ErrNotFound.
func found(rows int64, err error) error {
	if err == nil && rows == 0 {
		return store.ErrNotFound
	}
	return err
}

// named tells a name that is taken and an owner that does not exist.
func named(err error) error {
	switch {
	case taken(err):
		return &store.UniquenessError{Attribute: "name"}
	case dangling(err):
		return store.ErrNotFound
	}
	return err
}

// texts is a JSON array that is never null.
func texts(list []string) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	array, err := json.Marshal(list)
	return string(array), err
}
