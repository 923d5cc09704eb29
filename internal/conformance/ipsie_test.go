package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/store"
)

// interoperable are the profiles that claim the Interoperability Profile.
var interoperable = []string{"interop", "ipsie-al1", "ipsie-al2"}

// TestInteroperabilityProfile covers what IPS says of the SCIM 2.0
// Interoperability Profile, which the IPSIE profiles build on.
func TestInteroperabilityProfile(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		for _, name := range interoperable {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				interopDiscovery(t, s, name)
				t.Run("IPS-19 what the schemas publish is what is taken and answered", func(t *testing.T) { exactSchemas(t, s.profile(t, name)) })
				interopWrites(t, s.profile(t, name))
			})
		}
		t.Run("IPS-22 pages", func(t *testing.T) { interopPages(t, s, s.profile(t, "interop")) })
	})
}

func interopDiscovery(t *testing.T, s *server, name string) {
	t.Run("IPS-18 conformance is claimed where it holds", func(t *testing.T) {
		for _, path := range []string{s.Base, strings.Replace(s.Base, "/scim/v2", "/t/default/scim/v2", 1)} {
			as := *s.profile(t, name)
			as.Base = path
			report(t, map[string]any{"interopProfileConformant": true, "meta": map[string]any{"location": path + "/ServiceProviderConfig"}},
				as.want(t, 200, "GET", "/ServiceProviderConfig", ""))
		}
		less, _ := s.under(t, `{"profile":"`+name+`","normalisations":{"booleanStrings":true}}`)
		foreign := *s.another(t, "other-"+name, auth.ScopeSCIMRead)
		foreign.Base = strings.Replace(s.Base, "/scim/v2", "/t/default/scim/v2", 1)
		bad := *s
		bad.Token = "no-such-token-anywhere"
		for _, other := range []*server{s, less, s.profile(t, "strict"), s.profile(t, "lenient"), &foreign, &bad} {
			report(t, map[string]any{"interopProfileConformant": "$absent"}, other.want(t, 200, "GET", "/ServiceProviderConfig", ""))
		}
		_, _, open := s.send(t, "GET", "/ServiceProviderConfig", nil, nil)
		report(t, map[string]any{"interopProfileConformant": "$absent", "patch": map[string]any{"supported": true}}, open)
	})
	t.Run("IPS-19 ids of types, canonical values of type", func(t *testing.T) {
		as := s.profile(t, name)
		for _, kind := range as.want(t, 200, "GET", "/ResourceTypes", "")["Resources"].([]any) {
			if kind := kind.(map[string]any); kind["id"] != kind["name"] || kind["id"] == nil {
				t.Errorf("id %v, name %v", kind["id"], kind["name"])
			}
		}
		for _, document := range as.want(t, 200, "GET", "/Schemas", "")["Resources"].([]any) {
			for _, a := range document.(map[string]any)["attributes"].([]any) {
				subs, _ := a.(map[string]any)["subAttributes"].([]any)
				for _, sub := range subs {
					if sub := sub.(map[string]any); sub["name"] == "type" && sub["canonicalValues"] == nil {
						t.Errorf("%s.type publishes no canonicalValues", a.(map[string]any)["name"])
					}
				}
			}
		}
	})
}

