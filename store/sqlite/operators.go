package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"rollcall/store"
)

// takenOperator names what another operator has.
func takenOperator(err error) error {
	switch {
	case taken(err):
		return &store.UniquenessError{}
	case dangling(err):
		return store.ErrNotFound
	}
	return err
}

// CreateOperator stores an operator.
func (s *Store) CreateOperator(ctx context.Context, operator store.Operator, audit store.Audit) error {
	return s.write(ctx, "create operator", func(tx *writeTx) error {
		if err := errors.Join(operator.Check(), audit.Check()); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO operator (tenant, id, name, role, issuer, subject, created, last_sign_in) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			int64(operator.Tenant), operator.ID.String(), operator.Name, operator.Role, operator.Issuer, operator.Subject,
			micros(operator.Created), optionalMicros(operator.LastSignIn))
		if err != nil {
			return takenOperator(err)
		}
		return tx.audit(ctx, int64(operator.Tenant), store.OperatorSubject, operator.ID.String(), 0, audit, moved{})
	})
}

const operatorColumns = `o.id, o.tenant, o.name, o.role, o.issuer, o.subject, o.created, o.last_sign_in`

// operatorRow is an operator as it is stored.
type operatorRow struct {
	store.Operator
	created    int64
	lastSignIn sql.NullInt64
}

func (r *operatorRow) into() []any {
	return []any{&r.ID, &r.Tenant, &r.Name, &r.Role, &r.Issuer, &r.Subject, &r.created, &r.lastSignIn}
}

func (r *operatorRow) operator() store.Operator {
	r.Created, r.LastSignIn = instant(r.created), optionalInstant(r.lastSignIn)
	return r.Operator
}

// Operator returns an operator by its id.
func (s *Store) Operator(ctx context.Context, tenant store.TenantID, id uuid.UUID) (store.Operator, error) {
	return s.operator(ctx, `o.tenant = ? AND o.id = ?`, int64(tenant), id.String())
}

// OperatorsOf lists the operators of all tenants who are that subject at a
// provider.
func (s *Store) OperatorsOf(ctx context.Context, issuer, subject string) ([]store.OperatorGrant, error) {
	var list []store.OperatorGrant
	err := s.read(ctx, "operators of a subject", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT `+operatorColumns+`, n.name, n.created FROM operator o JOIN tenant n ON n.id = o.tenant
			WHERE o.issuer = ? AND o.issuer <> '' AND o.subject = ? ORDER BY n.name`, issuer, subject)
		return each(rows, err, func(rows *sql.Rows) error {
			var row operatorRow
			var tenant store.Tenant
			var made int64
			err := rows.Scan(append(row.into(), &tenant.Name, &made)...)
			tenant.ID, tenant.Created = row.Tenant, instant(made)
			list = append(list, store.OperatorGrant{Operator: row.operator(), Tenant: tenant})
			return err
		})
	})
	return list, err
}

func (s *Store) operator(ctx context.Context, where string, args ...any) (store.Operator, error) {
	var row operatorRow
	if err := s.one(ctx, "operator", `SELECT `+operatorColumns+` FROM operator o WHERE `+where, args, row.into()...); err != nil {
		return store.Operator{}, err
	}
	return row.operator(), nil
}

// Operators lists the operators of a tenant by name.
func (s *Store) Operators(ctx context.Context, tenant store.TenantID) ([]store.Operator, error) {
	var list []store.Operator
	err := s.read(ctx, "operators", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT `+operatorColumns+` FROM operator o WHERE o.tenant = ? ORDER BY o.name`, int64(tenant))
		return each(rows, err, func(rows *sql.Rows) error {
			var row operatorRow
			err := rows.Scan(row.into()...)
			list = append(list, row.operator())
			return err
		})
	})
	return list, err
}

// UpdateOperator replaces Name, Role, Issuer and Subject.
func (s *Store) UpdateOperator(ctx context.Context, before, after store.Operator, audit store.Audit) error {
	return s.write(ctx, "update operator", func(tx *writeTx) error {
		if err := errors.Join(after.Check(), audit.Check()); err != nil {
			return err
		}
		tenant, id := int64(after.Tenant), after.ID.String()
		var role string
		if err := tx.row(ctx, `SELECT role FROM operator WHERE tenant = ? AND id = ?`, []any{tenant, id}, &role); err != nil {
			return noRows(err)
		}
		found, err := tx.exec(ctx, `UPDATE operator SET name = ?, role = ?, issuer = ?, subject = ?
			WHERE tenant = ? AND id = ? AND name = ? AND role = ? AND issuer = ? AND subject = ?`,
			after.Name, after.Role, after.Issuer, after.Subject, tenant, id, before.Name, before.Role, before.Issuer, before.Subject)
		switch {
		case err != nil:
			return takenOperator(err)
		case found == 0:
			return store.ErrVersion
		case role == store.OwnerRole && after.Role != store.OwnerRole:
			if err := ownerRemains(ctx, tx, after.Tenant); err != nil {
				return err
			}
		}
		return tx.audit(ctx, tenant, store.OperatorSubject, id, 0, audit, moved{})
	})
}

// DeleteOperator removes an operator; sessions and links go with it.
func (s *Store) DeleteOperator(ctx context.Context, tenant store.TenantID, id uuid.UUID, audit store.Audit) error {
	return s.write(ctx, "delete operator", func(tx *writeTx) error {
		if err := audit.Check(); err != nil {
			return err
		}
		var role string
		if err := tx.row(ctx, `DELETE FROM operator WHERE tenant = ? AND id = ? RETURNING role`, []any{int64(tenant), id.String()}, &role); err != nil {
			return noRows(err)
		}
		if role == store.OwnerRole {
			if err := ownerRemains(ctx, tx, tenant); err != nil {
				return err
			}
		}
		return tx.audit(ctx, int64(tenant), store.OperatorSubject, id.String(), 0, audit, moved{})
	})
}

// ownerRemains looks at what the transaction leaves behind.
func ownerRemains(ctx context.Context, tx *writeTx, tenant store.TenantID) error {
	var owners int
	if err := tx.row(ctx, `SELECT count(*) FROM operator WHERE tenant = ? AND role = ?`, []any{int64(tenant), store.OwnerRole}, &owners); err != nil {
		return err
	}
	if owners == 0 {
		return store.ErrLastOwner
	}
	return nil
}
