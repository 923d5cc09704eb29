package conformance

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"rollcall/scim/schema"
)

const (
	coreUser  = "urn:ietf:params:scim:schemas:core:2.0:User"
	coreGroup = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

// exactSchemas writes every attribute that /Schemas lets a client write and
// wants all of them back, and nothing that is not published.
func exactSchemas(t *testing.T, s *server) {
	published := func(urn string) []any {
		return s.want(t, 200, "GET", "/Schemas/"+urn, "")["attributes"].([]any)
	}
	user := exactUser(t, s, writable(t, published(coreUser)), writable(t, published(enterprise)))

	sent := writable(t, published(coreGroup))
	sent["displayName"], sent["externalId"], sent["schemas"] = uuid.NewString(), "x", []any{coreGroup}
	// What names a member is the client's, the rest of it the server's.
	member := sent["members"].([]any)[0].(map[string]any)
	member["value"], member["type"] = user, "User"
	member["$ref"] = s.Base + "/Users/" + user
	same(t, sent, s.roundTrip(t, "/Groups", sent))
}

func exactUser(t *testing.T, s *server, sent, extension map[string]any) (id string) {
	sent["userName"], sent["externalId"] = uuid.NewString(), "x"
	sent["schemas"] = []any{coreUser, enterprise, schema.LifecycleURN}
	sent[enterprise] = extension
	got := s.roundTrip(t, "/Users", sent)
	delete(sent, "password") // never returned
	delete(got, schema.LifecycleURN)
	same(t, sent, got)
	list := s.want(t, 200, "GET", "/Users?"+filterQuery(`userName eq "`+sent["userName"].(string)+`"`), "")
	return resourceIDs(list)[0]
}

// roundTrip creates a resource and reads it, without what every resource has.
func (s *server) roundTrip(t *testing.T, path string, sent map[string]any) map[string]any {
	t.Helper()
	body, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	id := s.want(t, 201, "POST", path, string(body))["id"].(string)
	got := s.want(t, 200, "GET", path+"/"+id, "")
	delete(got, "id")
	delete(got, "meta")
	return got
}

// writable is an object with a value for every attribute that clients write.
func writable(t *testing.T, attributes []any) map[string]any {
	t.Helper()
	object := map[string]any{}
	for _, a := range attributes {
		a := a.(map[string]any)
		if a["mutability"] == "readOnly" {
			continue
		}
		value := any(nil)
		if a["type"] == "complex" {
			value = writable(t, a["subAttributes"].([]any))
		} else {
			value = simple(t, a)
		}
		if a["multiValued"] == true {
			value = []any{value}
		}
		object[a["name"].(string)] = value
	}
	return object
}

// simple is a value that an attribute takes.
func simple(t *testing.T, a map[string]any) any {
	t.Helper()
	if values, _ := a["canonicalValues"].([]any); len(values) > 0 {
		return values[0]
	}
	formats := map[any]any{"country": "US", "locale": "en-US", "preferredLanguage": "en", "timezone": "Europe/Zurich", "password": "Secret-1x"}
	if value, ok := formats[a["name"]]; ok {
		return value
	}
	types := map[any]any{
		"string": "s", "boolean": true, "reference": "https://x.example/1", "integer": 1.0, "decimal": 1.5,
		"dateTime": "2024-01-01T00:00:00Z", "binary": base64.StdEncoding.EncodeToString(certificate(t)),
	}
	value, ok := types[a["type"]]
	if !ok {
		t.Fatalf("an attribute of type %v", a["type"])
	}
	return value
}
