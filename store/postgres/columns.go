package postgres

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// columns are the columns of a resource r in the order of row.
const columns = `r.type, r.id, coalesce(r.uniq, ''), coalesce(r.external_id, ''), coalesce(r.sort_name, ''), r.label,
	r.created, r.modified, r.version, r.doc, r.stage, r.suspended_until, r.suspensions`

// groupColumn is one more: the groups of r as JSON, NULL for none, looked for
// only where there is a membership at all.
const groupColumn = `, CASE WHEN EXISTS (SELECT 1 FROM member m WHERE m.tenant = r.tenant AND m.member_id = r.id)
	THEN rollcall_groups(r.tenant, r.id) END`

// row receives one resource. Every field may stay empty, as it does in the row
// that a query returns for an empty page.
type row struct {
	typ, name, externalID, sortName, label, stage pgtype.Text
	id                                            pgtype.UUID
	created, modified, suspendedUntil             pgtype.Timestamptz
	version                                       pgtype.Int8
	document, suspensions, groups                 []byte
}

func (w *row) targets() []any {
	return []any{
		&w.typ, &w.id, &w.name, &w.externalID, &w.sortName, &w.label,
		&w.created, &w.modified, &w.version, &w.document, &w.stage, &w.suspendedUntil, &w.suspensions,
	}
}

func (w *row) record(tenant store.TenantID) store.Record {
	return store.Record{
		Key:  store.Key{Tenant: tenant, Type: w.typ.String, ID: uuid.UUID(w.id.Bytes)},
		Name: w.name.String, ExternalID: w.externalID.String, SortName: w.sortName.String, Label: w.label.String,
		Created: instant(w.created), Modified: instant(w.modified), Version: w.version.Int64, Document: w.document,
		Facts: store.Facts{Stage: w.stage.String, SuspendedUntil: instant(w.suspendedUntil), Suspensions: w.suspensions},
	}
}

// scanRecord reads a row of columns, and of groupColumn where groups is true.
func scanRecord(source pgx.Row, tenant store.TenantID, groups bool) (store.Record, error) {
	var w row
	targets := w.targets()
	if groups {
		targets = append(targets, &w.groups)
	}
	if err := source.Scan(targets...); err != nil {
		return store.Record{}, err
	}
	record := w.record(tenant)
	if len(w.groups) > 0 {
		if err := json.Unmarshal(w.groups, &record.Groups); err != nil {
			return store.Record{}, fmt.Errorf("groups: %w", err)
		}
	}
	return record, nil
}
