package conformance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestFilterRules runs the rules of RFC 7644 section 3.4.2.2 one by one.
func TestFilterRules(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		boss := s.user(t, "ann", `"externalId":"E1","title":"Chief \"A\" \\ / ' OR 1=1 --","displayName":"Zoë 😀","profileUrl":"https://x.example/A","name":{"familyName":"Moe"},"emails":[{"value":"ann@work.example","type":"work","primary":true},{"value":"ann@home.example","type":"home"}]`)
		s.user(t, "bob", `"title":"b","active":false,"password":"Secret-1x","emails":[{"value":"bob@work.example","type":"home"}],"`+enterprise+`":{"department":"IT","manager":{"value":"`+boss+`"}}`)
		s.user(t, "cid", `"nickName":"c"`)
		created := s.want(t, 200, "GET", "/Users/"+boss, "")["meta"].(map[string]any)["created"].(string)
		const all = "ann bob cid"
		for _, rule := range []struct {
			name  string
			finds [][2]string
		}{
			{"QRY-09 names and operators ignore case", [][2]string{{`USERNAME Eq "ann"`, "ann"}, {`userName SW "a" OR TITLE PR`, "ann bob"}, {`NOT (userName eq "ann")`, "bob cid"}}},
			{"QRY-14 literals follow JSON", [][2]string{{`title co "\"A\" \\ \/"`, "ann"}, {`displayName ew "\ud83d\ude00"`, "ann"}, {`displayName sw "Zo\u00eb"`, "ann"}, {`title co "\n"`, ""}}},
			{"QRY-15 precedence", [][2]string{{`userName eq "cid" or userName eq "bob" and title pr`, "bob cid"}, {`(userName eq "cid" or userName eq "bob") and title pr`, "bob"}, {`not (title pr) and userName pr or userName eq "ann"`, "ann cid"}}},
			{"QRY-16 not with and without a blank", [][2]string{{`not (title pr)`, "cid"}, {`not(title pr)`, "cid"}, {`not(not (title pr))`, "ann bob"}}},
			{"QRY-17 qualified paths", [][2]string{{`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "B"`, "bob"}, {`urn:ietf:params:scim:schemas:core:2.0:user:NAME.familyName eq "moe"`, "ann"}}},
			{"QRY-18,32 one element or several", [][2]string{{`emails[type eq "work" and value co "@home"]`, ""}, {`emails[type eq "home" and value co "@home"]`, "ann"}, {`emails.type eq "work" and emails.value co "@home"`, "ann"}}},
			{"QRY-19 logic in brackets", [][2]string{{`emails[(type eq "work" or type eq "home") and not (value co "home")]`, "ann bob"}, {`emails[not (type eq "home")]`, "ann"}}},
			{"QRY-20 a sub-attribute after the brackets", [][2]string{{`emails[type eq "home"].value eq "ann@home.example"`, "ann"}}},
			{"QRY-21 eq and ne", [][2]string{{`nickName eq "C"`, "cid"}, {`userName ne "ann"`, "bob cid"}}},
			{"QRY-22 co, sw and ew", [][2]string{{`nickName co "c" and nickName sw "c" and nickName ew "c"`, "cid"}, {`userName co "n"`, "ann"}, {`userName sw "n"`, ""}, {`userName ew "n"`, "ann"}}},
			{"QRY-23 pr", [][2]string{{`title pr`, "ann bob"}, {`name pr`, "ann"}, {`name.givenName pr`, ""}, {`emails pr`, "ann bob"}, {enterprise + `:manager pr`, "bob"}}},
			{"QRY-24 order of strings and times", [][2]string{{`userName gt "ann" and userName le "bob"`, "bob"}, {`userName ge "BOB"`, "bob cid"}, {`userName lt "b"`, "ann"}, {`meta.created ge "` + created + `"`, all}, {`meta.created lt "` + created + `"`, ""}}},
			{"QRY-29 null", [][2]string{{`title eq null`, "cid"}, {`title ne null`, "ann bob"}}},
			{"QRY-30 ne of what is unassigned", [][2]string{{`nickName ne "c"`, "ann bob"}, {`nickName ne "x"`, all}}},
			{"QRY-31,33,35 any of several values", [][2]string{{`emails co "home.example"`, "ann"}, {`emails.value eq "ann@work.example"`, "ann"}, {`emails ne "ann@work.example"`, all}, {`not (emails eq "ann@work.example")`, "bob cid"}}},
			{"QRY-34 a complex value with a value", [][2]string{{enterprise + `:manager eq "` + boss + `"`, "bob"}}},
			{"QRY-36 case", [][2]string{{`userName eq "ANN"`, "ann"}, {`externalId eq "e1"`, ""}, {`externalId eq "E1"`, "ann"}, {`id eq "` + strings.ToUpper(boss) + `"`, ""}, {`profileUrl eq "https://x.example/a"`, ""}, {`profileUrl eq "https://x.example/A"`, "ann"}}},
			{"QRY-37 common attributes", [][2]string{{`id eq "` + boss + `"`, "ann"}, {`externalId pr`, "ann"}, {`meta.created pr`, all}, {`meta.lastModified gt "2020-01-01T00:00:00Z"`, all}, {`meta.resourceType eq "User"`, all}, {`schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"`, all}}},
			{"QRY-38,39 extensions", [][2]string{{`schemas eq "` + enterprise + `"`, "bob"}, {enterprise + `:department eq "it"`, "bob"}, {enterprise + `:manager.value eq "` + boss + `"`, "bob"}}},
			{"QRY-41 CRE-08 defaults are found as they are shown", [][2]string{{`active eq true`, "ann cid"}, {`active eq false`, "bob"}}},
			{"QRY-49 SEC-27 values are data", [][2]string{{`title co "' OR 1=1 --"`, "ann"}, {`userName eq "' OR '1'='1"`, ""}, {`userName co "%"`, ""}, {`userName eq "a_n"`, ""}, {`title eq "\"}]}'; DROP TABLE resource; --"`, ""}}},
		} {
			t.Run(rule.name, func(t *testing.T) {
				for _, find := range rule.finds {
					list := s.want(t, 200, "GET", "/Users?attributes=userName&"+filterQuery(find[0]), "")
					var got []string
					for _, r := range list["Resources"].([]any) {
						got = append(got, r.(map[string]any)["userName"].(string))
					}
					slices.Sort(got)
					if strings.Join(got, " ") != find[1] || list["totalResults"] != float64(len(got)) {
						t.Errorf("%s finds %v of %v, want %s", find[0], got, list["totalResults"], find[1])
					}
				}
			})
		}
		for name, filters := range map[string][]string{
			"QRY-10 unknown operators":                 {`userName regex "x"`, `userName = "x"`, `userName eqq "x"`},
			"QRY-11 no expression":                     {``, `   `},
			"QRY-12 ERR-04 broken grammar":             {`userName eq "a" garbage`, `userName eq`, `eq "a"`, `(userName eq "a"`, `userName eq "a")`, `emails[type eq "a"`, `userName eq "a" and`, `not userName eq "a"`},
			"QRY-13 literals without quotes":           {`userName eq bob`, `userName eq 'bob'`},
			"QRY-19 brackets in brackets":              {`emails[value[type eq "a"]]`},
			"QRY-25 order of booleans and binaries":    {`active gt false`, `emails[primary le true]`, `x509Certificates.value gt "AA"`},
			"QRY-27 parts of what is no string":        {`active co "t"`, `emails.primary sw "t"`, `meta.created ew "Z"`, `x509Certificates.value co "A"`},
			"QRY-28 literals of another type":          {`active eq "yes"`, `active eq 1`, `userName eq 5`, `userName eq true`, `meta.created eq "yesterday"`, `meta.created eq 5`},
			"QRY-34 complex values":                    {`name eq "x"`, `name co "x"`},
			"QRY-36 what nothing can be compared with": {`meta.version eq "x"`, `x509Certificates.value eq "AA"`},
			"QRY-44 unknown attributes":                {`nope eq "x"`, `name.nope eq "x"`, `emails[nope eq "x"]`, `urn:x:y:z eq "x"`, `members.value eq "x"`},
		} {
			t.Run(name, func(t *testing.T) {
				for _, filter := range filters {
					s.refuse(t, 400, "invalidFilter", "GET", "/Users?"+filterQuery(filter), "")
					s.refuse(t, 400, "invalidFilter", "POST", "/Users/.search", searchBody(strings.ReplaceAll(filter, `"`, `\"`)))
				}
			})
		}
		t.Run("QRY-42 what is not shown is still compared", func(t *testing.T) {
			list := s.want(t, 200, "GET", "/Users?attributes=id&"+filterQuery(`nickName eq "c"`), "")
			report(t, map[string]any{"totalResults": 1.0, "Resources": []any{map[string]any{"nickName": "$absent", "userName": "$absent"}}}, list)
		})
		t.Run("QRY-43,48 ERR-13 SEC-24 nobody finds out a password", func(t *testing.T) {
			for _, filter := range []string{`password eq "Secret-1x"`, `password pr`, `password sw "S"`, `not (password eq "x")`, `userName eq "bob" and password ne "x"`} {
				s.refuse(t, 403, "sensitive", "GET", "/Users?"+filterQuery(filter), "")
				s.refuse(t, 403, "sensitive", "GET", "?"+filterQuery(filter), "")
				s.refuse(t, 400, "invalidFilter", "POST", "/Users/.search", searchBody(strings.ReplaceAll(filter, `"`, `\"`)))
			}
		})
		t.Run("QRY-46 INT-10 blanks and reserved characters in a URI", func(t *testing.T) {
			for _, query := range []string{`userName%20eq%20%22ann%22`, `userName+eq+%22ann%22`, `%75serName+eq+"ann"`, `displayName+eq+%22Zo%C3%AB%20%F0%9F%98%80%22`, `displayName+eq+%22zo%C3%8B+%F0%9F%98%80%22`} {
				if list := s.want(t, 200, "GET", "/Users?filter="+query, ""); list["totalResults"] != 1.0 {
					t.Errorf("%s finds %v", query, list["totalResults"])
				}
			}
			s.user(t, "plus+sign&more")
			if n := s.total(t, "/Users", `userName eq "plus+sign&more"`); n != 1 {
				t.Errorf("found %v", n)
			}
			s.want(t, 400, "GET", "/Users?filter=displayName+eq+%22%FF%22", "")
		})
		t.Run("QRY-47 depth and length", func(t *testing.T) {
			for _, filter := range []string{
				strings.Repeat("(", 50_000) + `userName pr` + strings.Repeat(")", 50_000), strings.Repeat("not (", 1_000) + `userName pr` + strings.Repeat(")", 1_000),
				`userName eq \"` + strings.Repeat("x", 20_000) + `\"`, strings.Repeat(`userName pr or `, 5_000) + `userName pr`,
			} {
				s.refuse(t, 400, "invalidFilter", "POST", "/Users/.search", searchBody(filter))
			}
			s.refuse(t, 400, "invalidFilter", "GET", "/Users?filter="+strings.Repeat(url.QueryEscape("("), 5_000), "")
		})
	})
}

