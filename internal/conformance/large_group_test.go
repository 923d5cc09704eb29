package conformance

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestHundredThousandMembers uses the size that the largest groups have.
func TestHundredThousandMembers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	onEachStore(t, func(t *testing.T, s *server) {
		const size, batch = 100_000, 5000
		// Emptying such a group is what the mass guard is there to refuse.
		s.desk().ask(t, 200, "PUT", "/policy", `{"guard":{"mode":"off"}}`)
		tenant := tenantOf(t, s).ID
		users := make([]uuid.UUID, 0, size)
		for range size / batch {
			changes := make([]store.Change, 0, batch)
			for range batch {
				id, err := uuid.NewV7()
				if err != nil {
					t.Fatal(err)
				}
				users = append(users, id)
				changes = append(changes, &store.Create{Record: store.Record{
					Key: store.Key{Tenant: tenant, Type: "User", ID: id}, Name: id.String(), Label: id.String(), Version: 1,
					Document: fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":%[1]q,"userName":%[1]q}`, id),
				}})
			}
			if _, err := s.Store.Commit(t.Context(), changes); err != nil {
				t.Fatal(err)
			}
		}
		group := s.group(t, "everybody")
		add := &store.Update{Key: store.Key{Tenant: tenant, Type: "Group", ID: uuid.MustParse(group)}, Members: store.MemberChange{Add: users}, MemberTypes: []string{"User"}}
		if _, err := s.Store.Commit(t.Context(), []store.Change{add}); err != nil {
			t.Fatal(err)
		}
		outer, one := s.group(t, "outer", group), s.user(t, "one")
		t.Run("SCH-58 the whole group in one answer", func(t *testing.T) {
			report(t, map[string]any{"members": fmt.Sprintf("$len:%d", size)}, s.want(t, 200, "GET", "/Groups/"+group, ""))
		})
		t.Run("and in pages", func(t *testing.T) {
			seen, last := 0, ""
			for path := "/Groups/" + group + "?membersCount=1000&attributes=members.value"; path != ""; {
				status, header, page := s.do(t, "GET", path, "")
				if status != http.StatusOK {
					t.Fatalf("status %d: %s", status, brief(page))
				}
				for _, id := range membersOf(page) {
					if id <= last {
						t.Fatalf("%s after %s", id, last)
					}
					last = id
					seen++
				}
				path = s.nextPage(t, header)
			}
			if seen != size {
				t.Errorf("%d members in all pages", seen)
			}
		})
		t.Run("QRY-40 filters on it", func(t *testing.T) {
			last := users[size-1].String()
			for query, total := range map[string]float64{
				"/Groups?attributes=displayName&" + filterQuery(`members.value eq "`+last+`"`):                                              1,
				"/Users?count=1&" + filterQuery(`groups.value eq "`+group+`"`):                                                              size,
				"/Users?count=1&" + filterQuery(`groups[value eq "`+outer+`" and type eq "indirect"]`):                                      size,
				"/Users?count=1&" + filterQuery(`groups.display eq "EVERYBODY" and userName eq "`+last+`"`):                                 1,
				"/Users?count=1&" + filterQuery(`groups[value eq "`+outer+`" and type eq "indirect"] and id eq "`+last+`"`):                 1,
				"/Users?count=1&" + filterQuery(`groups[value eq "`+outer+`" and type eq "direct"]`):                                        0,
				"/Groups?attributes=displayName&" + filterQuery(`members[value eq "`+users[7].String()+`" and not (type eq "Group")]`):      1,
				"/Groups?attributes=displayName&" + filterQuery(`members[value eq "`+users[7].String()+`"] and displayName eq "everybody"`): 1,
				"/Groups?attributes=displayName&" + filterQuery(`members.value eq "`+group+`" or members.value eq "`+users[7].String()+`"`): 2,
			} {
				if got := s.want(t, 200, "GET", query, ""); got["totalResults"] != total {
					t.Errorf("%s: %s", query, brief(got))
				}
			}
		})
		t.Run("PAT one by one and all at once", func(t *testing.T) {
			s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(`{"op":"add","path":"members","value":[{"value":"`+one+`"}]}`))
			s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(`{"op":"remove","path":"members[type eq \"User\" and value eq \"`+one+`\"]"}`))
			report(t, map[string]any{"groups": "$absent"}, s.want(t, 200, "GET", "/Users/"+one, ""))
			s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(`{"op":"remove","path":"members[value ne \"`+users[5].String()+`\"]"}`))
			s.wantMembers(t, group, users[5].String())
		})
	})
}
