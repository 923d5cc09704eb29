package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"rollcall/store"
)

const viewColumns = `v.tenant, v.id, v.operator, v.name, v.query, v.shared, v.created`

// CreateView stores a view.
func (s *Store) CreateView(ctx context.Context, view store.SavedView, most int, audit store.Audit) error {
	return s.write(ctx, "create view", func(tx *writeTx) error {
		if err := errors.Join(view.Check(), audit.Check()); err != nil {
			return err
		}
		tenant, operator := int64(view.Tenant), view.Operator.String()
		made, err := tx.exec(ctx, `INSERT INTO saved_view (tenant, id, operator, name, query, shared, created) SELECT ?, ?, ?, ?, ?, ?, ?
			WHERE (SELECT count(*) FROM saved_view v WHERE v.tenant = ? AND v.operator = ?) < ?`,
			tenant, view.ID.String(), operator, view.Name, view.Query, view.Shared, micros(view.Created), tenant, operator, most)
		switch {
		case err != nil:
			return takenOperator(err)
		case made == 0:
			return store.ErrFull
		}
		return tx.audit(ctx, tenant, store.ViewSubject, view.ID.String(), 0, audit, moved{})
	})
}

// View returns a view by its id.
func (s *Store) View(ctx context.Context, tenant store.TenantID, id uuid.UUID) (store.SavedView, error) {
	var row viewRow
	err := s.one(ctx, "view", `SELECT `+viewColumns+` FROM saved_view v WHERE v.tenant = ? AND v.id = ?`, []any{int64(tenant), id.String()}, row.into()...)
	if err != nil {
		return store.SavedView{}, err
	}
	return row.view(), nil
}

// Views lists the views that an operator sees.
func (s *Store) Views(ctx context.Context, tenant store.TenantID, operator uuid.UUID) ([]store.SavedView, error) {
	var list []store.SavedView
	err := s.read(ctx, "views", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT * FROM (SELECT `+viewColumns+`, 0 AS others FROM saved_view v WHERE v.tenant = ?1 AND v.operator = ?2)
			UNION ALL SELECT * FROM (SELECT `+viewColumns+`, 1 FROM saved_view v WHERE v.tenant = ?1 AND v.shared AND v.operator <> ?2 ORDER BY v.name, v.id LIMIT ?3)
			ORDER BY others, name, id`, int64(tenant), operator.String(), store.MaxSharedViews)
		return each(rows, err, func(rows *sql.Rows) error {
			var row viewRow
			var others int
			err := rows.Scan(append(row.into(), &others)...)
			list = append(list, row.view())
			return err
		})
	})
	return list, err
}

// DeleteView removes a view.
func (s *Store) DeleteView(ctx context.Context, tenant store.TenantID, id uuid.UUID, audit store.Audit) error {
	return s.write(ctx, "delete view", func(tx *writeTx) error {
		if err := audit.Check(); err != nil {
			return err
		}
		gone, err := tx.exec(ctx, `DELETE FROM saved_view WHERE tenant = ? AND id = ?`, int64(tenant), id.String())
		switch {
		case err != nil:
			return err
		case gone == 0:
			return store.ErrNotFound
		}
		return tx.audit(ctx, int64(tenant), store.ViewSubject, id.String(), 0, audit, moved{})
	})
}

// viewRow is a view as it is stored.
type viewRow struct {
	store.SavedView
	created int64
}

func (r *viewRow) into() []any {
	return []any{&r.Tenant, &r.ID, &r.Operator, &r.Name, &r.Query, &r.Shared, &r.created}
}

func (r *viewRow) view() store.SavedView {
	r.Created = instant(r.created)
	return r.SavedView
}
