package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

// TestSelfServiceReachesNobodyElse covers SEC-25, SEC-29 and QRY-48: to a token
// that acts for a user, whatever is not the user is the same 403.
func TestSelfServiceReachesNobodyElse(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id, other := s.user(t, "self"), s.user(t, "other", `"externalId":"x-1"`)
		group := s.group(t, "staff", id, other)
		self := s.acting(t, id)
		list := filterQuery(`userName eq "other"`)
		rename := patchOp(`{"op":"replace","path":"displayName","value":"mine"}`)
		user := func(name string) string { return `{` + userSchemas + `,"userName":"` + name + `"}` }
		var requests [][3]string
		for _, path := range []string{
			"/Users/" + other, "/Users/" + uuid.NewString(), "/Users/nobody", "/Users/" + uuid.Nil.String(), "/Groups/" + group, "/Groups/" + id, "/Groups/" + uuid.NewString(),
			"/Users/" + strings.ToUpper(id), "/Users/%25" + fmt.Sprintf("%x", id[0]) + id[1:], "/Users/{" + id + "}", "/Users/urn:uuid:" + id, "/Users/" + strings.ReplaceAll(id, "-", ""),
			"/Users/" + id + "%20", "/Users/" + id + "%2F", "/Users/" + id + "%00", "/Users/..", "/Users/%2e%2e", "/Users/..%2FGroups", "/Users/Me", "/Users/me", "/Users/.search%2F" + id,
		} {
			requests = append(requests, [][3]string{
				{"GET", path},
				{"GET", path + "?attributes=userName"},
				{"HEAD", path},
				{"DELETE", path},
				{"PUT", path, user("taken")},
				{"PUT", path, "{"},
				{"PATCH", path, rename},
				{"PATCH", path, "{"},
				{"PATCH", path, patchOp(`{"op":"remove","path":"active"}`)},
				{"GET", path + "?attributes=a&excludedAttributes=b"},
			}...)
		}
		requests = append(requests, [][3]string{
			{"DELETE", "/Users/" + id},
			{"GET", "/Users"},
			{"GET", "/Users?" + list},
			{"GET", "/Users?filter=("},
			{"GET", "/Groups"},
			{"GET", ""},
			{"GET", "?" + list},
			{"GET", "/Users?" + filterQuery(`id eq "`+id+`"`)},
			{"POST", "/Users", user("new")},
			{"POST", "/Users", "{"},
			{"POST", "/Groups", `{` + groupSchemas + `,"displayName":"new"}`},
			{"POST", "/.search", searchBody(`userName eq "other"`)},
			{"POST", "/Users/.search", searchBody(`userName eq "other"`)},
			{"POST", "/Groups/.search", "{"},
		}...)
		t.Run("SEC-25,29 QRY-48 other resources, lists, searches and creation", func(t *testing.T) {
			before := s.want(t, 200, "GET", "", "")
			var first any
			for _, request := range requests {
				status, header, document := self.do(t, request[0], request[1], request[2])
				if status != 403 || header.Get("ETag") != "" || header.Get("Location") != "" {
					t.Errorf("%v: status %d, headers %v", request, status, header)
				}
				if request[0] == "HEAD" {
					continue
				}
				if first == nil {
					first = document
				}
				if diff := cmp.Diff(first, any(document)); diff != "" {
					t.Errorf("%v has another body: %s", request, diff)
				}
			}
			if diff := cmp.Diff(before, s.want(t, 200, "GET", "", "")); diff != "" {
				t.Errorf("the directory changed: %s", diff)
			}
		})
		t.Run("SEC-27 paths that only look like the own one", func(t *testing.T) {
			for _, path := range []string{"/Users/" + id + "/../" + other, "/Me/../Users/" + other, "/Users//" + id, "/Me%2F..%2FUsers", "/me", "/ME", "/users/" + id, "/Me/" + other} {
				for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
					if status, _, document := self.do(t, method, path, ""); status < 400 || status > 405 {
						t.Errorf("%s %s: status %d: %s", method, path, status, brief(document))
					}
				}
			}
		})
		t.Run("DIS discovery stays open", func(t *testing.T) {
			for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", "/Schemas/" + enterprise} {
				self.want(t, 200, "GET", path, "")
			}
		})
	})
}

