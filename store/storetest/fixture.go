package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

const (
	user  = "User"
	group = "Group"
)

var memberTypes = []string{user, group}

// fixture is a store with one tenant that a test works in.
type fixture struct {
	t      *testing.T
	s      store.Store
	ctx    context.Context
	tenant store.TenantID
}

func newFixture(t *testing.T, s store.Store) *fixture {
	t.Helper()
	f := &fixture{t: t, s: s, ctx: t.Context()}
	f.tenant = f.newTenant("main")
	return f
}

func (f *fixture) newTenant(name string) store.TenantID {
	f.t.Helper()
	tenant, err := f.s.CreateTenant(f.ctx, store.Tenant{Name: name, Created: at(0)}, audit(0, "tenant.create"))
	if err != nil {
		f.t.Fatalf("CreateTenant(%q): %v", name, err)
	}
	return tenant.ID
}

// in is the same store seen from another tenant.
func (f *fixture) in(tenant store.TenantID) *fixture {
	other := *f
	other.tenant = tenant
	return &other
}

// id is the n-th test id. Ids do not ascend with n, so that an order by id is
// told from the order of creation.
func id(n int) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "rollcall %d", n))
}

// at is a time n steps after the start of the test data, with microseconds.
func at(n int) time.Time {
	return time.Date(2026, 2, 3, 4, 5, 6, 789_123_000, time.UTC).Add(time.Duration(n) * (time.Minute + time.Microsecond))
}

func audit(n int, action string) store.Audit {
	return store.Audit{At: at(n), ActorKind: "connection", ActorID: "c1", Action: action, RequestID: fmt.Sprintf("r%d", n)}
}

func trail(n int, action string) store.Trail {
	return store.Trail{
		Audit:  audit(n, action),
		Events: []store.Event{{Type: "prov:" + action, Payload: fmt.Appendf(nil, `{"n": %d}`, n)}},
	}
}

func (f *fixture) key(typ string, n int) store.Key {
	return store.Key{Tenant: f.tenant, Type: typ, ID: id(n)}
}

// record is a resource with every column filled from n.
func (f *fixture) record(typ string, n int, index string) store.Record {
	if index == "" {
		index = "{}"
	}
	return store.Record{
		Key: f.key(typ, n), Name: fmt.Sprintf("%s-%03d", strings.ToLower(typ), n),
		ExternalID: fmt.Sprintf("ext-%03d", n), SortName: fmt.Sprintf("sort %03d", n), Label: fmt.Sprintf("%s %d", typ, n),
		Created: at(n), Modified: at(n), Version: 1,
		Document: fmt.Appendf(nil, `{"n":%d}`, n), Index: []byte(index),
	}
}

// create is the change that makes the n-th resource.
func (f *fixture) create(typ string, n int, members ...int) *store.Create {
	return f.store(f.record(typ, n, ""), members...)
}

func (f *fixture) store(record store.Record, members ...int) *store.Create {
	return &store.Create{
		Record: record, Members: ids(members...), MemberTypes: memberTypes, Trail: trail(0, "create"),
	}
}

// update is a change of the n-th resource at time step; a test adds what it
// changes.
func (f *fixture) update(typ string, n, step int) *store.Update {
	return &store.Update{Key: f.key(typ, n), MemberTypes: memberTypes, Modified: at(step), Trail: trail(step, "update")}
}

func (f *fixture) members(n, step int, change store.MemberChange) *store.Update {
	update := f.update(group, n, step)
	update.Members = change
	return update
}

func (f *fixture) delete(typ string, n, step int) *store.Delete {
	return &store.Delete{Key: f.key(typ, n), At: at(step), PurgeAfter: at(step + 1000), Trail: trail(step, "delete")}
}

func ids(ns ...int) []uuid.UUID {
	list := make([]uuid.UUID, 0, len(ns))
	for _, n := range ns {
		list = append(list, id(n))
	}
	return list
}

func sortedIDs(list []uuid.UUID) []string {
	texts := make([]string, 0, len(list))
	for _, one := range list {
		texts = append(texts, one.String())
	}
	slices.Sort(texts)
	return texts
}

func (f *fixture) commit(changes ...store.Change) []store.Committed {
	f.t.Helper()
	done, err := f.s.Commit(f.ctx, changes)
	if err != nil {
		f.t.Fatalf("Commit: %v", err)
	}
	if len(done) != len(changes) {
		f.t.Fatalf("Commit of %d changes returned %d results", len(changes), len(done))
	}
	return done
}

// refuse commits what must fail with want at the change with that index.
func (f *fixture) refuse(want error, index int, changes ...store.Change) error {
	f.t.Helper()
	_, err := f.s.Commit(f.ctx, changes)
	if !errors.Is(err, want) {
		f.t.Fatalf("Commit: got error %v, want %v", err, want)
	}
	var change *store.ChangeError
	if !errors.As(err, &change) {
		f.t.Fatalf("Commit: no ChangeError in the chain of %v", err)
	}
	if change.Index != index {
		f.t.Errorf("ChangeError.Index = %d, want %d", change.Index, index)
	}
	return err
}

func (f *fixture) get(key store.Key) store.Record {
	f.t.Helper()
	record, err := f.s.Get(f.ctx, key, store.WithGroups)
	if err != nil {
		f.t.Fatalf("Get(%s %s): %v", key.Type, key.ID, err)
	}
	return record
}