func interopWrites(t *testing.T, s *server) {
	fresh := func(members ...string) string {
		return `{` + userSchemas + `,"userName":"` + uuid.NewString() + `"` + joined(members) + `}`
	}
	t.Run("IPS-20 AMB-01 unknown attributes and schema URIs", func(t *testing.T) {
		id := s.user(t, uuid.NewString())
		unknown := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:nobody"],"userName":"u"}`
		for _, body := range []string{fresh(`"nope":1`), fresh(`"department":"d"`), fresh(`"name":{"nope":"x"}`), fresh(`"emails":[{"nope":"x"}]`), unknown} {
			s.refuse(t, 400, "invalidSyntax", "POST", "/Users", body)
			s.refuse(t, 400, "invalidSyntax", "PUT", "/Users/"+id, body)
		}
		for _, operation := range []string{
			`{"op":"add","path":"nope","value":1}`, `{"op":"replace","path":"name.nope","value":"x"}`, `{"op":"add","path":"emails[type eq \"work\"].nope","value":"x"}`, `{"op":"add","path":"department","value":"d"}`,
			`{"op":"add","path":"name","value":{"nope":"x"}}`, `{"op":"add","path":"emails","value":[{"nope":"x"}]}`, `{"op":"add","path":"schemas","value":["urn:example:nobody"]}`,
		} {
			s.refuse(t, 400, "invalidSyntax", "PATCH", "/Users/"+id, patchOp(operation))
		}
	})
	t.Run("IPS-21 filters and uniqueness agree on case", func(t *testing.T) {
		name := "Case-" + uuid.NewString()
		s.user(t, name)
		s.want(t, http.StatusConflict, "POST", "/Users", `{`+userSchemas+`,"userName":"`+strings.ToUpper(name)+`"}`)
		if list := s.want(t, 200, "GET", "/Users?"+filterQuery(`userName eq "`+strings.ToUpper(name)+`"`), ""); list["totalResults"] != 1.0 {
			t.Errorf("a filter in another case finds %v", list["totalResults"])
		}
	})
	t.Run("IPS-22 eq and and; an unknown attribute in a filter", func(t *testing.T) {
		name := uuid.NewString()
		s.user(t, name, `"externalId":"e"`, `"emails":[{"value":"`+name+`@example.com","type":"work"}]`)
		for filter, want := range map[string]float64{`userName eq "` + name + `" and externalId eq "e"`: 1, `userName eq "` + name + `" and externalId eq "E"`: 0, `userName eq "` + name + `" and active eq true`: 1} {
			if list := s.want(t, 200, "GET", "/Users?"+filterQuery(filter), ""); list["totalResults"] != want {
				t.Errorf("%s finds %v, want %v", filter, list["totalResults"], want)
			}
		}
		s.refuse(t, 400, "invalidFilter", "GET", "/Users?"+filterQuery(`nope eq "x"`), "")
	})
	t.Run("IPS-23 AMB-02..04 the forms of PATCH", func(t *testing.T) {
		id := s.user(t, uuid.NewString(), `"name":{"givenName":"A","familyName":"B"}`, `"emails":[{"value":"w@example.com","type":"work"},{"value":"h@example.com","type":"home"}]`)
		before := s.want(t, 200, "GET", "/Users/"+id, "")
		for _, operation := range []string{`{"op":"replace","value":{"title":"t"}}`, `{"op":"add","value":{"title":"t"}}`, `{"op":"remove"}`, `{"op":"remove","value":{"title":"t"}}`} {
			s.refuse(t, 400, "invalidSyntax", "PATCH", "/Users/"+id, patchOp(validOperation, operation))
		}
		for _, operation := range []string{
			`{"op":"remove","path":"emails[type eq \"work\"]"}`, `{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"x"}}`, `{"op":"add","path":"emails[type eq \"work\"]","value":{"display":"x"}}`,
		} {
			s.refuse(t, 400, "invalidPath", "PATCH", "/Users/"+id, patchOp(validOperation, operation))
		}
		same(t, before, s.want(t, 200, "GET", "/Users/"+id, ""))
		user := s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"name","value":{"givenName":"Bea"}}`, `{"op":"replace","path":"emails[type eq \"work\"].value","value":"n@example.com"}`))
		report(t, map[string]any{"name": map[string]any{"givenName": "Bea", "familyName": "$absent"}, "emails": []any{map[string]any{"value": "n@example.com"}, map[string]any{"value": "h@example.com"}}}, user)
		user = s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"name","value":{"familyName":"C"}}`))
		report(t, map[string]any{"name": map[string]any{"givenName": "Bea", "familyName": "C"}}, user)
		manager := `{"op":"replace","path":"` + enterprise + `:manager","value":{"value":"m","$ref":"../Users/m"}}`
		user = s.want(t, 200, "PATCH", "/Users/"+id, patchOp(manager, `{"op":"replace","path":"`+enterprise+`:manager","value":{"value":"n"}}`))
		report(t, map[string]any{enterprise: map[string]any{"manager": map[string]any{"value": "n", "$ref": "$absent"}}}, user)
	})
	t.Run("IPS-24 a filter that selects several, and nothing is deleted", func(t *testing.T) {
		id := s.user(t, uuid.NewString(), `"emails":[{"value":"a@example.com","type":"work"},{"value":"b@example.com","type":"work"}]`)
		user := s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"emails[type eq \"work\"].display","value":"D"}`))
		report(t, map[string]any{"emails": []any{map[string]any{"value": "a@example.com", "display": "D"}, map[string]any{"value": "b@example.com", "display": "D"}}}, user)
		s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"active","value":false}`))
		report(t, map[string]any{"active": false}, s.want(t, 200, "GET", "/Users/"+id, ""))
	})
	t.Run("IPS-25 conflicts on POST and PATCH", func(t *testing.T) {
		taken := uuid.NewString()
		s.user(t, taken)
		id := s.user(t, uuid.NewString())
		for method, request := range map[string][2]string{"POST": {"/Users", `{` + userSchemas + `,"userName":"` + taken + `"}`}, "PATCH": {"/Users/" + id, patchOp(`{"op":"replace","path":"userName","value":"` + taken + `"}`)}} {
			report(t, map[string]any{"scimType": "uniqueness", "status": "409"}, s.want(t, http.StatusConflict, method, request[0], request[1]))
		}
	})
	t.Run("AMB-19 If-Match is honoured where it is sent", func(t *testing.T) {
		id := s.user(t, uuid.NewString())
		s.want(t, http.StatusPreconditionFailed, "PATCH", "/Users/"+id, patchOp(validOperation), "If-Match", `W/"99"`)
		s.want(t, 200, "PATCH", "/Users/"+id, patchOp(validOperation))
	})
}

