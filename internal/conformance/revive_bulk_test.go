package conformance

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// postKnown is a POST of a user under its external id, in bulk.
func postKnown(bulkID, name, externalID string, more ...string) string {
	return postUser(bulkID, name, append(more, `"externalId":"`+externalID+`"`)...)
}

// TestReviveInBulk brings users back among other operations that refer to them.
func TestReviveInBulk(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		hr := o.connection(t, s, "hr", revives)
		ada, bob := hr.user(t, "ada", `"externalId":"1"`), hr.user(t, "bob", `"externalId":"2"`)
		group := hr.group(t, "in", ada, bob)
		hr.want(t, 204, "DELETE", "/Users/"+ada, "")
		hr.want(t, 204, "DELETE", "/Users/"+bob, "")
		done := hr.want(t, 200, "POST", "/Bulk", bulkBody("",
			postGroup("g", "new", "bulkId:a", "bulkId:n"),
			postKnown("a", "ada.new", "1", `"password":"Correct-Horse-1"`, `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:b"}}`),
			postKnown("b", "bob", "2", `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:a"}}`),
			postKnown("n", "new", "3"),
			postKnown("twice", "ada.twice", "1"),
			postKnown("clash", "bob", "2"),
			`{"method":"PATCH","path":"/Users/bulkId:a","data":`+patchOp(`{"op":"add","path":"title","value":"T"}`)+`}`,
			`{"method":"PATCH","path":"/Groups/`+group+`","data":`+patchOp(`{"op":"remove","path":"members[value eq \"`+bob+`\"]"}`)+`}`))
		if got := bulkStatuses(done); got != "201 201 201 201 201 409:uniqueness 200 200" {
			t.Fatalf("%s: %s", got, brief(done))
		}
		if made(t, done, 1) != ada || made(t, done, 2) != bob || made(t, done, 4) == ada {
			t.Errorf("came back as others: %s", brief(done))
		}
		team := made(t, done, 0)
		report(t, map[string]any{
			"userName": "ada.new", "title": "T", "active": true, "groups": "$len:2",
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": map[string]any{"manager": map[string]any{"value": bob}},
		}, hr.want(t, 200, "GET", "/Users/"+ada, ""))
		if members := hr.members(t, team); !slices.Contains(members, ada) || len(members) != 2 {
			t.Errorf("members: %v", members)
		}
		if members := hr.members(t, group); !slices.Equal(members, []string{ada}) {
			t.Errorf("members: %v", members)
		}
		if !o.verifies(t, "ada.new", "Correct-Horse-1") {
			t.Error("the password is not the one that was posted")
		}
		version := done["Operations"].([]any)[2].(map[string]any)["version"]
		hr.want(t, 204, "DELETE", "/Users/"+ada, "")
		again := hr.want(t, 200, "POST", "/Bulk", bulkBody("", postKnown("a", "ada.new", "1"), postKnown("x", "", "2")))
		if got := bulkStatuses(again); got != "201 400:invalidValue" || made(t, again, 0) != ada {
			t.Errorf("%s: %s", got, brief(again))
		}
		if got := again["Operations"].([]any)[0].(map[string]any)["version"]; got != hr.version(t, "/Users/"+ada) || got == version {
			t.Errorf("version %v", got)
		}

		t.Run("a name that is taken", func(t *testing.T) {
			hr.want(t, 204, "DELETE", "/Users/"+ada, "")
			taken := hr.want(t, 200, "POST", "/Bulk", bulkBody("", postKnown("n", "after", "9"), postKnown("a", "BOB", "1"), postGroup("g", "nobody", "bulkId:a")))
			if got := bulkStatuses(taken); got != "201 409:uniqueness 409" {
				t.Errorf("%s: %s", got, brief(taken))
			}
			if got := o.status(t, ada); got != "Deprovisioned" {
				t.Errorf("is %s", got)
			}
		})
		t.Run("later", func(t *testing.T) {
			result := hr.completed(t, hr.later(t, "POST", "/Bulk", bulkBody("", postKnown("a", "ada.later", "1"))))
			if !strings.Contains(fmt.Sprint(result), "/Users/"+ada) {
				t.Errorf("%s", brief(result))
			}
			report(t, map[string]any{"userName": "ada.later"}, hr.want(t, 200, "GET", "/Users/"+ada, ""))
		})
		t.Run("without the option", func(t *testing.T) {
			id := s.deleted(t, "plain", "1")
			done := s.want(t, 200, "POST", "/Bulk", bulkBody("", postKnown("p", "plain", "1")))
			if made(t, done, 0) == id {
				t.Error("came back")
			}
		})
	})
}

