package conformance

import (
	"testing"

	"github.com/google/uuid"
)

// TestCreate covers CRE where TestCreateAndRead and TestBodies do not.
func TestCreate(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("CRE-01..04,15 a create answers what is stored", func(t *testing.T) {
			status, header, made := s.do(t, "POST", "/Users", `{`+userSchemas+`,"userName":"create"}`)
			if status != 201 || header.Get("Location") != made["meta"].(map[string]any)["location"] {
				t.Fatalf("status %d, headers %v: %s", status, header, brief(made))
			}
			path := "/Users/" + made["id"].(string)
			report(t, map[string]any{"active": true, "meta": map[string]any{"resourceType": "User", "location": s.Base + path}}, made)
			report(t, made, s.want(t, 200, "GET", path, ""))
		})
		t.Run("CRE-05,06 AMB-11 one that is there", func(t *testing.T) {
			s.user(t, "Twice@x.example")
			for _, name := range []string{"Twice@x.example", "tWICE@X.example"} {
				s.refuse(t, 409, "uniqueness", "POST", "/Users", `{`+userSchemas+`,"userName":"`+name+`"}`)
				other := s.user(t, uuid.NewString())
				s.refuse(t, 409, "uniqueness", "PUT", "/Users/"+other, `{`+userSchemas+`,"userName":"`+name+`"}`)
				s.refuse(t, 409, "uniqueness", "PATCH", "/Users/"+other, patchOp(`{"op":"replace","path":"userName","value":"`+name+`"}`))
			}
		})
		t.Run("CRE-17 groups without members", func(t *testing.T) {
			for name, members := range map[string]string{"none": ``, "empty": `,"members":[]`, "null": `,"members":null`} {
				got := s.want(t, 201, "POST", "/Groups", `{`+groupSchemas+`,"displayName":"`+name+`"`+members+`}`)
				report(t, map[string]any{"members": "$absent"}, got)
			}
		})
		t.Run("CRE-18 nothing is created under an id", func(t *testing.T) {
			id := s.user(t, "parent")
			before := s.total(t, "/Users", `userName pr`)
			for _, path := range []string{"/Users/" + id, "/Users/1234", "/Users/" + id + "/Users"} {
				status, _, _ := s.do(t, "POST", path, `{`+userSchemas+`,"userName":"child"}`)
				if status != 405 && status != 404 {
					t.Errorf("%s: %d", path, status)
				}
			}
			if s.total(t, "/Users", `userName pr`) != before {
				t.Error("a user was created")
			}
		})
	})
}

