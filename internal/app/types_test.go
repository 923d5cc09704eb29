package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	printerSchema = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Printer","name":"Printer","attributes":[
		{"name":"model","type":"string","multiValued":false,"required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`
	printerType = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Printer","name":"Printer","endpoint":"/Printers","schema":"urn:example:Printer"}`
)

func TestOwnSchemas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("printer.schema.json", printerSchema)
	write("printer.resourcetype.json", printerType)
	config := Config{Schemas: dir}
	types, err := config.types()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"User", "Group", "Printer"} {
		if _, ok := types.Type(name); !ok {
			t.Errorf("%s is missing", name)
		}
	}
	write("broken.schema.json", "{")
	if _, err := config.types(); err == nil || !strings.Contains(err.Error(), "broken.schema.json") {
		t.Errorf("a broken document: %v", err)
	}
	// The name of a file means nothing: this one is no built-in document.
	if err := os.Rename(filepath.Join(dir, "broken.schema.json"), filepath.Join(dir, "user.schema.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := config.types(); err == nil || !strings.Contains(err.Error(), dir+": user.schema.json") {
		t.Errorf("a broken document with the name of a built-in one: %v", err)
	}
}
