package storetest

import (
	"errors"
	"testing"
	"time"

	"rollcall/store"
)

func records(f *fixture) {
	full := f.record(user, 1, `{"nick":"ünï"}`)
	full.Name = "straße \U0001f600 \u0301 'quoted' \\ \"x\""
	full.ExternalID = "Ext-ÄÖ"
	full.SortName = "日本語"
	full.Label = "日本 \u202e語"
	full.Modified = at(5)
	full.Document = []byte("{ \"b\" : 1.50,\n\t\"a\":\"\\u00e9 é \U0001f600\", \"a2\":1e400, \"\":[ ] }\n")
	full.Facts = fullFacts()
	open := f.record(user, 2, "")
	open.Facts = store.Facts{Status: "Suspended", SuspendedUntil: store.Forever, State: []byte(`{"suspensions":[{}]}`)}
	bare := store.Record{Key: f.key(user, 3), Created: at(3), Modified: at(3), Version: 1, Document: []byte(`{}`), Index: []byte(`{}`)}
	bareToo := bare
	bareToo.ID = id(4)
	far := f.record(group, 5, "")
	far.Created = time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC)

	all := []store.Record{full, open, bare, bareToo, far}
	for _, record := range all {
		done := f.commit(f.store(record))
		if got := done[0]; got.Version != 1 || !got.Changed || !got.Modified.Equal(record.Modified) {
			f.t.Errorf("Committed = %+v", got)
		}
	}
	for _, record := range all {
		sameRecord(f.t, record, f.get(record.Key))
		page := f.query(store.Query{
			Types: of(record.Type, store.CompareColumn{Column: store.ColumnID, Op: store.Equal, Value: record.ID.String()}), Limit: 5,
		})
		if page.Total != 1 || len(page.Records) != 1 {
			f.t.Fatalf("Query by id: total %d, %d records", page.Total, len(page.Records))
		}
		sameRecord(f.t, record, page.Records[0])
	}
	f.missing(f.key(user, 99))

	// The version is the backend's own: what a caller puts there is not looked at.
	odd := f.create(user, 6)
	odd.Record.Version = 77
	if done := f.commit(odd); done[0].Version != 1 {
		f.t.Errorf("first version = %d", done[0].Version)
	}
	f.state(f.key(user, 6), 1, at(6))

	// A key that exists cannot be made again.
	again := f.create(user, 1)
	again.Record.Name = "another"
	f.refuse(store.ErrUniqueness, 0, again)
	sameRecord(f.t, full, f.get(full.Key))

	// Local times are stored as the same instant.
	local := f.record(user, 7, "")
	local.Created = local.Created.In(time.FixedZone("X", 3600))
	f.commit(f.store(local))
	local.Created = local.Created.UTC()
	sameRecord(f.t, local, f.get(local.Key))
}

