package async

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// ledger implements scim.Ledger by the audit trail: the row of a change is
// written in the transaction of the change, so that it tells whether that
// happened.
type ledger struct {
	audits store.AuditReader
	job    *store.Job
	seed   []byte
	bulk   bool
}

// ID follows from the seed and the place. It is a UUIDv7 of the time of the
// request.
func (l *ledger) ID(place int) uuid.UUID {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clone(l.seed), uint64(place)))
	id := uuid.UUID(sum[:16])
	copy(id[:6], l.job.ID[:6])
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id
}

// RequestID is the txn of the operation (RFC 9967 section 2.5.1.2).
func (l *ledger) RequestID(place int) string {
	if !l.bulk {
		return txn(l.job)
	}
	return txn(l.job) + ":" + strconv.Itoa(place)
}

// skew is how far the clocks of copies may be apart.
const skew = time.Hour

// Carried looks for the row of the operation, back to when it was asked for.
func (l *ledger) Carried(ctx context.Context, place int, key store.Key) (bool, error) {
	if l.job.Attempt <= 1 {
		return false, nil
	}
	wanted, since := l.RequestID(place), l.job.Created.Add(-skew)
	for limit := 64; ; limit *= 8 {
		rows, err := l.audits.AuditOf(ctx, key, limit)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(rows, func(row store.AuditRow) bool { return row.RequestID == wanted }) {
			return true, nil
		}
		if len(rows) < limit || rows[len(rows)-1].At.Before(since) {
			return false, nil
		}
	}
}
