package openapi

import (
	"embed"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// oas31 holds the JSON Schemas that the OpenAPI Initiative publishes for
// documents of version 3.1; each file says where it comes from.
//
//go:embed oas31/*.yaml
var oas31 embed.FS

// standard is the schema of OpenAPI 3.1 documents, the schemas inside of them
// included.
var standard = sync.OnceValues(func() (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	for name, id := range map[string]string{
		"schema":      "https://spec.openapis.org/oas/3.1/schema/WORK-IN-PROGRESS",
		"schema-base": standardURL,
		"dialect":     "https://spec.openapis.org/oas/3.1/dialect/WORK-IN-PROGRESS",
		"meta":        "https://spec.openapis.org/oas/3.1/meta/WORK-IN-PROGRESS",
	} {
		text, err := oas31.ReadFile("oas31/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		value, err := decode(text)
		if err != nil {
			return nil, err
		}
		if err := compiler.AddResource(id, value); err != nil {
			return nil, err
		}
	}
	return compiler.Compile(standardURL)
})

const standardURL = "https://spec.openapis.org/oas/3.1/schema-base/WORK-IN-PROGRESS"

// conforms holds a document against OpenAPI 3.1.
func conforms(document any) error {
	schema, err := standard()
	if err != nil {
		return err
	}
	return schema.Validate(document)
}
