package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	operatorColumns = `o.tenant, o.id, o.name, o.role, o.issuer, o.subject, o.created, o.last_sign_in`

	createOperatorSQL = `WITH made AS (
		INSERT INTO operator (tenant, id, name, role, issuer, subject, created, last_sign_in) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		RETURNING tenant, id)
	INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT m.tenant, $9, m.id, 0, $10, $11, $12, $13, $14, $15, $16 FROM made m`

	// owners are locked in one order for all, and counted as the locks find
	// them: of two who step down at once, the second sees that the first has.
	otherOwnerSQL = `owners AS MATERIALIZED (SELECT o.id FROM operator o WHERE o.tenant = $1 AND o.role = '` + store.OwnerRole + `' ORDER BY o.id FOR UPDATE),
	other AS MATERIALIZED (SELECT count(*) FILTER (WHERE w.id <> $2) > 0 AS remains FROM owners w)`

	updateOperatorSQL = `WITH ` + otherOwnerSQL + `, changed AS (
		UPDATE operator o SET name = $3, role = $4, issuer = $5, subject = $6 FROM other r
		WHERE o.tenant = $1 AND o.id = $2 AND (r.remains OR $4 = '` + store.OwnerRole + `' OR $8 <> '` + store.OwnerRole + `')
			AND o.name = $7 AND o.role = $8 AND o.issuer = $9 AND o.subject = $10 RETURNING o.tenant, o.id),
	noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		SELECT c.tenant, $11, c.id, 0, $12, $13, $14, $15, $16, $17, $18 FROM changed c)
	SELECT EXISTS (SELECT 1 FROM changed), (SELECT r.remains FROM other r) FROM operator o WHERE o.tenant = $1 AND o.id = $2`

	deleteOperatorSQL = `WITH ` + otherOwnerSQL + `, changed AS (
		DELETE FROM operator o USING other r WHERE o.tenant = $1 AND o.id = $2 AND (r.remains OR o.role <> '` + store.OwnerRole + `')
		RETURNING o.tenant, o.id),
	noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		SELECT c.tenant, $3, c.id, 0, $4, $5, $6, $7, $8, $9, $10 FROM changed c)
	SELECT EXISTS (SELECT 1 FROM changed), false FROM operator o WHERE o.tenant = $1 AND o.id = $2`
)

// CreateOperator stores an operator.
func (s *Store) CreateOperator(ctx context.Context, operator store.Operator, audit store.Audit) error {
	if err := errors.Join(operator.Check(), audit.Check()); err != nil {
		return failure(ctx, "create operator", err)
	}
	args := append([]any{
		int64(operator.Tenant), id(operator.ID), operator.Name, operator.Role, operator.Issuer, operator.Subject,
		operator.Created, timeOrNull(operator.LastSignIn), store.OperatorSubject,
	}, auditArgs(&audit)...)
	_, err := s.pool.Exec(ctx, createOperatorSQL, args...)
	return failure(ctx, "create operator", err)
}

// Operator returns an operator by its id.
func (s *Store) Operator(ctx context.Context, tenant store.TenantID, of uuid.UUID) (store.Operator, error) {
	return s.operator(ctx, `o.tenant = $1 AND o.id = $2`, int64(tenant), id(of))
}

const operatorsOfSQL = `SELECT ` + operatorColumns + `, n.name, n.created FROM operator o JOIN tenant n ON n.id = o.tenant
	WHERE o.issuer = $1 AND o.issuer <> '' AND o.subject = $2 ORDER BY n.name`

// OperatorsOf lists the operators of all tenants who are that subject at a
// provider.
func (s *Store) OperatorsOf(ctx context.Context, issuer, subject string) ([]store.OperatorGrant, error) {
	if !store.Storable(issuer) || !store.Storable(subject) {
		return nil, nil
	}
	return collect(ctx, s, "list operators of a subject", func(source pgx.Row) (store.OperatorGrant, error) {
		var row operatorRow
		var tenant store.Tenant
		var made pgtype.Timestamptz
		err := source.Scan(append(row.targets(), &tenant.Name, &made)...)
		tenant.ID, tenant.Created = row.Tenant, instant(made)
		return store.OperatorGrant{Operator: row.operator(), Tenant: tenant}, err
	}, operatorsOfSQL, issuer, subject)
}

func (s *Store) operator(ctx context.Context, where string, args ...any) (store.Operator, error) {
	var row operatorRow
	err := s.pool.QueryRow(ctx, `SELECT `+operatorColumns+` FROM operator o WHERE `+where, args...).Scan(row.targets()...)
	return row.operator(), failure(ctx, "get operator", err)
}

// Operators lists the operators of a tenant by name.
func (s *Store) Operators(ctx context.Context, tenant store.TenantID) ([]store.Operator, error) {
	return collect(ctx, s, "list operators", func(source pgx.Row) (store.Operator, error) {
		var row operatorRow
		err := source.Scan(row.targets()...)
		return row.operator(), err
	}, `SELECT `+operatorColumns+` FROM operator o WHERE o.tenant = $1 ORDER BY o.name`, int64(tenant))
}

// UpdateOperator replaces Name, Role, Issuer and Subject.
func (s *Store) UpdateOperator(ctx context.Context, before, after store.Operator, audit store.Audit) error {
	if err := errors.Join(after.Check(), audit.Check()); err != nil {
		return failure(ctx, "update operator", err)
	}
	stepsDown := before.Role == store.OwnerRole && after.Role != store.OwnerRole
	return s.changeOperator(ctx, "update operator", stepsDown, updateOperatorSQL, append([]any{
		int64(after.Tenant), id(after.ID), after.Name, after.Role, after.Issuer, after.Subject,
		before.Name, before.Role, before.Issuer, before.Subject, store.OperatorSubject,
	}, auditArgs(&audit)...))
}

// DeleteOperator removes an operator; sessions and links go with it.
func (s *Store) DeleteOperator(ctx context.Context, tenant store.TenantID, of uuid.UUID, audit store.Audit) error {
	if err := audit.Check(); err != nil {
		return failure(ctx, "delete operator", err)
	}
	return s.changeOperator(ctx, "delete operator", true, deleteOperatorSQL,
		append([]any{int64(tenant), id(of), store.OperatorSubject}, auditArgs(&audit)...))
}

// changeOperator runs a statement that tells, where the operator exists, whether
// it changed it, and whether another owner remains. stepsDown says that nothing
// is changed where none does.
func (s *Store) changeOperator(ctx context.Context, operation string, stepsDown bool, sql string, args []any) error {
	return failure(ctx, operation, retry(ctx, func() error {
		var changed, remains bool
		switch err := s.pool.QueryRow(ctx, sql, args...).Scan(&changed, &remains); {
		case err != nil || changed:
			return err
		case stepsDown && !remains:
			return store.ErrLastOwner
		}
		return store.ErrVersion
	}))
}

// operatorRow receives operatorColumns.
type operatorRow struct {
	store.Operator
	uuid                pgtype.UUID
	created, lastSignIn pgtype.Timestamptz
}

func (w *operatorRow) targets() []any {
	return []any{(*int64)(&w.Tenant), &w.uuid, &w.Name, &w.Role, &w.Issuer, &w.Subject, &w.created, &w.lastSignIn}
}

func (w *operatorRow) operator() store.Operator {
	w.ID, w.Created, w.LastSignIn = w.uuid.Bytes, instant(w.created), instant(w.lastSignIn)
	return w.Operator
}
