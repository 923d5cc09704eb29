package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/scim/schema"
	"rollcall/store"
)

// under makes another connection of the default tenant with these options and
// returns the server as that connection sees it, and the connection.
func (s *server) under(t *testing.T, options string) (*server, store.Connection) {
	t.Helper()
	id := uuid.New()
	connection := store.Connection{ID: id, Tenant: tenantOf(t, s).ID, Name: "under-" + id.String(), Kind: "generic", Options: []byte(options)}
	if err := s.Store.CreateConnection(t.Context(), connection, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	return s.with(t, connection, time.Time{}, auth.ScopeSCIMRead, auth.ScopeSCIMWrite), connection
}

// profile is under for a profile and nothing else.
func (s *server) profile(t *testing.T, name string) *server {
	t.Helper()
	as, _ := s.under(t, `{"profile":"`+name+`"}`)
	return as
}

// metrics reads the metrics of the server.
func (s *server) metrics(t *testing.T) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(s.Base, "/scim/v2")+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	_, body, err := exchange(t, request, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// quirk is a request that one normalisation alone makes acceptable. "$id" in
// it stands for a user, "$name" for a name that nobody has.
type quirk struct{ method, path, body string }

const (
	bothSchemas    = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterprise + `"]`
	validOperation = `{"op":"replace","path":"nickName","value":"n"}`
)

func posted(members string) quirk {
	return quirk{"POST", "/Users", `{` + userSchemas + `,"userName":"$name",` + members + `}`}
}

func postedExtension(manager string) quirk {
	return quirk{"POST", "/Users", `{` + bothSchemas + `,"userName":"$name","` + enterprise + `":{"manager":` + manager + `}}`}
}

func patched(operation string) quirk { return quirk{"PATCH", "/Users/$id", patchOp(operation)} }

var quirks = map[string]quirk{
	"booleanStrings":        posted(`"active":"False"`),
	"emptyStrings":          posted(`"active":""`),
	"singleObjects":         posted(`"emails":{"value":"x@example.com"}`),
	"singleArrays":          postedExtension(`[{"value":"m"}]`),
	"bareReferences":        postedExtension(`"m"`),
	"undeclaredExtensions":  posted(`"` + enterprise + `":{"department":"d"}`),
	"legacySchemas":         {"POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:scim:schemas:core:1.0"],"userName":"$name"}`},
	"unknownAttributes":     posted(`"department":"d"`),
	"bareExtensionNames":    {"GET", "/Users?" + filterQuery(`department eq "d"`), ""},
	"operationCase":         patched(`{"op":"Replace","path":"title","value":"t"}`),
	"valuedRemove":          patched(`{"op":"remove","path":"emails","value":[{"value":"none@example.com"}]}`),
	"createOnFilter":        patched(`{"op":"add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}`),
	"pathKeys":              patched(`{"op":"replace","value":{"name.givenName":"G"}}`),
	"readOnlyEcho":          patched(`{"op":"replace","value":{"id":"x","title":"t"}}`),
	"uncheckedCertificates": posted(`"x509Certificates":[{"value":"AAAA"}]`),
	"uncheckedCountries":    posted(`"addresses":[{"country":"Germany"}]`),
	"uncheckedReferences":   posted(`"profileUrl":"not a URI"`),
	"uncheckedLocales":      posted(`"timezone":"Pacific Standard Time"`),
}

// send sends the request on a user that has nothing of what it writes.
func (q quirk) send(t *testing.T, s *server, id string) (int, map[string]any) {
	t.Helper()
	fill := strings.NewReplacer("$id", id, "$name", uuid.NewString())
	status, _, document := s.do(t, q.method, fill.Replace(q.path), fill.Replace(q.body))
	return status, document
}

// TestEachNormalisation: every one is taken by default and counted, is refused
// with a SCIM error where its connection refuses it, and refusing it leaves
// what the others take as it was.
func TestEachNormalisation(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		// What keeps the name of a tombstone refuses nothing; it is tested where it is.
		for _, name := range (schema.AllNormalisations &^ schema.TombstoneNames).Names() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				q, known := quirks[name]
				if !known {
					t.Fatal("there is no request for it")
				}
				lenient, connection := s.under(t, `{}`)
				options := `{"normalisations":{"` + name + `":false}}`
				if name == "pathKeys" { // a key that is no path names nothing, which another one takes
					options = `{"normalisations":{"pathKeys":false,"unknownAttributes":false}}`
				}
				without, other := s.under(t, options)
				strict := s.profile(t, "strict")
				if status, document := q.send(t, lenient, s.user(t, uuid.NewString())); status >= 300 {
					t.Fatalf("not taken: %d %s", status, brief(document))
				}
				counted(t, lenient, connection, name, 1)
				for _, refusing := range []*server{without, strict} {
					status, document := q.send(t, refusing, s.user(t, uuid.NewString()))
					if status != http.StatusBadRequest || document["scimType"] == nil || document["detail"] == nil {
						t.Errorf("not refused: %d %s", status, brief(document))
					}
				}
				counted(t, without, other, name, 0)
				for different, q := range quirks {
					if different == name || name == "pathKeys" {
						continue
					}
					if status, document := q.send(t, without, s.user(t, uuid.NewString())); status >= 300 {
						t.Errorf("without %s, %s is not taken: %d %s", name, different, status, brief(document))
					}
				}
			})
		}
		t.Run("nothing needed, nothing counted", func(t *testing.T) {
			lenient, connection := s.under(t, `{"profile":"lenient"}`)
			lenient.want(t, 200, "PATCH", "/Users/"+lenient.user(t, "plain"), patchOp(validOperation))
			if strings.Contains(lenient.metrics(t), connection.ID.String()) {
				t.Error("a request by the letter is counted")
			}
		})
	})
}

