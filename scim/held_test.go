package scim_test

import (
	"fmt"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

// Whose removals the mass guard holds is known for as long as they are held,
// however short a time the audit trail is kept.
func TestHeldOutlivesTheTrail(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		if _, _, err := b.provider.SetPolicy(t.Context(), b.admin, []byte(`{"guard":{"mode":"hold","armedFrom":1,"floor":1,"percent":0}}`), -1, "test"); err != nil {
			t.Fatal(err)
		}
		team := b.team("team")
		ids := make([]string, 6)
		for i := range ids {
			ids[i] = b.create(b.idp, fmt.Sprintf("u%d", i))
		}
		// One each goes through, the rest is held.
		b.delete(b.idp, ids[0])
		b.delete(b.idp, ids[1])
		if err := b.tryDelete(b.idp, b.group, team); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids[2:5] {
			b.delete(b.hr, id)
		}
		prune := store.AuditPrune{Tenant: b.admin.Tenant, Before: b.clock.now().Add(time.Hour), Limit: 1000}
		for more := true; more; {
			step, err := opened.PruneAudit(t.Context(), prune)
			if err != nil {
				t.Fatal(err)
			}
			prune.After, more = step.Next, step.More
		}
		if done, err := b.provider.RestoreHeld(t.Context(), b.admin, scim.GuardedConnection(b.connections[b.idp]), "a mistake"); err != nil || done.Done != 2 || len(done.Failed) != 0 {
			t.Errorf("restored of the one: %+v, %v", done, err)
		}
		if done, err := b.provider.ReleaseHeld(t.Context(), b.admin, scim.GuardedConnection(b.connections[b.hr]), "meant"); err != nil || done.Done != 2 || len(done.Failed) != 0 {
			t.Errorf("released of the other: %+v, %v", done, err)
		}
		for caller, again := range map[*scim.Caller]decision{b.idp: (*scim.Provider).RestoreHeld, b.hr: (*scim.Provider).ReleaseHeld} {
			if done, err := again(b.provider, t.Context(), b.admin, scim.GuardedConnection(b.connections[caller]), "again"); err != nil || done.Done != 0 {
				t.Errorf("a second time: %+v, %v", done, err)
			}
		}
	})
}
