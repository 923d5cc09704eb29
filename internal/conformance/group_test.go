package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// membersOf are the ids in the members of a resource, sorted.
func membersOf(document map[string]any) []string {
	list, _ := document["members"].([]any)
	ids := []string{}
	for _, member := range list {
		ids = append(ids, member.(map[string]any)["value"].(string))
	}
	slices.Sort(ids)
	return ids
}

func (s *server) wantMembers(t *testing.T, group string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := membersOf(s.want(t, 200, "GET", "/Groups/"+group, "")); !slices.Equal(got, want) {
		t.Errorf("members %v, want %v", got, want)
	}
}

// nextPage is the path of the next page that a Link header names, "" for none.
func (s *server) nextPage(t *testing.T, header http.Header) string {
	t.Helper()
	link := header.Get("Link")
	if link == "" {
		return ""
	}
	path, found := strings.CutPrefix(link, "<"+s.Base)
	path, rel, ok := strings.Cut(path, ">")
	if !found || !ok || rel != `; rel="next"` {
		t.Fatalf("Link %q", link)
	}
	return path
}

// TestMembersInPages walks over the members of one resource.
func TestMembersInPages(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		var users []string
		for i := range 25 {
			users = append(users, s.user(t, fmt.Sprintf("paged%02d", i)))
		}
		slices.Sort(users)
		group := s.group(t, "paged", users[:20]...)
		small := s.group(t, "small", users[:2]...)
		walk := func(path string, each func(page map[string]any, header http.Header)) []string {
			var seen []string
			for path != "" {
				status, header, page := s.do(t, "GET", path, "")
				if status != http.StatusOK || len(seen) > 100 {
					t.Fatalf("%s: %d %s", path, status, brief(page))
				}
				seen = append(seen, membersOf(page)...)
				if each != nil {
					each(page, header)
				}
				path = s.nextPage(t, header)
			}
			return seen
		}
		t.Run("pages in order of id", func(t *testing.T) {
			for count, pages := range map[int]int{1: 20, 7: 3, 19: 2, 20: 1, 1000: 1, 99999: 1} {
				got := 0
				seen := walk(fmt.Sprintf("/Groups/%s?membersCount=%d", group, count), func(page map[string]any, header http.Header) {
					got++
					report(t, map[string]any{"displayName": "paged", "members": fmt.Sprintf("$maxlen:%d", count)}, page)
					if page["meta"].(map[string]any)["version"] != header.Get("ETag") {
						t.Error("the tag of a page is not that of the resource")
					}
				})
				if !slices.Equal(seen, users[:20]) || got != pages {
					t.Errorf("membersCount=%d: %d pages with %v", count, got, seen)
				}
			}
		})
		t.Run("REA-12 with attributes and excludedAttributes", func(t *testing.T) {
			seen := walk("/Groups/"+group+"?attributes=members.value,displayName&membersCount=6", func(page map[string]any, _ http.Header) {
				report(t, map[string]any{"displayName": "paged", "meta": "$absent", "members": []any{map[string]any{"value": "$string", "type": "$absent", "$ref": "$absent"}}}, page)
			})
			if !slices.Equal(seen, users[:20]) {
				t.Errorf("seen %v", seen)
			}
			seen = walk("/Groups/"+group+"?excludedAttributes=displayName,meta&membersCount=6", func(page map[string]any, _ http.Header) {
				report(t, map[string]any{"displayName": "$absent", "meta": "$absent"}, page)
			})
			if !slices.Equal(seen, users[:20]) {
				t.Errorf("seen %v", seen)
			}
			for _, query := range []string{"excludedAttributes=members&membersCount=3", "attributes=displayName&membersCount=3", "membersCount=0", "membersCount=-5"} {
				_, header, page := s.do(t, "GET", "/Groups/"+group+"?"+query, "")
				report(t, map[string]any{"members": "$absent"}, page)
				if header.Get("Link") != "" {
					t.Errorf("%s: Link %s", query, header.Get("Link"))
				}
			}
		})
		t.Run("bad counts and cursors", func(t *testing.T) {
			cursor := s.nextPage(t, func() http.Header { _, h, _ := s.do(t, "GET", "/Groups/"+group+"?membersCount=3", ""); return h }())
			_, cursor, _ = strings.Cut(cursor, "membersCursor=")
			if cursor == "" || cursor != url.QueryEscape(cursor) {
				t.Errorf("cursor %q", cursor)
			}
			for query, want := range map[string]string{
				"membersCount=x": "invalidValue", "membersCount=1.5": "invalidValue", "membersCount=": "invalidValue",
				"membersCursor=x": "invalidCursor", "membersCursor=": "invalidCursor", "membersCount=3&membersCursor=" + cursor + "x": "invalidCursor",
				"membersCursor=" + cursor[:21] + "_": "invalidCursor", "membersCursor=%00": "invalidCursor", "membersCursor=" + cursor[:10] + "%0A" + cursor[10:]: "invalidCursor",
				"membersCursor=" + users[0]: "invalidCursor",
			} {
				if got := s.want(t, 400, "GET", "/Groups/"+group+"?"+query, ""); got["scimType"] != want {
					t.Errorf("%s: %s", query, brief(got))
				}
			}
			if got := membersOf(s.want(t, 200, "GET", "/Groups/"+group+"?MEMBERSCURSOR="+cursor, "")); !slices.Equal(got, users[3:20]) {
				t.Errorf("without a count: %v", got)
			}
			if got := s.want(t, 400, "GET", "/Groups?membersCursor="+cursor, ""); got["scimType"] != "invalidValue" {
				t.Errorf("in a list: %s", brief(got))
			}
			s.want(t, 200, "GET", "/Users/"+users[0]+"?membersCount=3&membersCursor="+cursor, "")
		})
		t.Run("in lists", func(t *testing.T) {
			search := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"sortBy":"displayName","membersCount":%d}`
			for count, want := range map[int][]any{
				3: {map[string]any{"displayName": "paged", "members": "$len:3"}, map[string]any{"displayName": "small", "members": "$len:2"}},
				0: {map[string]any{"displayName": "paged", "members": "$absent"}, map[string]any{"displayName": "small", "members": "$absent"}},
			} {
				report(t, map[string]any{"Resources": want}, s.want(t, 200, "GET", fmt.Sprintf("/Groups?sortBy=displayName&membersCount=%d", count), ""))
				report(t, map[string]any{"Resources": want}, s.want(t, 200, "POST", "/Groups/.search", fmt.Sprintf(search, count)))
			}
			s.want(t, 400, "GET", "/Groups?membersCount=x", "")
			s.want(t, 400, "POST", "/Groups/.search", strings.Replace(search, "%d", `"x"`, 1))
		})
		t.Run("ETG a page of the same version is the same page", func(t *testing.T) {
			path := "/Groups/" + group + "?membersCount=4"
			_, header, _ := s.do(t, "GET", path, "")
			s.want(t, 304, "GET", path, "", "If-None-Match", header.Get("ETag"))
			if status, head, _ := s.do(t, "HEAD", path, ""); status != 200 || head.Get("Link") != header.Get("Link") {
				t.Errorf("HEAD: %d %v", status, head)
			}
		})
		t.Run("answers to writes", func(t *testing.T) {
			body := patchOp(`{"op":"add","path":"members","value":[{"value":"` + users[2] + `"}]}`)
			status, header, page := s.do(t, "PATCH", "/Groups/"+small+"?membersCount=2", body)
			if got := membersOf(page); status != 200 || !slices.Equal(got, users[:2]) || s.nextPage(t, header) == "" {
				t.Errorf("status %d, %v, %v", status, got, header)
			}
			s.want(t, 400, "PATCH", "/Groups/"+small+"?membersCursor=x", patchOp(`{"op":"remove","path":"members"}`))
			s.wantMembers(t, small, users[:3]...)
		})
		t.Run("a walk while members change misses nobody who stays", func(t *testing.T) {
			step := 0
			seen := walk("/Groups/"+group+"?membersCount=3", func(page map[string]any, _ http.Header) {
				last := membersOf(page)
				operations := []string{`{"op":"remove","path":"members[value eq \"` + last[len(last)-1] + `\"]"}`}
				if step < 5 {
					operations = append(operations, `{"op":"add","path":"members","value":[{"value":"`+users[20+step]+`"}]}`)
				}
				step++
				s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(operations...))
			})
			for _, user := range users[:20] {
				if !slices.Contains(seen, user) {
					t.Errorf("%s was missed", user)
				}
			}
			if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
				t.Errorf("seen %v", seen)
			}
		})
	})
}

// TestRemoveMembersByFilter covers remove with a filter on members.
func TestRemoveMembersByFilter(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		a, b, c := s.user(t, "rm-a"), s.user(t, "rm-b"), s.user(t, "rm-c")
		inner := s.group(t, "rm-inner", a)
		group := s.group(t, "rm", a, b, c, inner)
		key := store.Key{Tenant: tenantOf(t, s).ID, Type: "Group", ID: uuid.MustParse(group)}
		reset := func() string {
			t.Helper()
			var values []string
			for _, id := range []string{a, b, c, inner} {
				values = append(values, `{"value":"`+id+`"}`)
			}
			_, header, _ := s.do(t, "PATCH", "/Groups/"+group, patchOp(`{"op":"replace","path":"members","value":[`+strings.Join(values, ",")+`]}`))
			return header.Get("ETag")
		}
		remove := func(where string) string {
			return `{"op":"remove","path":"members[` + strings.ReplaceAll(where, `"`, `\"`) + `]"}`
		}
		add := func(id string) string { return `{"op":"add","path":"members","value":[{"value":"` + id + `"}]}` }
		quoted := func(format, id string) string { return fmt.Sprintf(format, `"`+id+`"`) }
		t.Run("PAT-40 SCH-60 by any filter", func(t *testing.T) {
			for where, want := range map[string][]string{
				`type eq "group"`:        {a, b, c},
				`type ne "User"`:         {a, b, c},
				`not (type eq "user")`:   {a, b, c},
				`type sw "g"`:            {a, b, c},
				`value pr`:               {},
				quoted(`value ne %s`, b): {b},
				quoted(`value eq %s and type eq "User"`, b):                                          {a, c, inner},
				quoted(`value eq %s and type eq "Group"`, b):                                         {a, b, c, inner},
				quoted(`value eq %s or type eq "Group"`, a):                                          {b, c},
				quoted(`$ref eq %s`, s.Base+"/Users/"+c):                                             {a, b, inner},
				quoted(`$ref eq %s`, "../Users/"+c):                                                  {a, b, inner},
				quoted(`$ref eq %s`, s.Base+"/Groups/"+c):                                            {a, b, c, inner},
				quoted(`$ref eq %s`, "https://evil.example/scim/v2/Users/"+c):                        {a, b, c, inner},
				quoted(`$ref eq %s`, strings.Replace(s.Base, "/scim/v2", "/scim/v1", 1)+"/Users/"+c): {a, b, inner},
				quoted(`$ref eq %s`, strings.TrimSuffix(s.Base, "/v2")+"/Users/"+c):                  {a, b, inner},
				quoted(`$ref sw %s`, s.Base+"/Users/"):                                               {inner},
				`$ref co "/Groups/"`:                                                                 {a, b, c},
			} {
				reset()
				s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(remove(where)))
				slices.Sort(want)
				if got := membersOf(s.want(t, 200, "GET", "/Groups/"+group, "")); !slices.Equal(got, want) {
					t.Errorf("%s leaves %v, want %v", where, got, want)
				}
			}
		})
		t.Run("PAT-43 nobody matches, nothing changes", func(t *testing.T) {
			before := reset()
			rows, err := s.Store.AuditOf(t.Context(), key, 100)
			if err != nil {
				t.Fatal(err)
			}
			_, header, _ := s.do(t, "PATCH", "/Groups/"+group, patchOp(remove(`value sw "zz"`)))
			after, err := s.Store.AuditOf(t.Context(), key, 100)
			if err != nil || header.Get("ETag") != before || len(after) != len(rows) {
				t.Errorf("tags %s and %s, %d and %d audit rows, %v", before, header.Get("ETag"), len(rows), len(after), err)
			}
		})
		t.Run("what was removed is in the audit trail and steps the version once", func(t *testing.T) {
			reset()
			before, err := s.Store.Get(t.Context(), key, 0)
			if err != nil {
				t.Fatal(err)
			}
			s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(remove(`type eq "User"`), add(b)))
			s.wantMembers(t, group, b, inner)
			rows, err := s.Store.AuditOf(t.Context(), key, 1)
			if err != nil {
				t.Fatal(err)
			}
			removed := []string{rows[0].Removed[0].String(), rows[0].Removed[1].String()}
			slices.Sort(removed)
			if want := slices.Sorted(slices.Values([]string{a, c})); !slices.Equal(removed, want) || len(rows[0].Added) != 0 || rows[0].Version != before.Version+1 {
				t.Errorf("audit %+v after version %d", rows[0], before.Version)
			}
			events, err := s.Store.EventsOf(t.Context(), key, 1000)
			if err != nil || events[len(events)-1].Version != before.Version+1 {
				t.Errorf("%d events, %v", len(events), err)
			}
		})
		t.Run("order decides within one request", func(t *testing.T) {
			empty := s.group(t, "rm-order")
			s.want(t, 204, "PATCH", "/Groups/"+empty, patchOp(add(a), add(b), remove(quoted(`value ne %s`, a))))
			s.wantMembers(t, empty, a)
			s.want(t, 204, "PATCH", "/Groups/"+empty, patchOp(remove(`type eq "User"`), add(c)))
			s.wantMembers(t, empty, c)
			refused := s.want(t, 400, "PATCH", "/Groups/"+empty, patchOp(add(a), remove(`type eq "User"`)))
			if refused["scimType"] != "invalidFilter" {
				t.Errorf("refused by %s", brief(refused))
			}
			s.wantMembers(t, empty, c)
		})
		t.Run("ETG If-Match", func(t *testing.T) {
			tag := reset()
			s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(remove(`type eq "Group"`)), "If-Match", tag)
			s.want(t, 412, "PATCH", "/Groups/"+group, patchOp(remove(`type eq "User"`)), "If-Match", tag)
			s.wantMembers(t, group, a, b, c)
		})
		t.Run("PAT-45 SCH-57 what stays refused", func(t *testing.T) {
			reset()
			for operation, want := range map[string]string{
				`{"op":"replace","path":"members[type eq \"User\"]","value":{"value":"x"}}`: "mutability",
				`{"op":"add","path":"members[type eq \"User\"].value","value":"x"}`:         "mutability",
				`{"op":"remove","path":"members[type eq \"User\"].type"}`:                   "mutability",
				`{"op":"remove","path":"members[display eq \"x\"]"}`:                        "invalidFilter",
				`{"op":"remove","path":"members[$ref gt \"x\"]"}`:                           "invalidFilter",
				`{"op":"remove","path":"members[value[type eq 1]]"}`:                        "invalidFilter",
			} {
				if got := s.want(t, 400, "PATCH", "/Groups/"+group, patchOp(operation)); got["scimType"] != want {
					t.Errorf("%s: %s", operation, brief(got))
				}
			}
			s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(`{"op":"remove","path":"members","value":[{"value":"`+a+`"}]}`))
			s.wantMembers(t, group, b, c, inner)
		})
	})
}

// TestMembersOfAnyType covers SCH-58 with a type of the operator's own, and a
// second type with members.
func TestMembersOfAnyType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	documents := map[string]string{
		"squad.resourcetype.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Squad","name":"Squad","endpoint":"/Squads","schema":"urn:ietf:params:scim:schemas:core:2.0:Group"}`,
	}
	for name, text := range lockerDocuments {
		documents[name] = text
	}
	for name, text := range documents {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	onEachStoreWith(t, dir, func(t *testing.T, s *server) {
		user := s.user(t, "any")
		locker := s.want(t, 201, "POST", "/Lockers", `{"schemas":["urn:example:Locker"],"label":"L1"}`)["id"].(string)
		team := s.group(t, "any-team", user)
		squad := s.want(t, 201, "POST", "/Squads", `{`+groupSchemas+`,"displayName":"S1","members":[{"value":"`+locker+`","type":"Locker"},{"value":"`+user+`"},{"value":"`+team+`"}]}`)["id"].(string)
		want := func(id, typ string) map[string]any {
			return map[string]any{"value": id, "type": typ, "$ref": s.Base + "/" + typ + "s/" + id}
		}
		t.Run("SCH-58 type and $ref tell which", func(t *testing.T) {
			report(t, map[string]any{"members": []any{want(locker, "Locker"), want(user, "User"), want(team, "Group")}}, s.want(t, 200, "GET", "/Squads/"+squad, ""))
			report(t, map[string]any{"groups": []any{
				map[string]any{"value": squad, "type": "direct", "display": "S1", "$ref": s.Base + "/Squads/" + squad},
				map[string]any{"value": team, "type": "direct", "$ref": s.Base + "/Groups/" + team},
			}}, s.want(t, 200, "GET", "/Users/"+user, ""))
		})
		t.Run("QRY-40 filters by type", func(t *testing.T) {
			for query, total := range map[string]float64{
				"/Squads?" + filterQuery(`members.type eq "locker"`):                            1,
				"/Squads?" + filterQuery(`members[type eq "Locker" and value eq "`+locker+`"]`): 1,
				"/Squads?" + filterQuery(`members.$ref eq "`+s.Base+"/Lockers/"+locker+`"`):     1,
				"/Squads?" + filterQuery(`members[type eq "Locker" and value eq "`+user+`"]`):   0,
				"/Groups?" + filterQuery(`members.type ne "User"`):                              0,
				"/Users?" + filterQuery(`groups.$ref co "/Squads/"`):                            1,
				"/Users?" + filterQuery(`groups[display eq "s1" and type eq "direct"]`):         1,
				"?" + filterQuery(`members.type eq "Locker"`):                                   1,
			} {
				if got := s.want(t, 200, "GET", query, ""); got["totalResults"] != total {
					t.Errorf("%s: %s", query, brief(got))
				}
			}
		})
		t.Run("pages and removal", func(t *testing.T) {
			var seen []string
			for path := "/Squads/" + squad + "?membersCount=1"; path != ""; {
				_, header, page := s.do(t, "GET", path, "")
				seen = append(seen, membersOf(page)...)
				path = s.nextPage(t, header)
			}
			if len(seen) != 3 {
				t.Errorf("seen %v", seen)
			}
			s.want(t, 204, "PATCH", "/Squads/"+squad, patchOp(`{"op":"remove","path":"members[type eq \"Locker\"]"}`))
			report(t, map[string]any{"members": "$len:2"}, s.want(t, 200, "GET", "/Squads/"+squad, ""))
		})
	})
}
