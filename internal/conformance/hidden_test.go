package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// lockerDocuments define a resource type with attributes that are never
// returned, at the top level and inside complex values, and one that is
// returned on request.
var lockerDocuments = map[string]string{
	"locker.schema.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Locker","name":"Locker","attributes":[
		{"name":"label","type":"string","multiValued":false,"required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"server"},
		{"name":"pin","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"writeOnly","returned":"never","uniqueness":"none"},
		{"name":"hint","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"request","uniqueness":"none"},
		{"name":"keys","type":"complex","multiValued":true,"required":false,"mutability":"readWrite","returned":"default","subAttributes":[
			{"name":"value","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"none"},
			{"name":"secret","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"writeOnly","returned":"never","uniqueness":"none"}]}]}`,
	"locker.resourcetype.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Locker","name":"Locker","endpoint":"/Lockers","schema":"urn:example:Locker"}`,
}

// TestNeverReturnedStaysHidden covers SCH-32, SCH-33 and QRY-48 for a type of
// the operator's own: what is never returned is in no answer, audit row or
// event, and no filter can guess it.
func TestNeverReturnedStaysHidden(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range lockerDocuments {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	onEachStoreWith(t, dir, func(t *testing.T, s *server) {
		body := func(suffix string) string {
			return `{"schemas":["urn:example:Locker"],"label":"one","hint":"h` + suffix + `","pin":"hush` + suffix + `","keys":[{"value":"k` + suffix + `","secret":"hush-k` + suffix + `"}]}`
		}
		created := s.want(t, 201, "POST", "/Lockers", body("1"))
		report(t, map[string]any{"hint": "h1", "pin": "$absent", "keys": []any{map[string]any{"value": "k1", "secret": "$absent"}}}, created)
		id := created["id"].(string)
		answers := fmt.Sprint(created)
		answers += fmt.Sprint(s.want(t, 200, "PUT", "/Lockers/"+id, body("2")))
		patched := s.want(t, 200, "PATCH", "/Lockers/"+id, patchOp(`{"op":"replace","path":"pin","value":"hush3"}`, `{"op":"add","path":"keys","value":[{"value":"k3","secret":"hush-k3"}]}`))
		report(t, map[string]any{"hint": "$absent", "pin": "$absent", "keys": "$len:2"}, patched)
		report(t, map[string]any{"hint": "$absent"}, s.want(t, 200, "GET", "/Lockers/"+id, ""))
		report(t, map[string]any{"hint": "h2"}, s.want(t, 200, "GET", "/Lockers/"+id+"?attributes=hint,pin,keys.secret", ""))
		answers += fmt.Sprint(s.want(t, 200, "GET", "/Lockers?attributes=pin,keys.secret", ""))
		for _, filter := range []string{`pin eq "hush3"`, `pin pr`, `keys.secret sw "h"`, `keys[secret eq "hush-k3"]`} {
			s.want(t, 403, "GET", "/Lockers?"+filterQuery(filter), "")
			s.want(t, 400, "POST", "/Lockers/.search", searchBody(strings.ReplaceAll(filter, `"`, `\"`)))
		}
		key := store.Key{Tenant: tenantOf(t, s).ID, Type: "Locker", ID: uuid.MustParse(id)}
		rows, err := s.Store.AuditOf(t.Context(), key, 10)
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d audit rows, %v", len(rows), err)
		}
		events, err := s.Store.EventsOf(t.Context(), key, 10)
		if err != nil || len(events) != 3 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		for _, row := range rows {
			answers += string(row.Changes)
		}
		for _, event := range events {
			answers += string(event.Payload)
		}
		if strings.Contains(answers, "hush") {
			t.Errorf("what is never returned got out: %s", answers)
		}
	})
}