func interopPages(t *testing.T, s, as *server) {
	// More than one page of the size that has to be honoured.
	const users = 103
	var operations []string
	for i := range users {
		operations = append(operations, postUser(fmt.Sprint(i), fmt.Sprint("page-", i), `"title":"paged"`))
	}
	s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))
	seen := map[any]bool{}
	for query, want := range map[string]int{"": 100, "&count=100": 100, "&count=100&startIndex=101": users - 100, "&count=3": 3} {
		list := as.want(t, 200, "GET", "/Users?sortBy=id&"+filterQuery(`title eq "paged"`)+query, "")
		resources, _ := list["Resources"].([]any)
		if len(resources) != want || list["totalResults"] != float64(users) {
			t.Errorf("%q: a page of %d of %v, want %d of %d", query, len(resources), list["totalResults"], want, users)
		}
		for _, r := range resources {
			seen[r.(map[string]any)["id"]] = true
		}
	}
	if len(seen) != users {
		t.Errorf("the pages show %d of %d users", len(seen), users)
	}
}

// TestIPSIE covers the parts of IPS that the AL1 and AL2 profiles add.
func TestIPSIE(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		// More than the largest page holds.
		for start := 0; start <= 1000; start += 1000 {
			var operations []string
			for i := start; i <= min(start+999, 1000); i++ {
				operations = append(operations, postUser(fmt.Sprint(i), fmt.Sprint("many-", i)))
			}
			s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))
		}
		for _, name := range interoperable[1:] {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				as, connection := s.under(t, `{"profile":"`+name+`"}`)
				ipsieUsers(t, as)
				ipsieGroups(t, as)
				ipsieSecurity(t, s, as, connection)
			})
		}
		t.Run("IPS-11 SEC-23 AL2 knows no credentials", func(t *testing.T) { withoutCredentials(t, s, s.profile(t, "ipsie-al2")) })
	})
}

