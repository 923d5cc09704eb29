package scim_test

import (
	"context"
	"strings"
	"testing"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

// counted counts the questions that only reviving asks.
type counted struct {
	store.Store
	asked int
}

func (c *counted) DepartedAs(ctx context.Context, tenant store.TenantID, typ string, externalIDs []string, most int) ([]store.Departed, error) {
	c.asked++
	return c.Store.DepartedAs(ctx, tenant, typ, externalIDs, most)
}

func (c *counted) SearchAudit(ctx context.Context, search store.AuditSearch) (store.AuditPage, error) {
	c.asked++
	return c.Store.SearchAudit(ctx, search)
}

func (c *counted) GetAll(ctx context.Context, keys []store.Key, with store.Relations) ([]store.Record, error) {
	c.asked++
	return c.Store.GetAll(ctx, keys, with)
}

// TestRevivingCosts: who does not revive asks the store nothing for it.
func TestRevivingCosts(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		counts := &counted{Store: opened}
		b := newBed(t, counts)
		b.provider = scim.New(scim.Options{Store: counts, Types: b.options.Types, Secrets: opened, Now: b.clock.now})
		bulk := func(name string) {
			t.Helper()
			results, err := b.provider.Bulk(t.Context(), b.idp, strings.NewReader(`{"schemas":["`+scim.BulkRequestURN+`"],"Operations":[
				{"method":"POST","bulkId":"u","path":"/Users","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`","externalId":"`+name+`"}}]}`))
			if err != nil || results[0].Err != nil {
				t.Fatal(err, results)
			}
		}
		b.create(b.idp, "one", `"externalId":"1"`)
		bulk("two")
		b.idp.Revives = true
		b.create(b.idp, "none")
		if counts.asked > 0 {
			t.Errorf("asked %d times", counts.asked)
		}
		b.create(b.idp, "three", `"externalId":"3"`)
		bulk("four")
		if counts.asked != 2 {
			t.Errorf("asked %d times for two that may come back", counts.asked)
		}
	})
}
