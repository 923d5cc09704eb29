package scim

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"rollcall/schemas"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// badge is an extension of User with attributes that an answer does not show.
const badge = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Badge","name":"Badge","attributes":[
	{"name":"number","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"none"},
	{"name":"hint","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"readWrite","returned":"request","uniqueness":"none"},
	{"name":"pin","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"writeOnly","returned":"never","uniqueness":"none"}]}`

// badged is the type User with the extension.
func badged(t *testing.T) *schema.ResourceType {
	t.Helper()
	files := fstest.MapFS{"badge.schema.json": {Data: []byte(badge)}}
	names, err := fs.Glob(schemas.Documents, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(schemas.Documents, name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "user.resourcetype.json" {
			data = []byte(strings.Replace(string(data), `"schemaExtensions": [`, `"schemaExtensions": [{"schema": "urn:example:Badge", "required": false},`, 1))
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	registry, err := schema.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := registry.Type(UserType)
	return user
}

// TestLimitOfHiddenAttributes: a whole resource as it was read is no change
// even where it does not show everything, and a removal by name is one.
func TestLimitOfHiddenAttributes(t *testing.T) {
	t.Parallel()
	user := badged(t)
	parse := func(more string) *schema.Object {
		object, err := user.Parse([]byte(`{"schemas":["` + schema.UserURN + `","urn:example:Badge"],"userName":"a"` + more + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	now := time.Now()
	record := &store.Record{Version: 7, Facts: store.Facts{Status: "Active"}}
	for _, test := range []struct {
		name, before, after string
		whole               bool
		refused             string
	}{
		{"as read", `,"urn:example:Badge":{"number":"1","hint":"h","pin":"p"}`, `,"urn:example:Badge":{"number":"1"}`, true, ""},
		{"as read, all of it hidden", `,"urn:example:Badge":{"hint":"h","pin":"p"}`, ``, true, ""},
		{"as read on request", `,"urn:example:Badge":{"hint":"h","pin":"p"}`, `,"urn:example:Badge":{"hint":"h"}`, true, ""},
		{"nothing hidden", `,"title":"x"`, `,"title":"x","nickName":"n"`, true, ""},
		{"guessed", `,"urn:example:Badge":{"pin":"p"}`, `,"urn:example:Badge":{"pin":"q"}`, true, "urn:example:Badge:pin"},
		{"added", ``, `,"urn:example:Badge":{"hint":"q"}`, true, "urn:example:Badge:hint"},
		{"visible is left out", `,"urn:example:Badge":{"number":"1","hint":"h"}`, ``, true, "urn:example:Badge:number"},
		{"removed by PATCH", `,"urn:example:Badge":{"number":"1","hint":"h"}`, `,"urn:example:Badge":{"number":"1"}`, false, "urn:example:Badge:hint"},
		{"extension removed by PATCH", `,"urn:example:Badge":{"pin":"p"}`, ``, false, "urn:example:Badge:pin"},
	} {
		t.Run("ME-08 "+test.name, func(t *testing.T) {
			t.Parallel()
			before, sent := parse(test.before), parse(test.after)
			untouched := sent.Clone()
			next := edit{object: sent}
			err := (&Caller{Subject: uuid.New()}).limit(user, record, before, &next, test.whole, now)
			if refused, ok := fault.As(err); test.refused != "" {
				if !ok || refused.Status != 403 || !strings.HasPrefix(refused.Detail, test.refused+": ") {
					t.Errorf("got %v", err)
				}
			} else if err != nil {
				t.Errorf("got %v", err)
			}
			if test.refused == "" && strings.Contains(test.before, "Badge") {
				extension, _ := user.Extension("urn:example:Badge")
				if !schema.Equal(next.object.Get(extension), before.Get(extension)) {
					t.Error("the extension is not what it was")
				}
			}
			if !schema.Equal(sent, untouched) {
				t.Error("the object of the request was changed; another attempt would start from it")
			}
			if err := (&Caller{}).limit(user, record, before, &edit{object: sent}, test.whole, now); err != nil {
				t.Errorf("a connection is limited: %v", err)
			}
		})
	}
	suspended := &store.Record{Facts: store.Facts{Status: "Suspended"}}
	err := (&Caller{Subject: uuid.New()}).limit(user, suspended, parse(""), &edit{object: parse("")}, false, now)
	if !errors.Is(err, ErrSubject) {
		t.Errorf("a suspended user: %v", err)
	}
}

// TestSelfWritable holds the table against the schema: a name that is not an
// attribute would allow nothing, and one of these would give rights away.
func TestSelfWritable(t *testing.T) {
	t.Parallel()
	user := badged(t)
	for name := range selfWritable {
		if a, ok := user.Lookup(name); !ok || a.Parent != nil || !selfMayWrite(user, a) {
			t.Errorf("%s is no attribute at the top level", name)
		}
	}
	for _, name := range []string{
		"id", "externalId", "meta", "schemas", "userName", "active", "groups", "roles", "entitlements", "emails", "title", "userType", "x509Certificates",
		schema.EnterpriseURN, schema.EnterpriseURN + ":manager", "urn:example:Badge", "urn:example:Badge:number",
	} {
		a, ok := user.Lookup(name)
		if !ok || selfMayWrite(user, a.Top()) {
			t.Errorf("%s: exists %v and may be changed by the user", name, ok)
		}
	}
}
