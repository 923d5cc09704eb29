package async

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// ledger implements scim.Ledger. What was done is told by the audit trail: the
// row of a change is written in the transaction of the change. What was refused
// is an item of the job.
type ledger struct {
	store Store
	save  Save
	job   *store.Job
	seed  []byte
	bulk  bool
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
		rows, err := l.store.AuditOf(ctx, key, limit)
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

// Revived looks for the row of the operation among those of what came back.
func (l *ledger) Revived(ctx context.Context, place int, typ string) (id uuid.UUID, revived bool, err error) {
	if l.job.Attempt <= 1 {
		return id, false, nil
	}
	page, err := l.store.SearchAudit(ctx, store.AuditSearch{
		Tenant: l.job.Tenant, Action: strings.ToLower(typ) + "." + scim.ActionRevive, RequestID: l.RequestID(place),
		From: l.job.Created.Add(-skew), Limit: 1,
	})
	if err != nil || len(page.Rows) == 0 {
		return id, false, err
	}
	return page.Rows[0].Subject.ID, true, nil
}

// Refuse stores the refusals.
func (l *ledger) Refuse(ctx context.Context, refused map[int]*fault.Error) error {
	var save store.JobSave
	for _, place := range slices.Sorted(maps.Keys(refused)) {
		outcome, err := json.Marshal(refused[place])
		if err != nil {
			return err
		}
		save.Items = append(save.Items, store.JobItem{Number: int64(place), Outcome: outcome})
	}
	return l.save(ctx, save)
}

// page is how many items are read at a time.
const page = 1000

// Refused reads the refusals of earlier attempts.
func (l *ledger) Refused(ctx context.Context) (map[int]*fault.Error, error) {
	refused := map[int]*fault.Error{}
	if l.job.Attempt <= 1 {
		return refused, nil
	}
	for after := int64(-1); ; {
		items, err := l.store.JobItems(ctx, l.job.Tenant, l.job.ID, after, page)
		if err != nil || len(items) == 0 {
			return refused, err
		}
		for _, item := range items {
			one := new(fault.Error)
			if err := json.Unmarshal(item.Outcome, one); err != nil {
				return nil, err
			}
			after = item.Number
			refused[int(after)] = one
		}
	}
}