// TestReviveMany brings many back in one request, more than are committed at once.
func TestReviveMany(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		hr := o.connection(t, s, "hr", revives)
		const many = 120
		var ids, removals, posts []string
		for n := range many {
			posts = append(posts, postKnown(fmt.Sprint("u", n), fmt.Sprint("many-", n), fmt.Sprint("many-", n)))
		}
		first := hr.want(t, 200, "POST", "/Bulk", bulkBody("", posts...))
		for n := range many {
			ids = append(ids, made(t, first, n))
			removals = append(removals, `{"method":"DELETE","path":"/Users/`+ids[n]+`"}`)
		}
		group := hr.group(t, "many", ids...)
		hr.want(t, 200, "POST", "/Bulk", bulkBody("", removals...))
		if left := hr.members(t, group); len(left) != 0 {
			t.Fatalf("%d members are left", len(left))
		}
		back := hr.want(t, 200, "POST", "/Bulk", bulkBody("", posts...))
		for n := range many {
			if made(t, back, n) != ids[n] {
				t.Fatalf("%d came back as another", n)
			}
		}
		slices.Sort(ids)
		if members := hr.members(t, group); !slices.Equal(members, ids) {
			t.Errorf("%d members are back", len(members))
		}
	})
}

// TestReviveRace: of requests at once that would bring one user back, one does;
// the others are told that it is there.
func TestReviveRace(t *testing.T) {
	t.Parallel()
	const rivals = 12
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		hr := o.connection(t, s, "hr", revives)
		race := func(t *testing.T, contenders int, contend func(n int) (status int, answer map[string]any)) map[int][]string {
			t.Helper()
			var mu sync.Mutex
			var all sync.WaitGroup
			got := map[int][]string{}
			for n := range contenders {
				all.Go(func() {
					status, answer := contend(n)
					id, _ := answer["id"].(string)
					mu.Lock()
					defer mu.Unlock()
					got[status] = append(got[status], id+fmt.Sprint(answer["scimType"]))
				})
			}
			all.Wait()
			return got
		}
		for round := range 5 {
			who := fmt.Sprint("race-", round)
			id := hr.deleted(t, who, who)
			got := race(t, rivals, func(int) (int, map[string]any) {
				status, _, answer := hr.do(t, "POST", "/Users", known(who, who))
				return status, answer
			})
			if !slices.Equal(got[201], []string{id + "<nil>"}) || len(got[409]) != rivals-1 || got[409][0] != "uniqueness" {
				t.Errorf("one name: %v", got)
			}
			hr.want(t, 204, "DELETE", "/Users/"+id, "")
			got = race(t, rivals, func(n int) (int, map[string]any) {
				status, _, answer := hr.do(t, "POST", "/Users", known(fmt.Sprint(who, "-", n), who))
				return status, answer
			})
			won := 0
			for _, made := range got[201] {
				if strings.HasPrefix(made, id) {
					won++ // who comes after it is a user of its own
				}
			}
			if won != 1 || len(got[201])+len(got[409]) != rivals {
				t.Errorf("names of their own: %d came back, %v", won, got)
			}
			hr.want(t, 204, "DELETE", "/Users/"+id, "")
			got = race(t, rivals, func(n int) (int, map[string]any) {
				_, _, answer := hr.do(t, "POST", "/Bulk", bulkBody("", postUser("f", fmt.Sprint(who, "-bulk-", n)), postKnown("u", who+"-bulk", who)))
				one := answer["Operations"].([]any)[1].(map[string]any)
				if one["status"] == "201" {
					return 201, map[string]any{"id": made(t, answer, 1)}
				}
				return 409, one["response"].(map[string]any)
			})
			if !slices.Equal(got[201], []string{id + "<nil>"}) || len(got[409]) != rivals-1 || slices.ContainsFunc(got[409], func(one string) bool { return one != "uniqueness" }) {
				t.Errorf("in bulk: %v", got)
			}
			hr.want(t, 204, "DELETE", "/Users/"+id, "")
			got = race(t, rivals, func(n int) (int, map[string]any) {
				if n%2 == 0 {
					status, _, _ := o.do(t, "POST", "/users/"+id+"/actions/restore", `{"reason":"both"}`, "Content-Type", "application/json")
					return -status, nil
				}
				status, _, answer := hr.do(t, "POST", "/Users", known(who+"-both", who))
				return status, answer
			})
			if len(got[-200]) != rivals/2 || len(got[201]) > 1 || len(got[201])+len(got[409]) != rivals/2 {
				t.Errorf("beside administrators: %v", got)
			}
			if rows := o.actions(t, id); slices.Index(rows, "user.delete") != 1 {
				t.Errorf("came back more than once: %v", rows)
			}
			// Purged or back, and nothing in between.
			id = hr.deleted(t, who+"-end", who+"-end")
			got = race(t, 2, func(n int) (int, map[string]any) {
				if n == 0 {
					status, _, _ := o.do(t, "POST", "/users/"+id+"/actions/purge", `{"confirm":"`+id+`"}`, "Content-Type", "application/json")
					return -status, nil
				}
				status, _, answer := hr.do(t, "POST", "/Users", known(who+"-end", who+"-end"))
				return status, answer
			})
			if back := slices.Equal(got[201], []string{id + "<nil>"}); len(got[201]) != 1 || back && o.status(t, id) != "Active" || !back && o.status(t, id) != "Purged" {
				t.Errorf("beside a purge: %v", got)
			}
		}
	})
}
