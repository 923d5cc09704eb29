package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestInternationalText covers INT.
func TestInternationalText(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		found := func(filter string) float64 { return s.total(t, "/Users", filter) }
		t.Run("INT-01..03 forms of one userName", func(t *testing.T) {
			for stored, others := range map[string][]string{
				"René":     {"rené", "RENÉ", "Rene\u0301", "ＲＥＮÉ"},
				"straße1":  {"STRAßE1", "straße１"},
				"Ångström": {"\u212bngstr\u00f6m", "A\u030angstro\u0308m"},
			} {
				report(t, map[string]any{"userName": stored}, s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"`+stored+`"}`))
				for _, other := range append(others, stored) {
					s.refuse(t, 409, "uniqueness", "POST", "/Users", `{`+userSchemas+`,"userName":"`+other+`"}`)
					if found(`userName eq "`+other+`"`) != 1 || found(`userName ne "`+other+`" and userName eq "`+stored+`"`) != 0 {
						t.Errorf("%q does not find %q", other, stored)
					}
				}
			}
		})
		t.Run("INT-04 characters that a userName cannot have", func(t *testing.T) {
			for name, why := range map[string]string{
				`a\u0007b`: "has a control character (U+0007) at place 2", `a\tb`: "has a control character (U+0009) at place 2",
				`ab\u200bc`: "has a character at place 3 (U+200B) that user names cannot have", `a\u202eb`: "(U+202E)",
				`ada l\u00a0b`: "has a blank at place 6 (U+00A0) that is no plain space", `\u2615`: "at place 1 (U+2615)",
				` a`: "begins with a space", `a `: "ends in a space", `a\ufffeb`: "(U+FFFE)", `a\n`: "ends in a line break",
				`\u05d0b`: "has letters of both directions of writing in one word",
			} {
				refused := s.refuse(t, 400, "invalidValue", "POST", "/Users", `{`+userSchemas+`,"userName":"`+name+`"}`)
				if detail := refused["detail"].(string); !strings.HasPrefix(detail, "userName: the value ") || !strings.Contains(detail, why) || strings.Contains(detail, "RFC") {
					t.Errorf("%s: %s, want %s", name, detail, why)
				}
			}
			id := s.user(t, "plain")
			s.refuse(t, 400, "invalidValue", "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"a\u0000b"}`)
			s.refuse(t, 400, "invalidValue", "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"userName","value":"a\u0007b"}`))
		})
		t.Run("INT-05 SEC-22 passwords", func(t *testing.T) {
			id := s.user(t, "password", `"password":"P\u00e4ss W\u00f6rd"`)
			version := s.version(t, "/Users/"+id)
			for _, same := range []string{`Pa\u0308ss Wo\u0308rd`, `P\u00e4ss\u00a0W\u00f6rd`, `P\u00e4ss\u3000W\u00f6rd`} {
				s.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"password","password":"`+same+`"}`)
				if s.version(t, "/Users/"+id) != version {
					t.Errorf("%s is another password", same)
				}
			}
			s.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"password","password":"p\u00e4ss w\u00f6rd"}`)
			if s.version(t, "/Users/"+id) == version {
				t.Error("the case of a password does not count")
			}
			got := s.want(t, 400, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"password","value":"hush\u0007hush"}`))
			report(t, map[string]any{"scimType": "invalidValue", "detail": "$re:^[^h]*password[^h]*", "status": "400"}, got)
			strict := s.profile(t, "strict")
			strict.refuse(t, 400, "invalidValue", "POST", "/Users", `{`+userSchemas+`,"userName":"strict","password":""}`)
			strict.refuse(t, 400, "invalidValue", "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"password","password":""}`)
			strict.refuse(t, 400, "invalidValue", "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"password","value":""}`))
			strict.refuse(t, 400, "invalidValue", "PATCH", "/Users/"+id, patchOp(`{"op":"add","value":{"password":""}}`))
			key := store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(s.user(t, "empty", `"password":""`))}
			if hash, err := s.Store.PasswordHash(t.Context(), key); err == nil {
				t.Errorf("an empty password was hashed: %s", hash)
			}
		})
		t.Run("INT-06 case without locale", func(t *testing.T) {
			for value, others := range map[string][]string{"ÇAĞLA Éva": {"çağla éva"}, "Straße": {"STRASSE", "strasse"}, "ΣΊΣΥΦΟΣ": {"σίσυφος", "σίσυφοσ"}, "ПРИВЕТ": {"привет"}} {
				id := s.user(t, uuid.NewString(), `"nickName":"`+value+`"`)
				for _, other := range others {
					if found(`id eq "`+id+`" and nickName eq "`+other+`"`) != 1 {
						t.Errorf("%q does not find %q", other, value)
					}
				}
			}
			id := s.user(t, "turkish", `"nickName":"TITLE I"`)
			for other, want := range map[string]float64{"title i": 1, "t\u0131tle \u0131": 0, "T\u0130TLE \u0130": 0} {
				if got := found(`id eq "` + id + `" and nickName eq "` + other + `"`); got != want {
					t.Errorf("%q finds %v, want %v", other, got, want)
				}
			}
		})
		t.Run("INT-07 HTT-03 escapes and characters are one", func(t *testing.T) {
			id := s.user(t, "escapes", `"displayName":"\u00c9va \ud83d\ude00"`)
			report(t, map[string]any{"displayName": "Éva 😀"}, s.want(t, 200, "GET", "/Users/"+id, ""))
			for _, filter := range []string{`displayName eq "Éva 😀"`, `displayName eq "\u00c9va \ud83d\ude00"`, `displayName eq "\u00C9va 😀"`} {
				if found(filter) != 1 {
					t.Errorf("%s finds %v", filter, found(filter))
				}
				text, err := json.Marshal(filter)
				if err != nil {
					t.Fatal(err)
				}
				body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":` + string(text) + `}`
				report(t, map[string]any{"totalResults": 1.0}, s.want(t, 200, "POST", "/Users/.search", body))
			}
		})
		t.Run("INT-08 beyond the first plane", func(t *testing.T) {
			report(t, map[string]any{"title": "😀𐐷"}, s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"plane","title":"\ud83d\ude00𐐷"}`))
			for _, lone := range []string{`\ud800`, `\udc00`, `\ud800x`, `\udc00\ud800`} {
				s.refuse(t, 400, "invalidSyntax", "POST", "/Users", `{`+userSchemas+`,"userName":"lone","title":"`+lone+`"}`)
				s.refuse(t, 400, "invalidFilter", "GET", "/Users?"+filterQuery(`title eq "`+lone+`"`), "")
			}
		})
	})
}
