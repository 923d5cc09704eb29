package postgres

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// columns are the columns of a resource r in the order of row.
const columns = `r.type, r.id, r.uniq, r.external_id, r.sort_name, r.label,
	r.created, r.modified, r.version, r.doc, r.stage, r.suspended_until, r.suspensions`

// groupColumn is one more: the groups of r as JSON, NULL for none, looked for
// only where there is a membership at all.
const groupColumn = `, CASE WHEN EXISTS (SELECT 1 FROM member m WHERE m.tenant = r.tenant AND m.member_id = r.id)
	THEN rollcall_groups(r.tenant, r.id) END`

// groupsOfKey is groupColumn for a read by key. What it looks for does not
// depend on the row, so that it is looked for once, beside it.
const groupsOfKey = `, CASE WHEN EXISTS (SELECT 1 FROM member m WHERE m.tenant = $1 AND m.member_id = $3)
	THEN rollcall_groups($1, $3) END`

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

// recordFormats are the formats in which decode reads the columns.
var recordFormats = [...]int16{
	pgx.TextFormatCode, pgx.BinaryFormatCode, pgx.TextFormatCode, pgx.TextFormatCode, pgx.TextFormatCode, pgx.TextFormatCode,
	pgx.BinaryFormatCode, pgx.BinaryFormatCode, pgx.BinaryFormatCode, pgx.TextFormatCode, pgx.TextFormatCode, pgx.BinaryFormatCode, pgx.TextFormatCode,
}

// readRecord reads the current row: columns, and groupColumn where groups is
// true. It takes the bytes off the wire by hand where they have the formats
// that pgx asks for: of all that a read by id costs in this process, planning
// the scan of fourteen columns was a tenth.
func readRecord(rows pgx.Rows, tenant store.TenantID, groups bool) (store.Record, error) {
	var w row
	if values, ok := rawValues(rows); ok {
		w.decode(values)
		if groups {
			w.groups = values[len(recordFormats)]
		}
	} else {
		targets := w.targets()
		if groups {
			targets = append(targets, &w.groups)
		}
		if err := rows.Scan(targets...); err != nil {
			return store.Record{}, err
		}
	}
	record := w.record(tenant)
	if len(w.groups) > 0 {
		if err := json.Unmarshal(w.groups, &record.Groups); err != nil {
			return store.Record{}, fmt.Errorf("groups: %w", err)
		}
	}
	return record, nil
}

func rawValues(rows pgx.Rows) ([][]byte, bool) {
	fields := rows.FieldDescriptions()
	for i, format := range recordFormats {
		if fields[i].Format != format {
			return nil, false
		}
	}
	values := rows.RawValues()
	return values, len(values[1]) == 16 && len(values[6]) == 8 && len(values[7]) == 8 && len(values[8]) == 8 && (values[11] == nil || len(values[11]) == 8)
}

// decode copies: the bytes belong to the connection. One string holds all of
// the short columns.
func (w *row) decode(values [][]byte) {
	texts := [...]struct {
		column int
		target *pgtype.Text
	}{{0, &w.typ}, {2, &w.name}, {3, &w.externalID}, {4, &w.sortName}, {5, &w.label}, {10, &w.stage}}
	size := 0
	for _, text := range texts {
		size += len(values[text.column])
	}
	joined := make([]byte, 0, size)
	for _, text := range texts {
		joined = append(joined, values[text.column]...)
	}
	all := string(joined)
	for _, text := range texts {
		n := len(values[text.column])
		text.target.String, text.target.Valid = all[:n], true
		all = all[n:]
	}
	w.id.Bytes, w.id.Valid = [16]byte(values[1]), true
	w.created, w.modified, w.suspendedUntil = binaryInstant(values[6]), binaryInstant(values[7]), binaryInstant(values[11])
	w.version.Int64 = int64(binary.BigEndian.Uint64(values[8]))
	w.document = bytes.Clone(values[9])
	w.suspensions = bytes.Clone(values[12])
}

// binaryInstant reads a timestamptz: microseconds since 2000.
func binaryInstant(raw []byte) pgtype.Timestamptz {
	if raw == nil {
		return pgtype.Timestamptz{}
	}
	const since2000 = 946_684_800_000_000
	micros := int64(binary.BigEndian.Uint64(raw))
	return pgtype.Timestamptz{Time: time.UnixMicro(micros + since2000).UTC(), Valid: true}
}
