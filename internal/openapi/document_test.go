package openapi

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	d, err := Read([]byte(petshop))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, o := range d.Operations {
		ids = append(ids, o.ID)
	}
	if got := strings.Join(ids, " "); got != "listPets addPet deleteMine getPet" {
		t.Errorf("operations %s", got)
	}
	if o := d.Operations[0]; !o.Open || !o.Describes(200) || o.Describes(404) || o.Refusal() {
		t.Errorf("listPets is read as %+v", o)
	}
	if d.Operations[1].Open {
		t.Error("addPet needs no credentials")
	}
	list := d.Operations[0].Parameters()
	if got := list[0].Examples["example"]; got != "10" {
		t.Errorf("example of count: %q", got)
	}
	if got := list[1].Examples["example"]; got != "cat,dog" {
		t.Errorf("example of kinds: %q", got)
	}
	if got := string(d.Operations[1].Body()["application/json"].Examples["tom"]); got != `{"name":"Tom"}` {
		t.Errorf("example of a body: %s", got)
	}
}

// TestReadRefuses changes one thing of a good document at a time.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"another version":           {"openapi: 3.1.1", "openapi: 3.0.3"},
		"an unknown field":          {"operationId: listPets", "operationID: listPets"},
		"a schema that is none":     {"born: { type: string", "born: { type: sting"},
		"a parameter nowhere":       {"in: path", "in: puth"},
		"a dangling reference":      {`"200": { $ref: "#/components/responses/Pet" }`, `"200": { $ref: "#/components/responses/Cat" }`},
		"a dangling schema":         {`items: { $ref: "#/components/schemas/Pet" }`, `items: { $ref: "#/components/schemas/Cat" }`},
		"a reference to elsewhere":  {`$ref: "#/components/responses/Pet"`, `$ref: "other.yaml#/components/responses/Pet"`},
		"an example that is wrong":  {"value: { name: Tom }", "value: { nome: Tom }"},
		"a parameter example":       {"example: 10", "example: ten"},
		"no answer for what is not": {"    NotFound:", "    Nothing:"},
		"text that is no YAML":      {"info: {", "info: {{"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(petshop, change[0], change[1], 1)
			if changed == petshop {
				t.Fatal("nothing was changed")
			}
			if _, err := Read([]byte(changed)); err == nil {
				t.Error("was read")
			}
		})
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	if err := Lint([]byte(petshop)); err != nil {
		t.Error(err)
	}
	for want, change := range map[string][2]string{
		`"addPet" is missing or that of`:     {"operationId: deleteMine", "operationId: addPet"},
		`"" is missing`:                      {"      operationId: getPet\n", ""},
		"no summary":                         {"      summary: Read a pet\n", ""},
		"no tag":                             {"      tags: [Pets]\n      summary: Read", "      summary: Read"},
		"the tag Cats is not declared":       {"tags: [Pets]", "tags: [Cats]"},
		"the tag Birds is not used":          {"tags: [{ name: Pets }]", "tags: [{ name: Pets }, { name: Birds }]"},
		"the path parameters [id] are not":   {"/pets/{id}:", "/pets/{name}:"},
		"components/schemas/Cat is not used": {"    Error:\n", "    Cat: { type: object }\n    Error:\n"},
	} {
		err := Lint([]byte(strings.Replace(petshop, change[0], change[1], 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