// TestFilterTypes compares numbers and instants.
func TestFilterTypes(t *testing.T) {
	t.Parallel()
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		s.gauge(t, "a", `"size":9,"weight":1.5,"seen":"2011-05-13T04:42:34Z","flag":true`)
		s.gauge(t, "b", `"size":10,"weight":-2,"seen":"2011-05-13T06:42:34.5+02:00","flag":false`)
		made := s.gauge(t, "c")["meta"].(map[string]any)["created"].(string)
		check := func(filters map[string]float64) {
			for filter, want := range filters {
				if got := s.total(t, "/Gauges", filter); got != want {
					t.Errorf("%s finds %v, want %v", filter, got, want)
				}
			}
		}
		t.Run("QRY-24 numbers", func(*testing.T) {
			check(map[string]float64{`size gt 9`: 1, `size ge 9`: 2, `size lt 10`: 1, `size le 1e1`: 2, `weight lt 0`: 1, `weight eq 1.50`: 1, `weight ne 1.5`: 2, `size eq 9.5`: 0})
		})
		t.Run("QRY-26 instants", func(*testing.T) {
			check(map[string]float64{
				`seen eq "2011-05-13T06:42:34+02:00"`: 1, `seen eq "2011-05-13T04:42:34.000Z"`: 1, `seen eq "2011-05-13T04:42:34.500000Z"`: 1,
				`seen gt "2011-05-13T04:42:34Z"`: 1, `seen le "2011-05-13T08:42:34.5+04:00"`: 2,
				`meta.created eq "` + strings.TrimSuffix(made, "Z") + `000+00:00"`: 1,
			})
		})
		t.Run("QRY-27,28 what does not go together", func(t *testing.T) {
			for _, filter := range []string{`size co 9`, `size sw "9"`, `weight ew 5`, `size eq "9"`, `flag eq 0`, `seen co "2011"`, `flag lt true`} {
				s.refuse(t, 400, "invalidFilter", "GET", "/Gauges?"+filterQuery(filter), "")
			}
		})
	})
}

