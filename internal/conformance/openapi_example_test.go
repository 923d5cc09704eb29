package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/internal/openapi"
)

// The ids in the examples of the document; the server under test has others.
const (
	userInExamples  = "2819c223-7f76-453a-919d-413861904646"
	groupInExamples = "e9e30dba-f08f-4109-8486-d5c6a331660a"
)

// deviceDocuments define the further type of the examples.
var deviceDocuments = map[string]string{
	"device.schema.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:params:scim:schemas:Device","name":"Device","attributes":[
		{"name":"serial","type":"string","multiValued":false,"required":true,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"server"}]}`,
	"device.resourcetype.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Device","name":"Device","endpoint":"/Devices","schema":"urn:example:params:scim:schemas:Device"}`,
}

// devices writes the documents of the type into a directory.
func devices(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range deviceDocuments {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestDescriptionExamplesAreTaken sends every example of a request to a real
// server: bodies as they are, but for the ids, and each value of a parameter.
func TestDescriptionExamplesAreTaken(t *testing.T) {
	t.Parallel()
	document, err := description()
	if err != nil {
		t.Fatal(err)
	}
	onEachStoreWith(t, devices(t), func(t *testing.T, s *server) {
		for _, o := range document.Operations {
			// A token of a connection names no user. The bodies of /Me are those of
			// /Users/{id}.
			if o.Path == "/Me" {
				continue
			}
			for kind, media := range o.Body() {
				for name, body := range media.Examples {
					t.Run(fmt.Sprintf("%s body %s", o.ID, name), func(t *testing.T) {
						place := s.place(t, o, name)
						s.take(t, o, place, "", place.put(string(body)), "Content-Type", kind)
					})
				}
			}
			for _, p := range o.Parameters() {
				for name, value := range p.Examples {
					if o.Method == http.MethodGet && (p.In == "query" || p.In == "header") {
						t.Run(fmt.Sprintf("%s %s %s", o.ID, p.Name, name), func(t *testing.T) {
							place := s.place(t, o, p.Name+name)
							if p.In == "header" {
								s.take(t, o, place, "", "", p.Name, value)
								return
							}
							s.take(t, o, place, "?"+p.Name+"="+url.QueryEscape(place.put(value)), "")
						})
					}
				}
			}
		}
	})
}

// place is where an example is tried: resources that it may change.
type place struct{ user, group, device, request string }

func (p place) put(text string) string {
	return strings.NewReplacer(userInExamples, p.user, groupInExamples, p.group).Replace(text)
}

// path puts what is there for the variables of a path.
func (p place) path(o *openapi.Operation) string {
	id := map[string]string{"/Users/{id}": p.user, "/Groups/{id}": p.group, "/{endpoint}/{id}": p.device, "/AsyncStatus/{id}": p.request}[o.Path]
	return strings.TrimSuffix(strings.NewReplacer("{id}", id, "{endpoint}", "Devices",
		"{name}", "User", "{urn}", "urn:ietf:params:scim:schemas:core:2.0:User").Replace(o.Path), "/")
}

func (s *server) place(t *testing.T, o *openapi.Operation, name string) place {
	t.Helper()
	name = o.ID + name
	var p place
	p.user = s.user(t, name, `"emails":[{"value":"`+name+`@example.com","type":"work"}]`)
	p.group = s.group(t, name, p.user)
	device := s.want(t, http.StatusCreated, "POST", "/Devices", `{"schemas":["urn:example:params:scim:schemas:Device"],"serial":"`+name+`"}`)
	p.device = device["id"].(string)
	if o.Path == "/AsyncStatus/{id}" {
		p.request = s.later(t, "PATCH", "/Users/"+p.user, patchOp(`{"op":"add","path":"title","value":"T"}`))
	}
	return p
}

// take sends an example and wants it to succeed. What it created is deleted
// again: its name may be in another example.
func (s *server) take(t *testing.T, o *openapi.Operation, p place, query, body string, headers ...string) {
	t.Helper()
	path := p.path(o)
	status, header, document := s.do(t, o.Method, path+query, body, headers...)
	if status/100 != 2 && status != http.StatusNotModified {
		t.Errorf("%s %s: status %d: %s", o.Method, path+query, status, brief(document))
	}
	for _, result := range listOf(document["Operations"]) {
		if !strings.HasPrefix(fmt.Sprint(result.(map[string]any)["status"]), "2") {
			t.Errorf("bulk: %s", brief(result))
		}
	}
	created := header.Get("Location")
	if created == "" && o.Method == http.MethodPut {
		created, _ = document["meta"].(map[string]any)["location"].(string)
	}
	if created != "" {
		s.want(t, http.StatusNoContent, "DELETE", strings.TrimPrefix(created, s.Base), "")
	}
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}