func ipsieUsers(t *testing.T, s *server) {
	t.Run("IPS-05 Bulk, and PATCH of several attributes", func(t *testing.T) {
		answer := s.want(t, 200, "POST", "/Bulk", bulkBody("", postUser("a", uuid.NewString()),
			`{"method":"PATCH","path":"/Users/bulkId:a","data":`+patchOp(`{"op":"add","path":"title","value":"t"}`, `{"op":"add","path":"nickName","value":"n"}`)+`}`,
			`{"method":"PATCH","path":"/Users/bulkId:a","data":`+patchOp(`{"op":"add","value":{"title":"t"}}`)+`}`))
		operations := answer["Operations"].([]any)
		for i, want := range []string{"201", "200", "400"} {
			report(t, map[string]any{"status": want}, operations[i])
		}
		location := operations[0].(map[string]any)["location"].(string)
		report(t, map[string]any{"title": "t", "nickName": "n"}, s.want(t, 200, "GET", strings.TrimPrefix(location, s.Base), ""))
	})
	t.Run("IPS-06 deactivation and reactivation", func(t *testing.T) {
		id := s.user(t, uuid.NewString())
		for _, active := range []bool{false, true} {
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(fmt.Sprintf(`{"op":"replace","path":"active","value":%v}`, active)))
			report(t, map[string]any{"active": active}, s.want(t, 200, "GET", "/Users/"+id, ""))
		}
	})
	t.Run("IPS-08 a name is free after DELETE", func(t *testing.T) {
		name := uuid.NewString()
		id := s.user(t, name)
		s.want(t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
		s.want(t, http.StatusNotFound, "GET", "/Users/"+id, "")
		if again := s.user(t, name); again == id {
			t.Error("an id was given twice")
		}
	})
	t.Run("IPS-09,10 look-ups, and the attributes that a User has", func(t *testing.T) {
		name := uuid.NewString()
		id := s.user(t, name, `"externalId":"x-`+name+`"`, `"displayName":"D"`, `"active":true`, `"emails":[{"value":"`+name+`@example.com","type":"work"},{"value":"other@example.com","type":"home"}]`)
		report(t, map[string]any{"userName": name, "externalId": "x-" + name, "displayName": "D", "active": true}, s.want(t, 200, "GET", "/Users/"+id, ""))
		mail := name + "@example.com"
		for filter, want := range map[string]float64{
			`userName eq "` + name + `"`: 1, `externalId eq "x-` + name + `"`: 1, `emails[value eq "` + mail + `"]`: 1,
			`emails[type eq "work" and value eq "` + mail + `"]`: 1, `emails[type eq "home" and value eq "` + mail + `"]`: 0,
		} {
			list := s.want(t, 200, "GET", "/Users?"+filterQuery(filter), "")
			if list["totalResults"] != want {
				t.Errorf("%s finds %v, want %v", filter, list["totalResults"], want)
			}
		}
	})
	t.Run("IPS-12 pages of at most 1000", func(t *testing.T) {
		report(t, map[string]any{"filter": map[string]any{"maxResults": 1000.0}}, s.want(t, 200, "GET", "/ServiceProviderConfig", ""))
		for _, query := range []string{"count=5000", "count=1001", "count=5000&cursor"} {
			list := s.want(t, 200, "GET", "/Users?attributes=userName&"+query, "")
			if n := len(list["Resources"].([]any)); n != 1000 || list["itemsPerPage"] != 1000.0 || list["totalResults"].(float64) <= 1000 {
				t.Errorf("%s: a page of %d of %v", query, n, list["totalResults"])
			}
		}
	})
}

func ipsieGroups(t *testing.T, s *server) {
	t.Run("IPS-13 groups", func(t *testing.T) {
		name, member := uuid.NewString(), s.user(t, uuid.NewString())
		group := s.want(t, 201, "POST", "/Groups", `{`+groupSchemas+`,"displayName":"`+name+`","externalId":"g-`+name+`"}`)["id"].(string)
		s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(`{"op":"add","path":"members","value":[{"value":"`+member+`"}]}`))
		for _, filter := range []string{`displayName eq "` + name + `"`, `externalId eq "g-` + name + `"`, `members[value eq "` + member + `"]`} {
			list := s.want(t, 200, "GET", "/Groups?"+filterQuery(filter), "")
			if list["totalResults"] != 1.0 {
				t.Errorf("%s finds %v", filter, list["totalResults"])
			}
		}
		t.Run("IPS-15 a name is given once", func(t *testing.T) {
			s.want(t, http.StatusConflict, "POST", "/Groups", `{`+groupSchemas+`,"displayName":"`+strings.ToUpper(name)+`"}`)
		})
	})
	t.Run("IPS-14 many members in one PATCH", func(t *testing.T) {
		const many = 60
		group := s.group(t, uuid.NewString())
		var add, remove []string
		for i := range many {
			id := s.user(t, uuid.NewString())
			add = append(add, `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`)
			switch i % 3 {
			case 0:
				remove = append(remove, `{"op":"remove","path":"members[value eq \"`+id+`\"]"}`)
			case 1:
				remove = append(remove, `{"op":"remove","path":"members","value":[{"value":"`+id+`"}]}`)
			}
		}
		count := func(want int) {
			t.Helper()
			members, _ := s.want(t, 200, "GET", "/Groups/"+group, "")["members"].([]any)
			if len(members) != want {
				t.Errorf("%d members, want %d", len(members), want)
			}
		}
		s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(add...))
		count(many)
		s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(remove...))
		count(many / 3)
	})
}