// TestSeveralTypes covers queries of the root.
func TestSeveralTypes(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		user := s.user(t, "Same", `"displayName":"same"`)
		s.group(t, "same", user)
		t.Run("QRY-05,06 an attribute that a type lacks is unassigned there", func(t *testing.T) {
			for filter, want := range map[string]float64{
				`displayName eq "SAME"`: 2, `userName pr`: 1, `userName eq "same"`: 1, `members pr`: 1, `not (members pr)`: 1,
				`meta.resourceType eq "User"`: 1, `meta.resourceType eq "Group" or userName pr`: 2, `meta.resourceType eq "Nobody"`: 0,
			} {
				if got := s.total(t, "", filter); got != want {
					t.Errorf("%s finds %v, want %v", filter, got, want)
				}
			}
			s.refuse(t, 400, "invalidFilter", "GET", "?"+filterQuery(`nothing eq "x"`), "")
		})
		search := func(path, members string) map[string]any {
			return s.want(t, 200, "POST", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],`+members+`}`)
		}
		t.Run("SEA-01,03,04,06 POST finds what GET finds", func(t *testing.T) {
			for _, tc := range []struct{ path, members, query string }{
				{
					"", `"filter":"displayName eq \"same\"","sortBy":"displayName","sortOrder":"descending","startIndex":2,"count":1,"attributes":["displayName","meta"]`,
					filterQuery(`displayName eq "same"`) + "&sortBy=displayName&sortOrder=descending&startIndex=2&count=1&attributes=displayName,meta",
				},
				{
					"/Users", `"filter":"userName pr","sortBy":"userName","startIndex":1,"count":5,"excludedAttributes":["name"]`,
					filterQuery(`userName pr`) + "&sortBy=userName&startIndex=1&count=5&excludedAttributes=name",
				},
				{"/Groups", `"count":0`, "count=0"},
			} {
				got, want := search(tc.path+"/.search", tc.members), s.want(t, 200, "GET", tc.path+"?"+tc.query, "")
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s: POST %s, GET %s", tc.path, brief(got), brief(want))
				}
			}
			for _, r := range search("/.search", `"filter":"displayName eq \"same\""`)["Resources"].([]any) {
				kind := r.(map[string]any)["meta"].(map[string]any)["resourceType"].(string)
				report(t, map[string]any{"schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:" + kind}}, r)
			}
		})
		t.Run("SEA-02,05 ERR-08 wrong messages", func(t *testing.T) {
			s.refuse(t, 400, "invalidSyntax", "POST", "/Users/.search", `{"filter":"userName pr"}`)
			s.refuse(t, 400, "invalidSyntax", "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`)
			s.refuse(t, 400, "invalidSyntax", "POST", "/.search", strings.Replace(searchBody("x"), `"x"`, `7`, 1))
			s.refuse(t, 400, "invalidFilter", "POST", "/.search", searchBody("userName eq"))
			s.refuse(t, 400, "invalidFilter", "POST", "/Users/.search", searchBody(""))
		})
		t.Run("SEA-07,08 nothing is created, GET is refused", func(t *testing.T) {
			before := s.total(t, "", `id pr`)
			status, header, _ := s.do(t, "POST", "/Users/.search", searchBody("userName pr"))
			if status != 200 || header.Get("Location") != "" || s.total(t, "", `id pr`) != before {
				t.Errorf("status %d, headers %v", status, header)
			}
			for _, path := range []string{"/.search", "/Users/.search"} {
				if status, header, _ := s.do(t, "GET", path, ""); status != 405 || header.Get("Allow") != "POST" {
					t.Errorf("GET %s: %d, Allow %q", path, status, header.Get("Allow"))
				}
			}
		})
	})
}