func counted(t *testing.T, s *server, connection store.Connection, name string, want int) {
	t.Helper()
	series := fmt.Sprintf(`rollcall_normalisations_total{connection="%s",normalisation="%s"}`, connection.ID, name)
	got := 0
	for line := range strings.Lines(s.metrics(t)) {
		if rest, ok := strings.CutPrefix(line, series); ok {
			_, _ = fmt.Sscan(rest, &got)
		}
	}
	if got != want {
		t.Errorf("%s is counted %d times, want %d", name, got, want)
	}
}

// TestStrictProfile covers what the requirements ask of a strict mode.
func TestStrictProfile(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		strict := s.profile(t, "strict")
		create := func(members string) string {
			return `{` + userSchemas + `,"userName":"` + uuid.NewString() + `",` + members + `}`
		}
		t.Run("SCH-10 booleans are no strings", func(t *testing.T) {
			for _, value := range []string{`"true"`, `"True"`, `"false"`, `1`} {
				strict.refuse(t, 400, "invalidValue", "POST", "/Users", create(`"active":`+value))
			}
			strict.want(t, 201, "POST", "/Users", create(`"active":false`))
		})
		t.Run("B27 replace active by a string", func(t *testing.T) {
			id := s.user(t, "b27")
			before := s.want(t, 200, "GET", "/Users/"+id, "")
			operation := patchOp(`{"op":"replace","path":"active","value":"False"}`)
			strict.refuse(t, 400, "invalidValue", "PATCH", "/Users/"+id, operation)
			same(t, before, s.want(t, 200, "GET", "/Users/"+id, ""))
			if user := s.want(t, 200, "PATCH", "/Users/"+id, operation); user["active"] != false {
				t.Errorf("the lenient profile made %s", brief(user))
			}
		})
		t.Run("SCH-49 countries", func(t *testing.T) {
			strict.refuse(t, 400, "invalidValue", "POST", "/Users", create(`"addresses":[{"country":"USA"}]`))
			strict.want(t, 201, "POST", "/Users", create(`"addresses":[{"country":"US"}]`))
			id := s.user(t, "sch49", `"addresses":[{"type":"work","country":"USA"}]`)
			strict.refuse(t, 400, "invalidValue", "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"addresses[type eq \"work\"].country","value":"DEU"}`))
			// What is there already hinders nobody.
			user := strict.want(t, 200, "PATCH", "/Users/"+id, patchOp(validOperation))
			report(t, map[string]any{"nickName": "n", "addresses": []any{map[string]any{"country": "USA"}}}, user)
		})
		t.Run("SCH-51 languages, locales and time zones", func(t *testing.T) {
			for _, bad := range []string{`"preferredLanguage":"english, please"`, `"locale":"German (Swiss)"`, `"timezone":"Pacific Standard Time"`} {
				strict.refuse(t, 400, "invalidValue", "POST", "/Users", create(bad))
			}
			strict.want(t, 201, "POST", "/Users", create(`"preferredLanguage":"da, en-gb;q=0.8, en;q=0.7","locale":"en_US","timezone":"America/Los_Angeles"`))
		})
		t.Run("SCH-52 one certificate", func(t *testing.T) {
			strict.refuse(t, 400, "invalidValue", "POST", "/Users", create(`"x509Certificates":[{"value":"AAAA"}]`))
		})
		t.Run("AMB-02..04 PAT-49 what the RFC lets, the strict profile takes", func(t *testing.T) {
			id := s.user(t, "amb02", `"name":{"givenName":"A","familyName":"B"}`, `"emails":[{"value":"w@example.com","type":"work"}]`)
			user := strict.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","value":{"title":"t"}}`, `{"op":"replace","path":"name","value":{"givenName":"Bea"}}`,
				`{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"n@example.com","type":"work"}}`))
			report(t, map[string]any{"title": "t", "name": map[string]any{"givenName": "Bea", "familyName": "B"}, "emails": []any{map[string]any{"value": "n@example.com"}}}, user)
		})
		t.Run("QRY-34 complex values, with a value and without", func(t *testing.T) {
			for _, filter := range []string{`name eq "x"`, enterprise + `:manager eq "x"`} {
				strict.refuse(t, 400, "invalidFilter", "GET", "/Users?"+filterQuery(filter), "")
			}
		})
		t.Run("PAT-55 read-only attributes in a value without a path", func(t *testing.T) {
			id := s.user(t, "pat55")
			before := s.want(t, 200, "GET", "/Users/"+id, "")
			for _, value := range []string{`{"id":"x","title":"t"}`, `{"meta":{"version":"y"},"title":"t"}`, `{"groups":[{"value":"g"}],"title":"t"}`} {
				for _, op := range []string{"add", "replace"} {
					strict.refuse(t, 400, "mutability", "PATCH", "/Users/"+id, patchOp(`{"op":"`+op+`","value":`+value+`}`))
				}
			}
			same(t, before, s.want(t, 200, "GET", "/Users/"+id, ""))
		})
		t.Run("PAT-36 add where the filter matches nothing", func(t *testing.T) {
			strict.refuse(t, 400, "noTarget", "PATCH", "/Users/"+s.user(t, "pat36"), patchOp(`{"op":"add","path":"emails[type eq \"work\"].value","value":"x"}`))
		})
		t.Run("AMB-14 undeclared extensions, POST as PUT", func(t *testing.T) {
			id := s.user(t, "amb14")
			body := create(`"` + enterprise + `":{"department":"d"}`)
			strict.refuse(t, 400, "invalidSyntax", "POST", "/Users", body)
			strict.refuse(t, 400, "invalidSyntax", "PUT", "/Users/"+id, body)
			for method, path := range map[string]string{"POST": "/Users", "PUT": "/Users/" + id} {
				_, _, document := s.do(t, method, path, create(`"`+enterprise+`":{"department":"d"}`))
				report(t, map[string]any{"schemas": []any{enterprise}, enterprise: map[string]any{"department": "d"}}, document)
			}
		})
		t.Run("bulk is read as strictly", func(t *testing.T) {
			answer := strict.want(t, 200, "POST", "/Bulk", bulkBody("", postUser("a", uuid.NewString(), `"active":"True"`), postUser("b", uuid.NewString(), `"active":true`)))
			operations := answer["Operations"].([]any)
			report(t, map[string]any{"status": "400", "response": map[string]any{"scimType": "invalidValue"}}, operations[0])
			report(t, map[string]any{"status": "201"}, operations[1])
		})
	})
}

