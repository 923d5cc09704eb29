package scim_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/testpg"
	"rollcall/lifecycle"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// TestMain makes the properties, which drive whole databases, shorter where the
// race detector makes them slow.
func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		for name, value := range map[string]string{"rapid.checks": "30", "rapid.steps": "20"} {
			if err := flag.Set(name, value); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(testpg.Main(m))
}

// bed is a provider on a database, with a clock that the test sets, two
// connections and an administrator.
type bed struct {
	*testing.T
	store       store.Store
	provider    *scim.Provider
	options     scim.Options
	clock       *clock
	user, group *schema.ResourceType
	// idp and hr are connections, admin is an administrator.
	idp, hr, admin *scim.Caller
	connections    map[*scim.Caller]*store.Connection
}

func newBed(t *testing.T, opened store.Store, change ...func(*scim.Options)) *bed {
	t.Helper()
	return newBedIn(t, opened, "bed", change...)
}

// newBedIn is newBed in a tenant of its own.
func newBedIn(t *testing.T, opened store.Store, tenantName string, change ...func(*scim.Options)) *bed {
	t.Helper()
	registry, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{T: t, store: opened, clock: &clock{at: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)}, connections: map[*scim.Caller]*store.Connection{}}
	b.user, _ = registry.Type("User")
	b.group, _ = registry.Type("Group")
	b.options = scim.Options{Store: opened, Types: registry, Secrets: opened, Now: b.clock.now}
	for _, apply := range change {
		apply(&b.options)
	}
	b.provider = scim.New(b.options)
	tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: tenantName}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	b.idp, b.hr = b.connection(tenant.ID, "idp"), b.connection(tenant.ID, "hr")
	b.admin = &scim.Caller{
		Tenant: tenant.ID, Base: "https://x", Kind: scim.KindOperator, ID: "ann", Source: scim.SourceLocal, Leniency: &schema.Leniency{},
		MayLifecycle: true, MayRoles: true,
	}
	return b
}

func (b *bed) connection(tenant store.TenantID, name string) *scim.Caller {
	b.Helper()
	connection := store.Connection{ID: uuid.New(), Tenant: tenant, Name: name, Kind: "generic", Created: b.clock.now()}
	if err := b.store.CreateConnection(b.Context(), connection, store.Audit{}); err != nil {
		b.Fatal(err)
	}
	caller := &scim.Caller{
		Tenant: tenant, Base: "https://x", Kind: scim.KindConnection, ID: connection.ID.String(), Connection: connection.ID,
		Source: scim.SourceSCIM, SourceClient: name, Leniency: &schema.Leniency{},
	}
	b.connections[caller] = &connection
	return caller
}

const lifecycleURN = schema.LifecycleURN

// create makes a user with further members of its JSON object.
func (b *bed) create(c *scim.Caller, name string, more ...string) string {
	b.Helper()
	body := fmt.Sprintf(`{"schemas":[%q,%q],"userName":%q`, schema.UserURN, lifecycleURN, name)
	for _, member := range more {
		body += "," + member
	}
	created, err := b.provider.Create(b.Context(), c, b.user, strings.NewReader(body+"}"), scim.View{})
	if err != nil {
		b.Fatal(err)
	}
	return created.ID()
}

// team makes a group.
func (b *bed) team(name string, members ...string) string {
	b.Helper()
	values := make([]string, len(members))
	for i, id := range members {
		values[i] = fmt.Sprintf(`{"value":%q}`, id)
	}
	body := fmt.Sprintf(`{"schemas":[%q],"displayName":%q,"members":[%s]}`, schema.GroupURN, name, strings.Join(values, ","))
	created, err := b.provider.Create(b.Context(), b.idp, b.group, strings.NewReader(body), scim.View{})
	if err != nil {
		b.Fatal(err)
	}
	return created.ID()
}

// tryPatch sends a PATCH with one operation.
func (b *bed) tryPatch(c *scim.Caller, id, operation string) error {
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
	_, err := b.provider.Patch(b.Context(), c, b.user, id, scim.Precondition{}, strings.NewReader(body), scim.View{})
	return err
}

func (b *bed) patch(c *scim.Caller, id, operation string) {
	b.Helper()
	if err := b.tryPatch(c, id, operation); err != nil {
		b.Fatal(err)
	}
}

