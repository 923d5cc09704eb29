package app

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/store"
)

// TestRequestsAreForgotten: requests go when their time is over, in every tenant
// by itself.
func TestRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	opened := testdb.OpenSQLite(t)
	now := time.Now().UTC().Truncate(time.Microsecond)
	tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "a", Created: now}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	connection := store.Connection{ID: uuid.New(), Tenant: tenant.ID, Name: "a", Kind: "generic", Created: now}
	if err := opened.CreateConnection(t.Context(), connection, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	var requests []store.LoggedRequest
	for n := range keepStep + 5 {
		requests = append(requests, store.LoggedRequest{Tenant: tenant.ID, Connection: connection.ID, At: now.Add(-time.Duration(n) * time.Minute)})
	}
	if err := opened.LogRequests(t.Context(), requests, 2*keepStep); err != nil {
		t.Fatal(err)
	}
	held := 0
	hold := func() error { held++; return nil }
	if err := forgetRequests(t.Context(), opened, tenant.ID, now, 4*time.Minute, hold); err != nil {
		t.Fatal(err)
	}
	page, err := opened.LoggedRequests(t.Context(), store.RequestSearch{Tenant: tenant.ID, Limit: 2 * keepStep})
	if err != nil || len(page.Requests) != 5 {
		t.Errorf("%d are left, %v, want 5", len(page.Requests), err)
	}
	if held != 2 {
		t.Errorf("the lease was asked for %d times", held)
	}
}

// TestInspectionLimits: what cannot be meant is refused at the start.
func TestInspectionLimits(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(*Config){
		"retention": func(c *Config) { c.InspectRetention = 59 * time.Minute }, "requests": func(c *Config) { c.InspectRequests = 0 },
		"body": func(c *Config) { c.InspectBody = -1 }, "large body": func(c *Config) { c.InspectBody = 2 << 20 },
	} {
		config := defaults(t)
		if bad(&config); config.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if config := defaults(t, "--inspect-retention=1h", "--inspect-requests=1", "--inspect-body=0"); config.Validate() != nil {
		t.Error("the least is refused")
	}
}