func ipsieSecurity(t *testing.T, s, as *server, connection store.Connection) {
	t.Run("IPS-17 what is changed is audited, tokens end, refusals leak nothing", func(t *testing.T) {
		id := as.user(t, uuid.NewString())
		as.want(t, 200, "PATCH", "/Users/"+id, patchOp(validOperation))
		as.want(t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
		rows, err := s.Store.AuditOf(t.Context(), store.Key{Tenant: connection.Tenant, Type: "User", ID: uuid.MustParse(id)}, 10)
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d audit rows, %v", len(rows), err)
		}
		for _, row := range rows {
			if row.ActorID != connection.ID.String() || row.RequestID == "" {
				t.Errorf("%s is audited under %s", row.Action, row.ActorID)
			}
		}
		s.with(t, connection, time.Now().Add(-time.Minute), auth.ScopeSCIMRead).want(t, http.StatusUnauthorized, "GET", "/Users", "")
		for _, body := range []string{`{`, `{"schemas":7}`, `[]`, `{` + userSchemas + `,"userName":{"a":1}}`} {
			document := as.want(t, http.StatusBadRequest, "POST", "/Users", body)
			detail, _ := document["detail"].(string)
			for _, inner := range []string{"goroutine", ".go:", "SELECT", "sqlite", "postgres", "jsontext"} {
				if detail == "" || strings.Contains(detail, inner) {
					t.Errorf("the detail shows %q: %q", inner, detail)
				}
			}
		}
	})
}

func withoutCredentials(t *testing.T, s, as *server) {
	const word = `"password":"correct horse battery"`
	report(t, map[string]any{"changePassword": map[string]any{"supported": false}}, as.want(t, 200, "GET", "/ServiceProviderConfig", ""))
	for _, path := range []string{"/Schemas", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"} {
		_, _, document := as.do(t, "GET", path, "")
		if text := fmt.Sprint(document); strings.Contains(text, "password") || strings.Contains(text, "writeOnly") || !strings.Contains(text, "x509Certificates") {
			t.Errorf("%s shows credentials, or hides too much", path)
		}
	}
	if document := s.want(t, 200, "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", ""); !strings.Contains(fmt.Sprint(document), "password") {
		t.Error("the password is hidden from others, too")
	}
	id := s.user(t, "with-a-password", word)
	as.refuse(t, 400, "invalidSyntax", "POST", "/Users", `{`+userSchemas+`,"userName":"al2",`+word+`}`)
	as.refuse(t, 400, "invalidSyntax", "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"al2",`+word+`}`)
	for _, path := range []string{"password", "PASSWORD", "urn:ietf:params:scim:schemas:core:2.0:User:password"} {
		as.refuse(t, 400, "invalidSyntax", "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"`+path+`","value":"x"}`))
		as.refuse(t, 400, "invalidSyntax", "PATCH", "/Users/"+id, patchOp(`{"op":"remove","path":"`+path+`"}`))
		as.refuse(t, 400, "invalidFilter", "GET", "/Users?"+filterQuery(path+` eq "x"`), "")
		as.refuse(t, 400, "invalidPath", "GET", "/Users?sortBy="+path, "")
		document := as.want(t, 200, "GET", "/Users/"+id+"?attributes="+path, "")
		report(t, map[string]any{"password": "$absent"}, document)
	}
	key := store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(id)}
	before, err := s.Store.PasswordHash(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	as.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"with-a-password","title":"t"}`)
	if after, err := s.Store.PasswordHash(t.Context(), key); err != nil || after != before {
		t.Errorf("a connection without credentials changed one: %v", err)
	}
}