// TestConnectionOptions: what is stored decides, from the next look at the
// connection on, and what is not understood is read strictly.
func TestConnectionOptions(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("AMB-01,02 a mode by connection, changed later", func(t *testing.T) {
			_, connection := s.under(t, `{"profile":"strict"}`)
			for options, status := range map[string]int{
				`{"profile":"strict"}`: 400, `{"profile":"lenient"}`: 201, `{"profile":"strict","normalisations":{"unknownAttributes":true}}`: 201,
				`{"normalisations":{"unknownAttributes":false}}`: 400, `{}`: 201, `{"profile":"interop"}`: 400,
			} {
				was := connection
				connection.Options = []byte(options)
				if err := s.Store.UpdateConnection(t.Context(), was, connection, store.Audit{}); err != nil {
					t.Fatal(err)
				}
				as := s.with(t, connection, time.Time{}, auth.ScopeSCIMWrite)
				as.want(t, status, "POST", "/Users", `{`+userSchemas+`,"userName":"`+uuid.NewString()+`","nope":1}`)
			}
		})
		t.Run("options that are not understood", func(t *testing.T) {
			for _, options := range []string{`{"profile":7}`, `{"profile":"gone"}`, `{"normalisations":"all"}`, `{"normalisations":{"booleanStrings":"no"}}`} {
				as, _ := s.under(t, options)
				as.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"`+uuid.NewString()+`","active":true}`)
				as.refuse(t, 400, "invalidValue", "POST", "/Users", `{`+userSchemas+`,"userName":"`+uuid.NewString()+`","active":"true"}`)
				as.want(t, 200, "GET", "/ServiceProviderConfig", "")
			}
			as, _ := s.under(t, `{"normalisations":{"gone":true,"booleanStrings":false}}`)
			as.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"`+uuid.NewString()+`","title":""}`)
			as.refuse(t, 400, "invalidValue", "POST", "/Users", `{`+userSchemas+`,"userName":"`+uuid.NewString()+`","active":"true"}`)
		})
	})
}
