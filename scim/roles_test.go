package scim_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// roles are the values of the roles that a user shows, in order.
func (b *bed) roles(id string) []string {
	b.Helper()
	values := []string{}
	list, _ := b.read(b.admin, id)["roles"].([]any)
	for _, role := range list {
		values = append(values, role.(map[string]any)["value"].(string))
	}
	slices.Sort(values)
	return values
}

func (b *bed) hasRoles(id string, want ...string) {
	b.Helper()
	if got := b.roles(id); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		b.Fatalf("roles %v, want %v", got, want)
	}
}

// rolesJSON is the attribute with some values.
func rolesJSON(values ...string) string {
	elements := make([]string, len(values))
	for i, value := range values {
		elements[i] = fmt.Sprintf(`{"value":%q}`, value)
	}
	return `"roles":[` + strings.Join(elements, ",") + `]`
}

// put replaces a user.
func (b *bed) put(c *scim.Caller, id, name string, more ...string) error {
	body := fmt.Sprintf(`{"schemas":[%q],"userName":%q%s}`, schema.UserURN, name, strings.Join(append([]string{""}, more...), ","))
	_, err := b.provider.Replace(b.Context(), c, b.user, id, scim.Precondition{}, strings.NewReader(body), scim.View{})
	return err
}

func addRole(value string) string {
	return fmt.Sprintf(`{"op":"add","path":"roles","value":[{"value":%q}]}`, value)
}

func removeRole(value string) string {
	return fmt.Sprintf(`{"op":"remove","path":"roles[value eq %s]"}`, strings.ReplaceAll(fmt.Sprintf("%q", value), `"`, `\"`))
}

func refusedWith(t *testing.T, err error, status int, names string) {
	t.Helper()
	told, ok := fault.As(err)
	if !ok || told.Status != status || !strings.Contains(told.Detail, names) {
		t.Errorf("refused with %v, want %d that names %s", err, status, names)
	}
}

// TestRolesHaveSources: a connection takes away only roles that it gave, unless
// its token may.
func TestRolesHaveSources(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "mixed", rolesJSON("Reader", "writer"))
		b.patch(b.hr, id, addRole("payroll"))
		b.patch(b.admin, id, addRole("auditor"))
		b.patch(b.hr, id, addRole("READER")) // it is there already: whose it is stays
		b.hasRoles(id, "Reader", "writer", "payroll", "auditor")

		version := b.explain(id).Version
		if err := b.put(b.idp, id, "mixed", rolesJSON("Reader", "writer")); err != nil {
			t.Fatal(err)
		}
		b.hasRoles(id, "Reader", "writer", "payroll", "auditor")
		if after := b.explain(id).Version; after != version {
			t.Errorf("a PUT that changes nothing moved the version from %d to %d", version, after)
		}
		if err := b.put(b.idp, id, "mixed", rolesJSON("writer")); err != nil {
			t.Fatal(err)
		}
		b.hasRoles(id, "writer", "payroll", "auditor")
		if err := b.put(b.idp, id, "mixed"); err != nil {
			t.Fatal(err)
		}
		b.hasRoles(id, "payroll", "auditor")

		refusedWith(t, b.tryPatch(b.idp, id, removeRole("payroll")), 403, `"payroll"`)
		refusedWith(t, b.put(b.idp, id, "mixed", `"roles":null`), 403, `"auditor"`)
		refusedWith(t, b.put(b.idp, id, "mixed", `"roles":[]`), 403, `"auditor"`)
		refusedWith(t, b.tryPatch(b.idp, id, `{"op":"replace","path":"roles","value":[{"value":"x"}]}`), 403, `"auditor"`)
		b.hasRoles(id, "payroll", "auditor")
		b.patch(b.hr, id, removeRole("payroll"))
		b.hasRoles(id, "auditor")

		may := *b.idp
		may.MayRoles = true
		if err := b.put(&may, id, "mixed"); err != nil {
			t.Fatal(err)
		}
		b.hasRoles(id, "auditor") // what is left out stays, whatever the token may
		if err := b.put(&may, id, "mixed", `"roles":null`); err != nil {
			t.Fatal(err)
		}
		b.hasRoles(id)
		if roles := b.explain(id).Facts.Roles; len(roles) != 0 {
			t.Errorf("sources of roles that are gone: %v", roles)
		}
	})
}