func isolation(f *fixture) {
	other := f.in(f.newTenant("other"))
	// The same ids, names and unique values live in both tenants.
	unique := []store.UniqueValue{{Attribute: "badge", Value: "b1"}}
	for _, one := range []*fixture{f, other} {
		create := one.create(user, 1)
		create.Unique = unique
		create.PasswordHash = "hash-" + map[bool]string{true: "main", false: "other"}[one == f]
		one.commit(create, one.create(group, 2, 1))
	}
	f.commit(f.create(user, 3))

	other.missing(other.key(user, 3))
	f.missing(f.key(group, 3))
	f.missing(f.key("Device", 1))
	other.matches(user, store.Const(true), "user-001")
	f.matches(user, store.Const(true), "user-001", "user-003")
	f.matches("Device", store.Const(true))

	f.refuse(store.ErrNotFound, 0, f.delete("Device", 1, 5))
	other.refuse(store.ErrNotFound, 0, other.delete(user, 3, 5))
	other.refuse(store.ErrNotFound, 0, other.members(3, 5, store.MemberChange{Add: ids(1)}))
	missing := other.refuse(store.ErrNoMember, 0, other.members(2, 5, store.MemberChange{Add: ids(3)}))
	var member *store.MemberError
	if !errors.As(missing, &member) || len(member.IDs) != 1 || member.IDs[0] != id(3) {
		f.t.Errorf("member of a foreign tenant: %v", missing)
	}

	other.commit(other.members(2, 6, store.MemberChange{Replace: true}))
	f.wantMembers(2, 1)
	other.wantMembers(2)
	if got := len(f.get(f.key(user, 1)).Groups); got != 1 {
		f.t.Errorf("%d groups after a change in another tenant", got)
	}
	f.state(f.key(group, 2), 1, at(2))
	if got := len(f.auditOf(f.key(group, 2))); got != 1 {
		f.t.Errorf("%d audit rows, want 1", got)
	}
	if got := len(f.eventsOf(f.key(group, 2))); got != 1 {
		f.t.Errorf("%d events, want 1", got)
	}
	if got := len(other.auditOf(other.key(user, 3))) + len(other.eventsOf(other.key(user, 3))); got != 0 {
		f.t.Errorf("%d rows of a foreign subject", got)
	}

	other.commit(other.delete(user, 1, 7))
	f.get(f.key(user, 1))
	hash, err := f.s.PasswordHash(f.ctx, f.key(user, 1))
	if err != nil || hash != "hash-main" {
		f.t.Errorf("PasswordHash = %q, %v", hash, err)
	}
	// The value is still taken here and free there.
	for _, one := range []*fixture{f, other} {
		create := one.create(user, 10)
		create.Unique = unique
		if one == f {
			one.refuse(store.ErrUniqueness, 0, create)
		} else {
			one.commit(create)
		}
	}
}

func passwords(f *fixture) {
	want := func(hash string) {
		f.t.Helper()
		got, err := f.s.PasswordHash(f.ctx, f.key(user, 1))
		if hash == "" {
			if !errors.Is(err, store.ErrNotFound) {
				f.t.Errorf("PasswordHash: got %q, %v, want ErrNotFound", got, err)
			}
			return
		}
		if err != nil || got != hash {
			f.t.Errorf("PasswordHash = %q, %v, want %q", got, err, hash)
		}
	}
	want("")
	create := f.create(user, 1)
	create.PasswordHash = "$argon2id$v=19$é"
	f.commit(create, f.create(user, 2))
	want("$argon2id$v=19$é")

	update := f.update(user, 1, 2)
	update.Record = new(f.record(user, 1, ""))
	f.commit(update)
	want("$argon2id$v=19$é")

	update = f.update(user, 1, 3)
	update.PasswordHash = new("second")
	if done := f.commit(update); done[0].Version != 3 || !done[0].Changed {
		f.t.Errorf("a new password: %+v", done[0])
	}
	want("second")
	f.state(f.key(user, 1), 3, at(3))

	update = f.update(user, 1, 4)
	update.PasswordHash = new("")
	f.commit(update)
	want("")
	if _, err := f.s.PasswordHash(f.ctx, f.key(user, 2)); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("PasswordHash of a resource without one: %v", err)
	}

	update = f.update(user, 1, 5)
	update.PasswordHash = new("third")
	f.commit(update, f.delete(user, 1, 6))
	want("")
	// Who is made again under the same id does not inherit it.
	f.commit(f.create(user, 1))
	want("")
	f.commit(f.delete(user, 1, 7))
}

func maintenance(f *fixture) {
	if err := f.s.CheckSchema(f.ctx); err != nil {
		f.t.Errorf("CheckSchema: %v", err)
	}
	if err := f.s.Migrate(f.ctx); err != nil {
		f.t.Errorf("second Migrate: %v", err)
	}
	if err := f.s.Ping(f.ctx); err != nil {
		f.t.Errorf("Ping: %v", err)
	}
	f.commit(f.create(user, 1))
	open, used := f.s.Pool()
	if open < 1 || used < 0 || used > open {
		f.t.Errorf("Pool = %d, %d", open, used)
	}
	f.t.Run("Types", func(t *testing.T) {
		if page := f.query(store.Query{Types: of(user, nil)}); page.Total != 1 {
			t.Errorf("total = %d", page.Total)
		}
	})
}
