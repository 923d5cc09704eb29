package schema_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"rollcall/schemas"
	"rollcall/scim/schema"
)

const (
	schemaHead = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"]`
	typeHead   = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]`
)

func thing(attributes string) string {
	return `{` + schemaHead + `,"id":"urn:example:Thing","name":"Thing","attributes":[` + attributes + `]}`
}

func thingType(more string) string {
	return `{` + typeHead + `,"name":"Thing","endpoint":"/Things","schema":"urn:example:Thing"` + more + `}`
}

const plain = `{"name":"model","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}`

func members(more, sub string) string {
	return plain + `,{"name":"members","type":"complex","multiValued":true,"required":false,"mutability":"readWrite","returned":"default"` + more + `,"subAttributes":[` + sub + `]}`
}

const memberValue = `{"name":"value","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"immutable","returned":"default","uniqueness":"none"}`

func referring(types string) string {
	return memberValue + `,{"name":"$ref","type":"reference","multiValued":false,"required":false,"caseExact":true,"mutability":"immutable","returned":"default","uniqueness":"none","referenceTypes":[` + types + `]}`
}

// TestHostileDocuments holds that whatever is in the directory of an operator
// is refused in one line that names the file and the reason.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	type files map[string]string
	for _, tc := range []struct {
		name  string
		files files
		want  []string
	}{
		{"nothing", files{}, []string{"no documents"}},
		{"hidden files alone", files{".thing.json": thing(plain)}, []string{"no documents"}},
		{"wrong extension", files{"thing.json": thing(plain), "type.json.txt": thingType("")}, []string{"type.json.txt", ".json"}},
		{"extension in capitals", files{"thing.JSON": thing(plain)}, []string{"thing.JSON", ".json"}},
		{"a directory", files{"more.json/thing.json": thing(plain)}, []string{"more.json", "not a regular file"}},
		{"empty file", files{"thing.json": ""}, []string{"thing.json", "not a JSON object"}},
		{"an array", files{"thing.json": "[]"}, []string{"thing.json", "not a JSON object"}},
		{"two documents in a file", files{"thing.json": thing(plain) + thing(plain)}, []string{"thing.json", "goes on after its end"}},
		{"not UTF-8", files{"thing.json": thing(strings.Replace(plain, "model", "mo\xffdel", 1))}, []string{"thing.json", "UTF-8", "at byte"}},
		{"byte order mark", files{"thing.json": "\ufeff" + thing(plain)}, []string{"thing.json", "not a JSON object"}},
		{"cut off", files{"thing.json": thing(plain)[:80]}, []string{"thing.json", "not a JSON object", "EOF"}},
		{"a name twice", files{"thing.json": thing(strings.Replace(plain, `"type"`, `"name":"other","type"`, 1))}, []string{"thing.json", "duplicate", "byte"}},
		{"a name twice in another case", files{"thing.json": thing(strings.Replace(plain, `"type"`, `"Name":"other","type"`, 1))}, []string{"thing.json", `"Name" is given twice`}},
		{"huge", files{"thing.json": thing(plain) + strings.Repeat(" ", 1<<20)}, []string{"thing.json", "larger than 1048576 bytes"}},
		{"deep", files{"thing.json": `{"schemas":[],"x":` + deep + `}`}, []string{"thing.json", "nested deeper"}},
		{"attributes that are none", files{"thing.json": thing(`7`)}, []string{"thing.json", "attribute 1"}},
		{"multiValued that is no boolean", files{"thing.json": thing(strings.Replace(plain, `"multiValued":false`, `"multiValued":"yes"`, 1))}, []string{"thing.json", "model"}},
		{"sub-attributes twice", files{"thing.json": thing(members("", memberValue+","+strings.Replace(memberValue, "value", "VALUE", 1)))}, []string{"thing.json", `"members.VALUE" is defined twice`}},
		{"long name", files{"thing.json": thing(strings.Replace(plain, "model", strings.Repeat("m", 129), 1))}, []string{"thing.json", "not an attribute name"}},
		{"long URN", files{"thing.json": strings.Replace(thing(plain), "urn:example:Thing", "urn:example:"+strings.Repeat("T", 600), 1)}, []string{"thing.json", "longer than 512"}},
		{"URN of a built-in schema", files{"thing.json": strings.Replace(thing(plain), "urn:example:Thing", "URN:ietf:params:scim:schemas:core:2.0:user", 1)}, []string{"thing.json", "defined twice"}},
		{"URN of discovery", files{"thing.json": strings.Replace(thing(plain), "urn:example:Thing", "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig", 1)}, []string{"thing.json", "reserved"}},
		{"one URN in two files", files{"a.json": thing(plain), "b.json": strings.Replace(thing(plain), "Thing", "THING", 1)}, []string{"b.json", "defined twice"}},
		{"type without schema", files{"type.json": thingType("")}, []string{"type.json", "schema", "urn:example:Thing"}},
		{"type name twice", files{"a.json": thing(plain), "b.json": thingType(""), "c.json": strings.Replace(thingType(""), `"Thing","endpoint":"/Things"`, `"THING","endpoint":"/Others"`, 1)}, []string{"c.json", "THING is defined twice"}},
		{"type name that is a reference", files{"a.json": thing(plain), "b.json": strings.Replace(thingType(""), `"name":"Thing"`, `"name":"$ref"`, 1)}, []string{"b.json", "name"}},
		{"endpoint twice", files{"a.json": thing(plain), "b.json": strings.Replace(thingType(""), "/Things", "/USERS", 1)}, []string{"b.json", "/USERS is defined twice"}},
		{"endpoint of discovery", files{"a.json": thing(plain), "b.json": strings.Replace(thingType(""), "/Things", "/schemas", 1)}, []string{"b.json", "endpoint", "/schemas"}},
		{"endpoint of the caller", files{"a.json": thing(plain), "b.json": strings.Replace(thingType(""), "/Things", "/Me", 1)}, []string{"b.json", "/Me"}},
		{"endpoint with a parameter", files{"a.json": thing(plain), "b.json": strings.Replace(thingType(""), "/Things", "/:id", 1)}, []string{"b.json", "endpoint"}},
		{"extension that is not there", files{"a.json": thing(plain), "b.json": thingType(`,"schemaExtensions":[{"schema":"urn:example:Gone","required":true}]`)}, []string{"b.json", "schemaExtensions", "urn:example:Gone"}},
		{"extension by itself", files{"a.json": thing(plain), "b.json": thingType(`,"schemaExtensions":[{"schema":"urn:example:thing","required":false}]`)}, []string{"b.json", "schema of the resource type itself"}},
		{"extension twice", files{"a.json": thing(plain), "b.json": thingType(`,"schemaExtensions":[{"schema":"` + schema.EnterpriseURN + `"},{"schema":"` + schema.EnterpriseURN + `"}]`)}, []string{"b.json", "defined twice"}},
		{"a path with two meanings", files{
			"a.json": thing(plain), "b.json": thingType(`,"schemaExtensions":[{"schema":"urn:example:Thing:model"}]`),
			"c.json": strings.Replace(thing(plain), "urn:example:Thing", "urn:example:Thing:model", 1),
		}, []string{"b.json", "names two attributes"}},
		{"members with more", files{"a.json": thing(members("", memberValue+","+plain)), "b.json": thingType("")}, []string{"b.json", "members.model"}},
		{"members that are required", files{"a.json": thing(strings.Replace(members("", memberValue), `"multiValued":true,"required":false`, `"multiValued":true,"required":true`, 1)), "b.json": thingType("")}, []string{"b.json", "members", "required"}},
		{"members in another case", files{"a.json": thing(strings.Replace(members("", memberValue), `"members"`, `"Members"`, 1)), "b.json": thingType("")}, []string{"b.json", `"Members" must be spelled "members"`}},
		{"members of an unknown type", files{"a.json": thing(members("", referring(`"User","Gone"`))), "b.json": thingType("")}, []string{"b.json", "members", `"Gone"`}},
		{"members from outside", files{"a.json": thing(members("", referring(`"external"`))), "b.json": thingType("")}, []string{"b.json", "members", `"external"`}},
		{"User without extensions", files{"user.json": `{` + typeHead + `,"name":"user"}`}, []string{"user.json", "schemaExtensions"}},
		{"User elsewhere", files{"user.json": `{` + typeHead + `,"name":"User","endpoint":"/People","schemaExtensions":[{"schema":"urn:x:y"}]}`}, []string{"user.json", "endpoint", "/Users"}},
		{"User of another schema", files{"user.json": `{` + typeHead + `,"name":"User","schema":"urn:x:y","schemaExtensions":[{"schema":"urn:x:y"}]}`}, []string{"user.json", "schema"}},
		{"User with an unknown extension", files{"user.json": `{` + typeHead + `,"name":"User","schemaExtensions":[{"schema":"urn:x:y"}]}`}, []string{"user.json", "urn:x:y"}},
		{"User with another enterprise", files{"user.json": `{` + typeHead + `,"name":"User","schemaExtensions":[{"schema":"` + schema.EnterpriseURN + `","required":true}]}`}, []string{"user.json", "stays so"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			added := fstest.MapFS{}
			for name, text := range tc.files {
				added[name] = &fstest.MapFile{Data: []byte(text)}
			}
			_, err := schema.Load(schemas.Documents, added)
			if err == nil {
				t.Fatal("the documents are taken")
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000 {
				t.Errorf("%q is not one line", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// TestOddDocumentsAreTaken holds what is not refused: hidden files beside the
// documents, and computed attributes by shape and name.
func TestOddDocumentsAreTaken(t *testing.T) {
	t.Parallel()
	added := fstest.MapFS{
		"..data":   &fstest.MapFile{Mode: fs.ModeDir | 0o700},
		".a.swp":   &fstest.MapFile{Data: []byte("\x00")},
		"a.json":   &fstest.MapFile{Data: []byte(thing(members("", referring(`"user","Thing"`))))},
		"b.json":   &fstest.MapFile{Data: []byte(thingType(`,"schemaExtensions":[{"schema":"urn:example:Other","required":true}]`))},
		"c.json":   &fstest.MapFile{Data: []byte(strings.NewReplacer("urn:example:Thing", "urn:example:Other", "model", "active").Replace(thing(plain)))},
		"u.json":   &fstest.MapFile{Data: []byte(`{` + typeHead + `,"name":"USER","endpoint":"/Users","schemaExtensions":[{"schema":"urn:example:Other"},{"schema":"` + schema.EnterpriseURN + `"}]}`)},
		"u.2.json": &fstest.MapFile{Data: []byte(`{` + typeHead + `,"name":"User","schemaExtensions":[{"schema":"urn:example:Thing"}]}`)},
	}
	registry, err := schema.Load(schemas.Documents, added)
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := registry.Type("Thing")
	if kind.Members == nil || strings.Join(kind.MemberTypes, " ") != "User Thing" || kind.Active != nil {
		t.Errorf("members %v of %v, active %v", kind.Members, kind.MemberTypes, kind.Active)
	}
	user, _ := registry.Type("User")
	if len(user.Extensions) != 4 || user.Active == nil || !strings.Contains(string(user.JSON), "urn:example:Thing") {
		t.Errorf("extensions %v: %s", user.Extensions, user.JSON)
	}
	group, _ := registry.Type("Group")
	if group.MemberTypes != nil {
		t.Errorf("members of Group are limited to %v", group.MemberTypes)
	}
}
