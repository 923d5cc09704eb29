package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// TestValues covers what SCH says of data types and stored values.
func TestValues(t *testing.T) {
	t.Parallel()
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		t.Run("SCH-12 decimals keep their digits", func(t *testing.T) {
			for i, digits := range []string{"0.1", "-0.30000000000000004", "12345678901234567890.123456789", "1e-7", "3.00", "9007199254740993"} {
				id := s.gauge(t, "weight"+string(rune('a'+i)), `"weight":`+digits)["id"].(string)
				if text := s.raw(t, "/Gauges/"+id); !strings.Contains(text, `"weight":`+digits+`,`) {
					t.Errorf("%s becomes %s", digits, text)
				}
				if n := s.total(t, "/Gauges", `id eq "`+id+`" and weight eq `+digits); n != 1 {
					t.Errorf("weight eq %s finds %v", digits, n)
				}
			}
		})
		t.Run("SCH-13 dateTimes with and without a zone", func(t *testing.T) {
			for i, seen := range []string{"2024-01-01T00:00:00Z", "2024-01-01T02:00:00.5+02:00", "2024-01-01T00:00:00"} {
				report(t, map[string]any{"seen": seen}, s.gauge(t, "seen"+string(rune('a'+i)), `"seen":"`+seen+`"`))
			}
		})
		t.Run("SCH-14 base64 without padding, compared exactly", func(t *testing.T) {
			got := s.gauge(t, "blob", `"blob":"QQ","keys":[{"value":"QUJD"}]`)
			report(t, map[string]any{"blob": "QQ"}, got)
			path := "/Gauges/" + got["id"].(string)
			report(t, map[string]any{"keys": "$len:1"}, s.want(t, 200, "PATCH", path, patchOp(`{"op":"remove","path":"keys[value eq \"qujd\"]"}`)))
			report(t, map[string]any{"keys": "$absent"}, s.want(t, 200, "PATCH", path, patchOp(`{"op":"remove","path":"keys[value eq \"QUJD\"]"}`)))
		})
		t.Run("SCH-15 references are kept as they are sent", func(t *testing.T) {
			for i, link := range []string{"https://x.example/a?b=c", "../Users/1", "urn:x:y"} {
				report(t, map[string]any{"link": link}, s.gauge(t, "link"+string(rune('a'+i)), `"link":"`+link+`"`))
			}
		})
		t.Run("SCH-16 members must exist, a manager need not", func(t *testing.T) {
			s.refuse(t, 400, "invalidValue", "POST", "/Groups", `{`+groupSchemas+`,"displayName":"d","members":[{"value":"`+uuid.NewString()+`"}]}`)
			s.user(t, "managed", `"`+enterprise+`":{"manager":{"value":"`+uuid.NewString()+`"}}`)
		})
		t.Run("SCH-17 the order of sub-attributes does not matter", func(t *testing.T) {
			id := s.user(t, "order", `"name":{"givenName":"G","familyName":"F"}`)
			before := s.version(t, "/Users/"+id)
			s.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"name":{"familyName":"F","givenName":"G"},"userName":"order"}`)
			if s.version(t, "/Users/"+id) != before {
				t.Error("another order made a change")
			}
		})
		t.Run("SCH-19 a missing primary is false", func(t *testing.T) {
			id := s.user(t, "primary", `"emails":[{"value":"p@x"}]`)
			for _, filter := range []string{`emails.primary eq false`, `emails[value eq "p@x" and primary eq false]`} {
				if n := s.total(t, "/Users", `id eq "`+id+`" and `+filter); n != 1 {
					t.Errorf("%s finds %v", filter, n)
				}
			}
		})
		t.Run("SCH-21,22 null, an empty array and absence are one", func(t *testing.T) {
			id := s.user(t, "unassigned")
			for attribute, value := range map[string]string{"nickName": `"n"`, "emails": `[{"value":"n@x"}]`, "name": `{"givenName":"n"}`} {
				for _, clear := range []string{`{"op":"replace","path":"` + attribute + `","value":null}`, `{"op":"remove","path":"` + attribute + `"}`, `{"op":"replace","value":{"` + attribute + `":[]}}`} {
					report(t, map[string]any{attribute: "$any"}, s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"`+attribute+`","value":`+value+`}`)))
					report(t, map[string]any{attribute: "$absent"}, s.want(t, 200, "PATCH", "/Users/"+id, patchOp(clear)))
					if n := s.total(t, "/Users", `id eq "`+id+`" and `+attribute+` pr`); n != 0 {
						t.Errorf("%s is present after %s", attribute, clear)
					}
				}
			}
			for _, empty := range []string{`null`, `[]`} {
				report(t, map[string]any{"emails": "$absent"}, s.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"unassigned","emails":`+empty+`}`))
			}
		})
		t.Run("SCH-23,24 INT-09 values keep their spelling", func(t *testing.T) {
			for i, text := range []string{"MiXeD", "ｆｕｌｌ", "e\u0301", "\u00e9", "  blanks  ", "Straße"} {
				got := s.gauge(t, "Spelling-"+string(rune('A'+i)), `"code":"`+text+`"`)
				report(t, map[string]any{"code": text, "label": "Spelling-" + string(rune('A'+i))}, got)
				report(t, map[string]any{"nickName": text}, s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"spelling`+string(rune('a'+i))+`","nickName":"`+text+`"}`))
			}
		})
		t.Run("SCH-27 values beside the canonical ones are taken", func(t *testing.T) {
			for _, name := range []string{"pigeon1", "pigeon2"} {
				id := s.user(t, name, `"emails":[{"value":"a@x","type":"carrier pigeon"}]`)
				report(t, map[string]any{"emails": []any{map[string]any{"type": "carrier pigeon"}}}, s.want(t, 200, "GET", "/Users/"+id, ""))
			}
		})
		t.Run("SCH-48 name.formatted is the client's", func(t *testing.T) {
			id := s.user(t, "formatted", `"name":{"givenName":"Ada","familyName":"Lovelace"}`)
			report(t, map[string]any{"name": map[string]any{"formatted": "$absent"}}, s.want(t, 200, "GET", "/Users/"+id, ""))
			got := s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"name.formatted","value":"Countess"}`))
			report(t, map[string]any{"name": map[string]any{"formatted": "Countess", "givenName": "Ada"}}, got)
		})
		t.Run("SCH-49 countries are kept as they are sent", func(t *testing.T) {
			for _, country := range []string{"US", "USA"} {
				id := s.user(t, "country-"+country, `"addresses":[{"type":"work","country":"`+country+`"}]`)
				report(t, map[string]any{"addresses": []any{map[string]any{"country": country}}}, s.want(t, 200, "GET", "/Users/"+id, ""))
			}
		})
		t.Run("SCH-50,51 addresses, numbers and tags are kept as they are sent", func(t *testing.T) {
			more := `"emails":[{"value":"Ann@EXAMPLE.com"}],"phoneNumbers":[{"value":"+1 (555) 010-9999"}],"ims":[{"value":"Some Name"}],"locale":"en_US","preferredLanguage":"da, en-gb;q=0.8","timezone":"Europe/Berlin"`
			id := s.user(t, "verbatim", more)
			var want map[string]any
			if err := json.Unmarshal([]byte("{"+more+"}"), &want); err != nil {
				t.Fatal(err)
			}
			report(t, want, s.want(t, 200, "GET", "/Users/"+id, ""))
			if n := s.total(t, "/Users", `emails eq "ann@example.COM" and ims eq "some name"`); n != 1 {
				t.Errorf("found %v", n)
			}
		})
		t.Run("SCH-52 one certificate", func(t *testing.T) {
			one, two := certificate(t), certificate(t)
			b64 := base64.StdEncoding.EncodeToString
			create := func(name, value string) string {
				body, err := json.Marshal(map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": name, "x509Certificates": []any{map[string]any{"value": value}}})
				if err != nil {
					t.Fatal(err)
				}
				return string(body)
			}
			s.want(t, 201, "POST", "/Users", create("cert1", b64(one)))
			s.refuse(t, 400, "invalidValue", "POST", "/Users", create("cert2", b64(append(one, two...))))
			s.refuse(t, 400, "invalidValue", "POST", "/Users", create("cert3", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: two}))))
		})
		t.Run("SCH-61 active is true unless it is said otherwise", func(t *testing.T) {
			for more, active := range map[string]bool{``: true, `"active":null,`: true, `"active":true,`: true, `"active":false,`: false} {
				got := s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,`+more+`"userName":"`+uuid.NewString()+`"}`)
				report(t, map[string]any{"active": active}, got)
			}
		})
		t.Run("CRE-08 defaults", func(t *testing.T) {
			report(t, map[string]any{"active": true, "displayName": "$absent"}, s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"defaults","active":null,"displayName":null}`))
		})
	})
}

// certificate makes a DER encoded certificate.
func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
