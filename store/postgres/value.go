package postgres

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// idValue encodes and decodes a UUID without the detour over its text that
// pgx would take for uuid.UUID, which is a driver.Valuer.
type idValue uuid.UUID

// UUIDValue implements pgtype.UUIDValuer.
func (v *idValue) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: *v, Valid: true}, nil
}

// idArray encodes a slice of UUIDs without copying it: a group change may name
// 200,000.
type idArray []uuid.UUID

// Dimensions implements pgtype.ArrayGetter. No ids are an empty array, not NULL.
func (a idArray) Dimensions() []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(len(a)), LowerBound: 1}}
}

// Index implements pgtype.ArrayGetter.
func (a idArray) Index(i int) any { return (*idValue)(&a[i]) }

// IndexType implements pgtype.ArrayGetter.
func (a idArray) IndexType() any { return (*idValue)(nil) }

// id is a parameter for a UUID.
func id(u uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: u, Valid: true} }

// idOrNull is a parameter that is NULL for the zero id.
func idOrNull(u uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: u, Valid: u != uuid.Nil} }

// textOrNull is a parameter for a text that is kept byte by byte, NULL for nil.
func textOrNull(text []byte) pgtype.Text {
	return pgtype.Text{String: string(text), Valid: text != nil}
}

// orNull is a parameter that is NULL for the empty string.
func orNull(s string) pgtype.Text { return pgtype.Text{String: s, Valid: s != ""} }

// timeOrNull is a parameter that is NULL for the zero time.
func timeOrNull(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()}
}

// instant is a time as it comes out of the database: UTC, or zero for NULL.
func instant(t pgtype.Timestamptz) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

// stored is a time as the database will give it back.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// object is a parameter for a JSON object, {} for none.
func object(document []byte) []byte {
	if document == nil {
		return []byte("{}")
	}
	return document
}

// shadowKey is the key under which the search shadow of a resource nests. GIN
// hashes the whole path to a value, so that tenant and type in the path make
// one look-up of what would otherwise be an intersection.
func shadowKey(tenant store.TenantID, resourceType string) string {
	return itoa(int64(tenant)) + "/" + resourceType
}