func (f *fixture) missing(key store.Key) {
	f.t.Helper()
	if _, err := f.s.Get(f.ctx, key, 0); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("Get(%s %s): got error %v, want ErrNotFound", key.Type, key.ID, err)
	}
}

// state checks the version and time of a resource.
func (f *fixture) state(key store.Key, version int64, modified time.Time) {
	f.t.Helper()
	record := f.get(key)
	if record.Version != version || !record.Modified.Equal(modified) {
		f.t.Errorf("%s %s: version %d modified %v, want %d %v", key.Type, key.ID, record.Version, record.Modified, version, modified)
	}
}

// memberIDs is the membership of a group, which must come in order of id.
func (f *fixture) memberIDs(n int) []string {
	f.t.Helper()
	list := []string{}
	for membership, err := range f.s.Members(f.ctx, f.tenant, ids(n), store.MemberPage{}) {
		if err != nil {
			f.t.Fatalf("Members: %v", err)
		}
		if membership.Group != id(n) {
			f.t.Errorf("Members: group %s, want %s", membership.Group, id(n))
		}
		list = append(list, membership.Member.String())
	}
	if !slices.IsSorted(list) {
		f.t.Error("Members: not in order of id")
	}
	return list
}

func (f *fixture) wantMembers(n int, members ...int) {
	f.t.Helper()
	if diff := cmp.Diff(sortedIDs(ids(members...)), f.memberIDs(n)); diff != "" {
		f.t.Errorf("members of %d (-want +got):\n%s", n, diff)
	}
}

func (f *fixture) query(query store.Query) store.Page {
	f.t.Helper()
	query.Tenant = f.tenant
	page, err := f.s.Query(f.ctx, query)
	if err != nil {
		f.t.Fatalf("Query: %v", err)
	}
	return page
}

func of(typ string, where store.Expr) []store.TypeQuery {
	return []store.TypeQuery{{Type: typ, Where: where}}
}

// found are the names of the resources of a type that match.
func (f *fixture) found(typ string, where store.Expr) []string {
	f.t.Helper()
	page := f.query(store.Query{Types: of(typ, where), Limit: 1000, Now: at(0)})
	list := recordNames(page)
	if page.Total != len(list) {
		f.t.Errorf("Query: total %d with %d records", page.Total, len(list))
	}
	slices.Sort(list)
	return list
}

func recordNames(page store.Page) []string {
	list := make([]string, 0, len(page.Records))
	for _, record := range page.Records {
		list = append(list, record.Name)
	}
	return list
}

// matches checks a condition and its negation against all resources of a type.
func (f *fixture) matches(typ string, where store.Expr, want ...string) {
	f.t.Helper()
	slices.Sort(want)
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, f.found(typ, where)); diff != "" {
		f.t.Errorf("%#v (-want +got):\n%s", where, diff)
	}
	rest := []string{}
	for _, name := range f.found(typ, nil) {
		if !slices.Contains(want, name) {
			rest = append(rest, name)
		}
	}
	if diff := cmp.Diff(rest, f.found(typ, store.Not{Expr: where})); diff != "" {
		f.t.Errorf("Not %#v (-want +got):\n%s", where, diff)
	}
}

func (f *fixture) auditOf(key store.Key) []store.AuditRow {
	f.t.Helper()
	rows, err := f.s.AuditOf(f.ctx, key, 1000)
	if err != nil {
		f.t.Fatalf("AuditOf: %v", err)
	}
	return rows
}

func (f *fixture) eventsOf(key store.Key) []store.OutboxRow {
	f.t.Helper()
	rows, err := f.s.EventsOf(f.ctx, key, 1000)
	if err != nil {
		f.t.Fatalf("EventsOf: %v", err)
	}
	return rows
}

// sameJSON compares by meaning: a backend may keep JSON other than
// Record.Document in a form of its own.
func sameJSON(tb testing.TB, what string, want, got []byte) {
	tb.Helper()
	var a, b any
	if err := json.Unmarshal(want, &a); err != nil {
		tb.Fatalf("%s: %v in %q", what, err, want)
	}
	if err := json.Unmarshal(got, &b); err != nil {
		tb.Errorf("%s: %v in %q", what, err, got)
		return
	}
	if diff := cmp.Diff(a, b); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// readBack are facts as a read returns them. The first revision is the one that
// tests which say nothing of it mean.
func readBack(facts store.Facts) store.Facts {
	return store.Facts{
		Revision: max(facts.Revision, 1), Status: facts.Status, Reason: facts.Reason, StatusChanged: facts.StatusChanged, Later: facts.Later,
		State: facts.State, Source: facts.Source, SourceClient: facts.SourceClient,
	}
}

// sameRecord compares what a read returns with what was written. Index is
// never read back, and groups are compared where they matter.
func sameRecord(tb testing.TB, want, got store.Record) {
	tb.Helper()
	if string(want.Document) != string(got.Document) {
		tb.Errorf("Document = %q, want %q", got.Document, want.Document)
	}
	for name, instant := range map[string]time.Time{"Created": got.Created, "Modified": got.Modified, "StatusChanged": got.Facts.StatusChanged} {
		if instant.Location() != time.UTC {
			tb.Errorf("%s is in %v, want UTC", name, instant.Location())
		}
	}
	for _, record := range []*store.Record{&want, &got} {
		record.Document, record.Index, record.Groups = nil, nil, nil
	}
	want.Facts = readBack(want.Facts)
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("record (-want +got):\n%s", diff)
	}
}