func (b *bed) active(c *scim.Caller, id string, active bool) {
	b.Helper()
	b.patch(c, id, fmt.Sprintf(`{"op":"replace","path":"active","value":%t}`, active))
}

func (b *bed) act(id string, commands ...lifecycle.Command) *scim.Transition {
	b.Helper()
	done, err := b.provider.Act(b.Context(), b.admin, id, "asked", commands...)
	if err != nil {
		b.Fatal(err)
	}
	return done
}

func (b *bed) explain(id string) *scim.Explanation {
	b.Helper()
	found, err := b.provider.Explain(b.Context(), b.admin, id)
	if err != nil {
		b.Fatal(err)
	}
	return found
}

func (b *bed) is(id string, want lifecycle.Status) {
	b.Helper()
	if got := b.explain(id); got.Standing.Status != want {
		b.Fatalf("the account is %+v, want %s", got.Standing, want)
	}
}

// read is the user as SCIM shows it.
func (b *bed) read(c *scim.Caller, id string, attributes ...string) map[string]any {
	b.Helper()
	found, err := b.provider.Get(b.Context(), c, b.user, id, scim.View{Attributes: attributes})
	if err != nil {
		b.Fatal(err)
	}
	return b.document(found)
}

func (b *bed) document(resource *scim.Resource) map[string]any {
	b.Helper()
	var text strings.Builder
	if err := resource.WriteTo(b.Context(), &text); err != nil {
		b.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(text.String()), &document); err != nil {
		b.Fatalf("%v: %s", err, text.String())
	}
	return document
}

// extension is what SCIM shows of the lifecycle of a user.
func (b *bed) extension(c *scim.Caller, id string, attributes ...string) map[string]any {
	b.Helper()
	extension, _ := b.read(c, id, attributes...)[lifecycleURN].(map[string]any)
	return extension
}

// found are the userNames that a filter finds, in the order asked for.
func (b *bed) found(filter, sortBy string) []string {
	b.Helper()
	count := 1000
	list, err := b.provider.Query(b.Context(), b.idp, []*schema.ResourceType{b.user}, scim.Search{Filter: filter, HasFilter: filter != "", SortBy: sortBy, Count: &count})
	if err != nil {
		b.Fatalf("%s: %v", filter, err)
	}
	var text strings.Builder
	if err := list.WriteTo(b.Context(), &text); err != nil {
		b.Fatal(err)
	}
	var page struct {
		TotalResults int
		Resources    []struct{ UserName string }
	}
	if err := json.Unmarshal([]byte(text.String()), &page); err != nil || page.TotalResults != len(page.Resources) {
		b.Fatalf("%v: %.300s", err, text.String())
	}
	names := make([]string, 0, len(page.Resources))
	for _, user := range page.Resources {
		names = append(names, user.UserName)
	}
	return names
}

// fire does what is due, as the scheduler would.
func (b *bed) fire() {
	b.Helper()
	for more := true; more; {
		var err error
		if more, err = b.provider.FireDue(b.Context(), func(key store.Key, err error) { b.Errorf("%s: %v", key.ID, err) }); err != nil {
			b.Fatal(err)
		}
	}
}

func (b *bed) key(id string) store.Key {
	return store.Key{Tenant: b.idp.Tenant, Type: "User", ID: uuid.MustParse(id)}
}

// audits are the actions on a user, oldest first.
func (b *bed) audits(id string) []string {
	b.Helper()
	rows, err := b.store.AuditOf(b.Context(), b.key(id), 1000)
	if err != nil {
		b.Fatal(err)
	}
	actions := make([]string, len(rows))
	for i, row := range rows {
		actions[len(rows)-1-i] = row.Action
	}
	return actions
}

// events are the types of the events about a user, oldest first.
func (b *bed) events(id string) []string {
	b.Helper()
	rows, err := b.store.EventsOf(b.Context(), b.key(id), 10_000)
	if err != nil {
		b.Fatal(err)
	}
	types := make([]string, len(rows))
	for i, row := range rows {
		types[i] = row.Type
	}
	return types
}

// delete is the SCIM DELETE of a user.
func (b *bed) delete(c *scim.Caller, id string) {
	b.Helper()
	if err := b.tryDelete(c, b.user, id); err != nil {
		b.Fatal(err)
	}
}

func (b *bed) tryDelete(c *scim.Caller, t *schema.ResourceType, id string) error {
	return b.provider.Delete(context.WithoutCancel(b.Context()), c, t, id, scim.Precondition{})
}
