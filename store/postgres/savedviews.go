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
	viewColumns = `v.tenant, v.id, v.operator, v.name, v.query, v.shared, v.created`

	createViewSQL = `WITH made AS (
		INSERT INTO saved_view (tenant, id, operator, name, query, shared, created) SELECT $1, $2, $3, $4, $5, $6, $7
		WHERE (SELECT count(*) FROM saved_view v WHERE v.tenant = $1 AND v.operator = $3) < $8 RETURNING tenant, id),
	noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		SELECT m.tenant, $9, m.id, 0, $10, $11, $12, $13, $14, $15, $16 FROM made m)
	SELECT count(*) FROM made`

	deleteViewSQL = `WITH gone AS (DELETE FROM saved_view v WHERE v.tenant = $1 AND v.id = $2 RETURNING v.tenant, v.id),
	noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		SELECT g.tenant, $3, g.id, 0, $4, $5, $6, $7, $8, $9, $10 FROM gone g)
	SELECT count(*) FROM gone`

	viewsSQL = `(SELECT ` + viewColumns + `, false AS others FROM saved_view v WHERE v.tenant = $1 AND v.operator = $2)
		UNION ALL (SELECT ` + viewColumns + `, true FROM saved_view v WHERE v.tenant = $1 AND v.shared AND v.operator <> $2 ORDER BY v.name, v.id LIMIT $3)
		ORDER BY others, name, id`
)

// CreateView stores a view.
func (s *Store) CreateView(ctx context.Context, view store.SavedView, most int, audit store.Audit) error {
	if err := errors.Join(view.Check(), audit.Check()); err != nil {
		return failure(ctx, "create view", err)
	}
	args := append([]any{
		int64(view.Tenant), id(view.ID), id(view.Operator), view.Name, view.Query, view.Shared, view.Created, most, store.ViewSubject,
	}, auditArgs(&audit)...)
	var made int
	err := s.pool.QueryRow(ctx, createViewSQL, args...).Scan(&made)
	if err == nil && made == 0 {
		err = store.ErrFull
	}
	return failure(ctx, "create view", err)
}

// View returns a view by its id.
func (s *Store) View(ctx context.Context, tenant store.TenantID, of uuid.UUID) (store.SavedView, error) {
	var row viewRow
	err := s.pool.QueryRow(ctx, `SELECT `+viewColumns+` FROM saved_view v WHERE v.tenant = $1 AND v.id = $2`, int64(tenant), id(of)).Scan(row.targets()...)
	return row.view(), failure(ctx, "get view", err)
}

// Views lists the views that an operator sees.
func (s *Store) Views(ctx context.Context, tenant store.TenantID, operator uuid.UUID) ([]store.SavedView, error) {
	return collect(ctx, s, "list views", func(source pgx.Row) (store.SavedView, error) {
		var row viewRow
		var others bool
		err := source.Scan(append(row.targets(), &others)...)
		return row.view(), err
	}, viewsSQL, int64(tenant), id(operator), store.MaxSharedViews)
}

// DeleteView removes a view.
func (s *Store) DeleteView(ctx context.Context, tenant store.TenantID, of uuid.UUID, audit store.Audit) error {
	if err := audit.Check(); err != nil {
		return failure(ctx, "delete view", err)
	}
	var gone int
	err := s.pool.QueryRow(ctx, deleteViewSQL, append([]any{int64(tenant), id(of), store.ViewSubject}, auditArgs(&audit)...)...).Scan(&gone)
	if err == nil && gone == 0 {
		err = store.ErrNotFound
	}
	return failure(ctx, "delete view", err)
}

// viewRow receives viewColumns.
type viewRow struct {
	store.SavedView
	uuid, owner pgtype.UUID
	created     pgtype.Timestamptz
}

func (w *viewRow) targets() []any {
	return []any{(*int64)(&w.Tenant), &w.uuid, &w.owner, &w.Name, &w.Query, &w.Shared, &w.created}
}

func (w *viewRow) view() store.SavedView {
	w.ID, w.Operator, w.Created = w.uuid.Bytes, w.owner.Bytes, instant(w.created)
	return w.SavedView
}