// TestProjection covers REA for every operation that answers resources.
func TestProjection(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "projection", `"title":"T","name":{"givenName":"G","familyName":"F"},"emails":[{"value":"a@x","type":"work"},{"value":"b@x","type":"home"}],"`+enterprise+`":{"department":"D","division":"V"}`)
		group := s.group(t, "projection", id)
		path := "/Users/" + id
		read := func(query string) map[string]any { return s.want(t, 200, "GET", path+"?"+query, "") }
		t.Run("REA-01,22 what is there and what is not", func(t *testing.T) {
			report(t, map[string]any{"id": id}, s.want(t, 200, "GET", path, ""))
			for _, nowhere := range []string{"/Users/nobody", "/Users/0190c8a0-0000-7000-8000-000000000000", "/Nowhere", "/Nowhere/1", "/Users/" + id + "/x", "/Groups/" + id} {
				report(t, map[string]any{"status": "404", "schemas": []any{"urn:ietf:params:scim:api:messages:2.0:Error"}}, s.want(t, 404, "GET", nowhere, ""))
			}
		})
		t.Run("REA-03..05,10 on every operation that answers resources", func(t *testing.T) {
			want := map[string]any{"id": "$string", "schemas": "$array", "userName": "$string", "title": "$string", "name": "$absent", "emails": "$absent", "meta": "$absent", "active": "$absent", enterprise: "$absent"}
			const query = "?attributes=userName,title"
			report(t, want, s.want(t, 200, "GET", path+query, ""))
			report(t, want, s.want(t, 201, "POST", "/Users"+query, `{`+userSchemas+`,"userName":"p1","title":"T","name":{"givenName":"G"}}`))
			report(t, want, s.want(t, 200, "PUT", "/Users/"+s.user(t, "p2")+query, `{`+userSchemas+`,"userName":"p2","title":"T","name":{"givenName":"G"}}`))
			report(t, want, s.want(t, 200, "PATCH", path+query, patchOp(`{"op":"replace","path":"title","value":"T2"}`)))
			report(t, want, s.want(t, 200, "GET", "/Users"+query+"&"+filterQuery(`title eq "T2"`), "")["Resources"].([]any)[0])
			search := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"attributes":["userName","title"],"filter":"title eq \"T2\""}`
			report(t, want, s.want(t, 200, "POST", "/Users/.search", search)["Resources"].([]any)[0])
			without := map[string]any{"userName": "$string", "title": "$absent", "name": "$object"}
			report(t, without, read("excludedAttributes=title"))
			report(t, without, s.want(t, 200, "PATCH", path+"?excludedAttributes=title", patchOp(`{"op":"replace","path":"title","value":"T3"}`)))
			search = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"excludedAttributes":["title"],"filter":"title eq \"T3\""}`
			report(t, without, s.want(t, 200, "POST", "/Users/.search", search)["Resources"].([]any)[0])
		})
		t.Run("REA-06,07,13,17 sub-attributes", func(t *testing.T) {
			report(t, map[string]any{"name": map[string]any{"givenName": "G", "familyName": "$absent"}, "userName": "$absent"}, read("attributes=name.givenName"))
			report(t, map[string]any{"name": map[string]any{"givenName": "G", "familyName": "F"}}, read("attributes=name"))
			report(t, map[string]any{"emails": []any{map[string]any{"value": "a@x", "type": "$absent"}, map[string]any{"value": "b@x", "type": "$absent"}}}, read("attributes=emails.value"))
			report(t, map[string]any{"name": map[string]any{"givenName": "G", "familyName": "$absent"}}, read("excludedAttributes=name.familyName"))
			report(t, map[string]any{"meta": map[string]any{"lastModified": "$string", "created": "$absent", "location": "$absent"}}, read("attributes=meta.lastModified"))
		})
		t.Run("REA-08,09,19 URNs, in any case", func(t *testing.T) {
			report(t, map[string]any{enterprise: map[string]any{"department": "D", "division": "$absent"}}, read("attributes="+enterprise+":department"))
			report(t, map[string]any{"name": map[string]any{"familyName": "F", "givenName": "$absent"}}, read("attributes=URN:ietf:params:scim:schemas:core:2.0:USER:NAME.familyname"))
			report(t, map[string]any{enterprise: map[string]any{"department": "D", "division": "V"}, "userName": "$absent"}, read("attributes="+enterprise))
			report(t, map[string]any{enterprise: "$absent", "userName": "$string"}, read("attributes=urn:ietf:params:scim:schemas:core:2.0:User"))
			report(t, map[string]any{enterprise: "$absent"}, read("excludedAttributes="+enterprise))
		})
		t.Run("REA-11,12 what is left out", func(t *testing.T) {
			report(t, map[string]any{"id": id, "schemas": "$array", "emails": "$absent", "title": "$string"}, read("excludedAttributes=id,schemas,emails"))
			report(t, map[string]any{"members": "$len:1"}, s.want(t, 200, "GET", "/Groups/"+group, ""))
			report(t, map[string]any{"members": "$absent"}, s.want(t, 200, "GET", "/Groups/"+group+"?excludedAttributes=members", ""))
			report(t, map[string]any{"Resources": []any{map[string]any{"displayName": "projection", "members": "$absent"}}}, s.want(t, 200, "GET", "/Groups?excludedAttributes=members", ""))
		})
		t.Run("REA-14 both at once", func(t *testing.T) {
			s.refuse(t, 400, "invalidValue", "GET", path+"?attributes=userName&excludedAttributes=title", "")
			s.refuse(t, 400, "invalidValue", "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"attributes":["a"],"excludedAttributes":["b"]}`)
		})
		t.Run("REA-15,16,18 AMB-15 what is ignored", func(t *testing.T) {
			report(t, map[string]any{"id": id, "userName": "$string", "password": "$absent"}, read("attributes=nope,password,userName"))
			report(t, map[string]any{"userName": "$string", "title": "$string"}, read("fields=x&unknown=%22"))
			report(t, map[string]any{"id": id}, read(filterQuery(`userName eq "somebody else"`)))
		})
		t.Run("REA-21 HEAD answers the headers of GET", func(t *testing.T) {
			for _, at := range []string{path, "/Users", "/Groups/" + group, "/Schemas"} {
				_, wanted, _ := s.do(t, "GET", at, "")
				status, got, document := s.do(t, "HEAD", at, "")
				if status != 200 || document != nil || got.Get("ETag") != wanted.Get("ETag") || got.Get("Content-Type") != wanted.Get("Content-Type") {
					t.Errorf("%s: status %d, headers %v, want %v", at, status, got, wanted)
				}
			}
		})
	})
}
