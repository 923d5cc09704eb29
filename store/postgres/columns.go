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
	r.created, r.modified, r.version, r.doc, r.facts_revision, r.status, r.reason, r.status_changed, r.later, r.state, r.source, r.source_client`

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
	typ, name, externalID, sortName, label pgtype.Text
	status, reason, source, sourceClient   pgtype.Text
	id                                     pgtype.UUID
	created, modified, statusChanged       pgtype.Timestamptz
	version, facts                         pgtype.Int8
	document, later, state, groups         []byte
}

func (w *row) targets() []any {
	return []any{
		&w.typ, &w.id, &w.name, &w.externalID, &w.sortName, &w.label,
		&w.created, &w.modified, &w.version, &w.document, &w.facts, &w.status, &w.reason, &w.statusChanged, &w.later, &w.state, &w.source, &w.sourceClient,
	}
}

func (w *row) record(tenant store.TenantID) (store.Record, error) {
	record := store.Record{
		Key:  store.Key{Tenant: tenant, Type: w.typ.String, ID: uuid.UUID(w.id.Bytes)},
		Name: w.name.String, ExternalID: w.externalID.String, SortName: w.sortName.String, Label: w.label.String,
		Created: instant(w.created), Modified: instant(w.modified), Version: w.version.Int64, Document: w.document,
		Facts: store.Facts{
			Revision: w.facts.Int64, Status: w.status.String, Reason: w.reason.String, StatusChanged: instant(w.statusChanged),
			State: w.state, Source: w.source.String, SourceClient: w.sourceClient.String,
		},
	}
	if w.later != nil {
		var err error
		if record.Facts.Later, err = readTurns(w.later); err != nil {
			return store.Record{}, err
		}
	}
	if len(w.groups) > 0 {
		if err := json.Unmarshal(w.groups, &record.Groups); err != nil {
			return store.Record{}, fmt.Errorf("groups: %w", err)
		}
	}
	return record, nil
}

const (
	textual = pgx.TextFormatCode
	binary8 = pgx.BinaryFormatCode
)

// recordFormats are the formats in which decode reads the columns.
var recordFormats = [...]int16{
	textual, binary8, textual, textual, textual, textual,
	binary8, binary8, binary8, textual, binary8, textual, textual, binary8, textual, textual, textual, textual,
}

// readRecord reads the current row: columns, then activityColumns and
// groupColumn as far as they are asked for. It takes the bytes off the wire by
// hand where they have the formats that pgx asks for: of all that a read by id
// costs in this process, planning the scan of fourteen columns was a tenth.
func readRecord(rows pgx.Rows, tenant store.TenantID, with store.Relations) (store.Record, error) {
	var w row
	var a activityRow
	values, byHand := rawValues(rows)
	more := len(recordFormats)
	if with&store.WithActivity != 0 {
		byHand = byHand && a.raw(rows, more)
		more += activityWidth
	}
	if byHand {
		w.decode(values)
		if with&store.WithActivity != 0 {
			a.decode(values[len(recordFormats):])
		}
		if with&store.WithGroups != 0 {
			w.groups = values[more]
		}
	} else {
		targets := w.targets()
		if with&store.WithActivity != 0 {
			targets = append(targets, a.targets()...)
		}
		if with&store.WithGroups != 0 {
			targets = append(targets, &w.groups)
		}
		if err := rows.Scan(targets...); err != nil {
			return store.Record{}, err
		}
	}
	record, err := w.record(tenant)
	record.Activity = a.activity()
	return record, err
}

func rawValues(rows pgx.Rows) ([][]byte, bool) {
	fields := rows.FieldDescriptions()
	for i, format := range recordFormats {
		if fields[i].Format != format {
			return nil, false
		}
	}
	values := rows.RawValues()
	return values, len(values[1]) == 16 && len(values[6]) == 8 && len(values[7]) == 8 && len(values[8]) == 8 && len(values[10]) == 8 &&
		(values[13] == nil || len(values[13]) == 8)
}

// decode copies: the bytes belong to the connection. One string holds all of
// the short columns.
func (w *row) decode(values [][]byte) {
	texts := [...]struct {
		column int
		target *pgtype.Text
	}{
		{0, &w.typ},
		{2, &w.name},
		{3, &w.externalID},
		{4, &w.sortName},
		{5, &w.label},
		{11, &w.status},
		{12, &w.reason},
		{16, &w.source},
		{17, &w.sourceClient},
	}
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
	w.created, w.modified, w.statusChanged = binaryInstant(values[6]), binaryInstant(values[7]), binaryInstant(values[13])
	w.version.Int64 = int64(binary.BigEndian.Uint64(values[8]))
	w.facts.Int64 = int64(binary.BigEndian.Uint64(values[10]))
	w.document = bytes.Clone(values[9])
	w.later = values[14] // decoded before the next row is read
	w.state = bytes.Clone(values[15])
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