// TestRolesComeBack: a restored user has its roles, and each its source.
func TestRolesComeBack(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "gone", rolesJSON("a"))
		b.patch(b.hr, id, addRole("b"))
		before := maps.Clone(b.explain(id).Facts.Roles)
		b.delete(b.idp, id)
		b.act(id, lifecycle.Restore{By: "ann", Reason: "back"})
		if after := b.explain(id).Facts.Roles; len(after) != 2 || !maps.Equal(before, after) {
			t.Errorf("sources %v, want %v", after, before)
		}
		refusedWith(t, b.tryPatch(b.idp, id, removeRole("b")), 403, `"b"`)
		b.patch(b.idp, id, removeRole("a"))
		b.hasRoles(id, "b")
	})
}

// TestRolesOnTheList: a connection gives only roles that it may.
func TestRolesOnTheList(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		b.idp.Roles = []string{"Reader"}
		id := b.create(b.idp, "listed", rolesJSON("reader"))
		b.patch(b.admin, id, addRole("owner"))
		refusedWith(t, b.tryPatch(b.idp, id, addRole("writer")), 400, `"writer"`)
		if err := b.put(b.idp, id, "listed", rolesJSON("reader", "OWNER")); err != nil {
			t.Errorf("a role that the user has already: %v", err)
		}
		b.idp.Roles = []string{}
		if err := b.put(b.idp, id, "listed", rolesJSON("reader")); err != nil {
			t.Error(err)
		}
		b.hasRoles(id, "reader", "OWNER")
		refusedWith(t, b.tryPatch(b.idp, id, addRole("x")), 400, `"x"`)
	})
}

// TestRolesFromBefore: a role whose source nobody knows belongs to whoever.
func TestRolesFromBefore(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "old", rolesJSON("a", "b"))
		record, err := opened.Get(t.Context(), b.key(id), 0)
		if err != nil {
			t.Fatal(err)
		}
		facts := record.Facts
		facts.State = nil // as a release before wrote it
		if _, err := opened.Commit(t.Context(), []store.Change{&store.Update{Key: record.Key, Facts: &facts, Modified: b.clock.now()}}); err != nil {
			t.Fatal(err)
		}
		b.patch(b.hr, id, removeRole("a"))
		b.hasRoles(id, "b")
		if err := b.put(b.hr, id, "old"); err != nil {
			t.Fatal(err)
		}
		b.hasRoles(id)
	})
}

// TestPrimaryRoleOfAPut: a primary role that a PUT names is the only one.
func TestPrimaryRoleOfAPut(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.admin, "primary", `"roles":[{"value":"boss","primary":true}]`)
		for range 2 {
			if err := b.put(b.idp, id, "primary", `"roles":[{"value":"clerk","primary":true}]`); err != nil {
				t.Fatal(err)
			}
		}
		b.hasRoles(id, "boss", "clerk")
		for _, role := range b.read(b.admin, id)["roles"].([]any) {
			role := role.(map[string]any)
			if (role["primary"] == true) != (role["value"] == "clerk") {
				t.Errorf("role %v", role)
			}
		}
	})
}

// TestRolesOfManySources holds the rule against a model: after any edits, a role
// is there as long as nobody with a right to it took it away, and it has the
// source of who gave it first.
func TestRolesOfManySources(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			name := fmt.Sprint("model-", round)
			id := b.create(b.admin, name)
			model := map[string]*scim.Caller{}
			for range rapid.IntRange(1, 6).Draw(rt, "edits") {
				c := rapid.SampledFrom([]*scim.Caller{b.idp, b.hr, b.admin}).Draw(rt, "caller")
				value := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "role")
				switch rapid.IntRange(0, 2).Draw(rt, "edit") {
				case 0:
					b.patch(c, id, addRole(value))
					if model[value] == nil {
						model[value] = c
					}
				case 1:
					err := b.tryPatch(c, id, removeRole(value))
					if mine := model[value] == nil || model[value] == c || c == b.admin; mine != (err == nil) {
						rt.Fatalf("removal by %s of a role of %v: %v", c.ID, model[value], err)
					}
					if err == nil {
						delete(model, value)
					}
				case 2:
					if err := b.put(c, id, name, rolesJSON(value)); err != nil {
						rt.Fatal(err)
					}
					maps.DeleteFunc(model, func(role string, source *scim.Caller) bool { return role != value && source == c })
					if model[value] == nil {
						model[value] = c
					}
				}
			}
			if got, want := b.roles(id), slices.Sorted(maps.Keys(model)); !slices.Equal(got, want) {
				rt.Fatalf("roles %v, want %v", got, want)
			}
			for role, source := range b.explain(id).Facts.Roles {
				want := lifecycle.Administrators
				if model[role] != b.admin {
					want = "connection:" + model[role].ID
				}
				if source != want {
					rt.Fatalf("%s is of %s, want %s", role, source, want)
				}
			}
		})
	})
}