// TestSelfServiceLimits covers ME-08 and SEC-25: what a user may change on
// himself, however a request spells it.
func TestSelfServiceLimits(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		core := "urn:ietf:params:scim:schemas:core:2.0:User"
		id := s.want(t, 201, "POST", "/Users", `{"schemas":["`+core+`","`+enterprise+`"],"userName":"limits","externalId":"e-1","title":"Clerk","userType":"Employee",
			"name":{"givenName":"Ada","familyName":"L"},"emails":[{"value":"a@x.example","type":"work","primary":true},{"value":"b@x.example","type":"home"}],
			"roles":[{"value":"reader","primary":true}],"entitlements":[{"value":"basic"}],"phoneNumbers":[{"value":"+41 1","type":"work"}],
			"x509Certificates":[{"value":"AAAA"}],"`+enterprise+`":{"department":"D","employeeNumber":"7","manager":{"value":"m-1"}}}`)["id"].(string)
		s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"password","value":"First-Secret-1"}`))
		s.group(t, "admins", id)
		self := s.acting(t, id)
		read := func() map[string]any { return s.want(t, 200, "GET", "/Users/"+id, "") }
		before := read()

		t.Run("ME-08 PATCH", func(t *testing.T) {
			for name, operation := range map[string]string{
				"roles":                            `{"op":"add","path":"roles","value":[{"value":"admin"}]}`,
				"roles in capitals":                `{"op":"ADD","path":"ROLES","value":[{"value":"admin"}]}`,
				"roles by URN":                     `{"op":"add","path":"` + core + `:roles","value":{"value":"admin"}}`,
				"roles by URN in capitals":         `{"op":"add","path":"` + strings.ToUpper(core) + `:Roles","value":{"value":"admin"}}`,
				"a value of roles":                 `{"op":"replace","path":"roles[value eq \"reader\"].value","value":"admin"}`,
				"a role that is made":              `{"op":"replace","path":"roles[value eq \"admin\"].display","value":"x"}`,
				"all values of roles":              `{"op":"replace","path":"roles.value","value":"admin"}`,
				"roles removed":                    `{"op":"remove","path":"roles"}`,
				"a role removed":                   `{"op":"remove","path":"roles[value eq \"reader\"]"}`,
				"the primary role":                 `{"op":"replace","path":"roles[value eq \"reader\"].primary","value":false}`,
				"without a path":                   `{"op":"replace","value":{"roles":[{"value":"admin"}]}}`,
				"without a path, in capitals":      `{"op":"add","value":{"Roles":[{"value":"admin"}]}}`,
				"without a path, by URN":           `{"op":"add","value":{"` + core + `:roles":[{"value":"admin"}]}}`,
				"without a path, inside the URN":   `{"op":"add","value":{"` + core + `":{"roles":[{"value":"admin"}]}}}`,
				"without a path, with a filter":    `{"op":"add","value":{"roles[value eq \"reader\"].value":"admin"}}`,
				"the path is the URN":              `{"op":"add","path":"` + core + `","value":{"roles":[{"value":"admin"}]}}`,
				"beside what is allowed":           `{"op":"replace","value":{"displayName":"x","roles":[{"value":"admin"}]}}`,
				"after what is allowed":            `{"op":"replace","path":"displayName","value":"x"},{"op":"add","path":"entitlements","value":[{"value":"admin"}]}`,
				"there and back, then more":        `{"op":"remove","path":"roles"},{"op":"add","path":"roles","value":[{"value":"reader","primary":true},{"value":"admin"}]}`,
				"entitlements":                     `{"op":"replace","path":"entitlements","value":[{"value":"admin"}]}`,
				"active":                           `{"op":"replace","path":"active","value":false}`,
				"active as Entra writes it":        `{"op":"Replace","path":"active","value":"False"}`,
				"active without a path":            `{"op":"replace","value":{"active":false}}`,
				"active removed":                   `{"op":"remove","path":"active"}`,
				"userName":                         `{"op":"replace","path":"userName","value":"root"}`,
				"userName in another case":         `{"op":"replace","path":"userName","value":"LIMITS"}`,
				"externalId":                       `{"op":"replace","path":"externalId","value":"e-2"}`,
				"externalId removed":               `{"op":"remove","path":"externalId"}`,
				"emails":                           `{"op":"add","path":"emails","value":[{"value":"ceo@x.example"}]}`,
				"an e-mail":                        `{"op":"replace","path":"emails[type eq \"work\"].value","value":"ceo@x.example"}`,
				"the primary e-mail":               `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`,
				"title":                            `{"op":"replace","path":"title","value":"CEO"}`,
				"userType":                         `{"op":"replace","path":"userType","value":"Admin"}`,
				"certificates":                     `{"op":"remove","path":"x509Certificates"}`,
				"groups":                           `{"op":"remove","path":"groups"}`,
				"groups by value":                  `{"op":"add","path":"groups","value":[{"value":"` + uuid.NewString() + `"}]}`,
				"id":                               `{"op":"replace","path":"id","value":"` + uuid.NewString() + `"}`,
				"meta":                             `{"op":"replace","path":"meta.version","value":"x"}`,
				"department":                       `{"op":"replace","path":"` + enterprise + `:department","value":"Board"}`,
				"department without its URN":       `{"op":"replace","path":"department","value":"Board"}`,
				"manager":                          `{"op":"replace","path":"` + enterprise + `:manager","value":{"value":"m-2"}}`,
				"manager as Entra writes it":       `{"op":"replace","path":"` + enterprise + `:manager","value":"m-2"}`,
				"the extension":                    `{"op":"add","path":"` + enterprise + `","value":{"costCenter":"1"}}`,
				"the extension without a path":     `{"op":"add","value":{"` + enterprise + `":{"employeeNumber":"1"}}}`,
				"the extension removed":            `{"op":"remove","path":"` + enterprise + `"}`,
				"a path in the name of a member":   `{"op":"add","value":{"` + enterprise + `:department":"Board"}}`,
				"password beside what is not":      `{"op":"replace","value":{"password":"Second-Secret-2","title":"CEO"}}`,
				"the last operation of many":       strings.Repeat(`{"op":"replace","path":"nickName","value":"x"},`, 50) + `{"op":"remove","path":"title"}`,
				"an attribute with the wrong type": `{"op":"replace","path":"displayName","value":{"roles":[{"value":"admin"}]}}`,
			} {
				for _, path := range []string{"/Me", "/Users/" + id} {
					status, _, document := self.do(t, "PATCH", path, patchOp(operation))
					if status != 403 && status != 400 && status != 200 {
						t.Errorf("%s: status %d: %s", name, status, brief(document))
					}
					if diff := cmp.Diff(before, read()); diff != "" {
						t.Fatalf("%s: status %d changed the user: %s", name, status, diff)
					}
				}
			}
			if hash := passwordHash(t, s, id); hash == "" {
				t.Error("the password is gone")
			}
		})
		t.Run("ME-08 the refusal names the attribute", func(t *testing.T) {
			for operation, name := range map[string]string{
				`{"op":"add","path":"ROLES","value":[{"value":"admin"}]}`:                               "roles: ",
				`{"op":"replace","value":{"active":false}}`:                                             "active: ",
				`{"op":"replace","path":"department","value":"Board"}`:                                  enterprise + ":department: ",
				`{"op":"replace","path":"name.givenName","value":"Eve"},{"op":"remove","path":"title"}`: "title: ",
			} {
				report(t, map[string]any{"status": "403", "scimType": "$absent", "detail": "$re:^" + name}, self.want(t, 403, "PATCH", "/Me", patchOp(operation)))
			}
		})
		t.Run("ME-08 PUT", func(t *testing.T) {
			put := func(change func(map[string]any)) (int, map[string]any) {
				whole := self.want(t, 200, "GET", "/Me", "")
				change(whole)
				body, err := json.Marshal(whole)
				if err != nil {
					t.Fatal(err)
				}
				status, _, document := self.do(t, "PUT", "/Me", string(body))
				return status, document
			}
			if status, document := put(func(map[string]any) {}); status != 200 {
				t.Errorf("what was read: %d %s", status, brief(document))
			}
			for name, change := range map[string]func(map[string]any){
				"roles":        func(u map[string]any) { u["roles"] = []any{map[string]any{"value": "admin"}} },
				"no roles":     func(u map[string]any) { delete(u, "roles") },
				"active":       func(u map[string]any) { u["active"] = false },
				"userName":     func(u map[string]any) { u["userName"] = "root" },
				"externalId":   func(u map[string]any) { delete(u, "externalId") },
				"emails":       func(u map[string]any) { u["emails"] = u["emails"].([]any)[:1] },
				"manager":      func(u map[string]any) { u[enterprise].(map[string]any)["manager"] = map[string]any{"value": "m-2"} },
				"no extension": func(u map[string]any) { delete(u, enterprise) },
				"title":        func(u map[string]any) { u["displayName"], u["title"] = "x", "CEO" },
			} {
				if status, document := put(change); status != 403 {
					t.Errorf("%s: %d %s", name, status, brief(document))
				}
			}
			if diff := cmp.Diff(before, read()); diff != "" {
				t.Errorf("the user changed: %s", diff)
			}
			if status, document := put(func(u map[string]any) {
				delete(u, "active") // is not cleared by anybody
				u["groups"], u["id"], u["meta"] = []any{}, "x", map[string]any{"version": "x"}
				u["displayName"], u["password"] = "Ada", "Second-Secret-2"
			}); status != 200 || document["displayName"] != "Ada" || len(document["groups"].([]any)) != 1 {
				t.Errorf("own matters, and what is read-only: %d %s", status, brief(document))
			}
		})
		t.Run("ME-08 what users may change", func(t *testing.T) {
			hash := passwordHash(t, s, id)
			self.want(t, 200, "PATCH", "/Me", patchOp(
				`{"op":"replace","path":"name.givenName","value":"Augusta"}`, `{"op":"replace","value":{"displayName":"A. L.","nickName":"Ada","locale":"en-GB","timezone":"Europe/London"}}`,
				`{"op":"add","path":"preferredLanguage","value":"en"}`, `{"op":"add","path":"profileUrl","value":"https://a.example/"}`,
				`{"op":"add","path":"phoneNumbers","value":[{"value":"+41 2","type":"home"}]}`, `{"op":"add","path":"addresses","value":[{"locality":"London","type":"home"}]}`,
				`{"op":"add","path":"ims","value":[{"value":"ada"}]}`, `{"op":"add","path":"photos","value":[{"value":"https://a.example/p"}]}`,
				`{"op":"add","path":"roles","value":[{"value":"reader","primary":true}]}`, // is there already
				`{"op":"replace","path":"active","value":true}`, `{"op":"replace","path":"password","value":"Third-Secret-3"}`,
			))
			got := read()
			report(t, map[string]any{"displayName": "A. L.", "roles": "$len:1", "phoneNumbers": "$len:2", "name": map[string]any{"givenName": "Augusta", "familyName": "L"}, "active": true}, got)
			if now := passwordHash(t, s, id); now == hash || now == "" {
				t.Error("the password is the old one")
			}
		})
	})
}

func passwordHash(t *testing.T, s *server, id string) string {
	t.Helper()
	hash, err := s.Store.PasswordHash(t.Context(), store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(id)})
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// TestSelfServiceBulk covers BLK-27: what a token may not do fails alone.
func TestSelfServiceBulk(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id, other := s.user(t, "self", `"title":"Clerk"`), s.user(t, "other")
		group := s.group(t, "staff")
		self := s.acting(t, id)
		patch := func(path, operation string) string {
			return `{"method":"PATCH","path":"` + path + `","data":` + patchOp(operation) + `}`
		}
		name := `{"op":"replace","path":"displayName","value":"mine"}`
		body := bulkBody("",
			patch("/Users/"+id, name),
			patch("/Users/"+other, name),
			patch("/Users/"+uuid.NewString(), name),
			patch("/Users/"+strings.ToUpper(id), name),
			patch("/Groups/"+group, name),
			`{"method":"DELETE","path":"/Users/`+id+`"}`,
			`{"method":"DELETE","path":"/Groups/`+group+`"}`,
			postUser("q", "new"),
			`{"method":"PUT","path":"/Users/`+other+`","data":{`+userSchemas+`,"userName":"taken"}}`,
			patch("/Users/"+id, `{"op":"replace","path":"title","value":"CEO"}`),
			patch("/Groups/"+group, `{"op":"add","path":"members","value":[{"value":"bulkId:q"}]}`),
			patch("/Users/"+id, `{"op":"replace","path":"nickName","value":"me"}`),
		)
		t.Run("BLK-27 SEC-29", func(t *testing.T) {
			answer := self.want(t, 200, "POST", "/Bulk", body)
			results := answer["Operations"].([]any)
			want := []string{"200", "403", "403", "403", "403", "403", "403", "403", "403", "403", "409", "200"}
			if len(results) != len(want) {
				t.Fatalf("%d results: %s", len(results), brief(answer))
			}
			for i, status := range want {
				report(t, map[string]any{"status": status}, results[i])
				if 1 <= i && i <= 8 {
					report(t, pick(results[1], "$.response"), pick(results[i], "$.response"))
				}
			}
			report(t, map[string]any{"response": map[string]any{"detail": "$re:^title: "}}, results[9])
			report(t, map[string]any{"displayName": "mine", "nickName": "me", "title": "Clerk"}, s.want(t, 200, "GET", "/Users/"+id, ""))
			report(t, map[string]any{"totalResults": 3.0}, s.want(t, 200, "GET", "", ""))
			report(t, map[string]any{"displayName": "$absent", "userName": "other"}, s.want(t, 200, "GET", "/Users/"+other, ""))
		})
		t.Run("BLK-27 failOnErrors counts refusals", func(t *testing.T) {
			answer := self.want(t, 200, "POST", "/Bulk", `{"failOnErrors":1,`+body[1:])
			report(t, map[string]any{"Operations": "$len:2"}, answer)
		})
	})
}
