package conformance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestFilters runs the grammar and the operators of RFC 7644 section 3.4.2.2
// against a few people.
func TestFilters(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		boss := s.user(t, "ada@x.example", `"externalId":"E-1","title":"Chief","active":true,"name":{"familyName":"Lovelace"},"emails":[{"value":"ada@work.example","type":"work","primary":true},{"value":"ada@home.example","type":"home"}]`)
		s.user(t, "bob@x.example", `"title":"100%_\\\"x'","active":false,"nickName":"Zed","emails":[{"value":"bob@work.example","type":"home"}],"`+enterprise+`":{"department":"IT","manager":{"value":"`+boss+`"}}`)
		s.user(t, "ÇAĞLA@x.example", `"displayName":"Éva 😀","nickName":"abc"`)
		group := s.group(t, "Team", boss)
		outer := s.group(t, "Outer", group)
		created := s.want(t, 200, "GET", "/Users/"+boss, "")["meta"].(map[string]any)["created"].(string)
		for _, tc := range []struct {
			filter string
			want   []string // local parts of the user names
		}{
			{`userName eq "ADA@X.example"`, []string{"ada"}},
			{`USERNAME EQ "ada@x.example"`, []string{"ada"}},
			{`userName ne "ada@x.example"`, []string{"bob", "ÇAĞLA"}},
			{`userName sw "a"`, []string{"ada"}},
			{`userName co "X.EXAM"`, []string{"ada", "bob", "ÇAĞLA"}},
			{`userName ew ".example"`, []string{"ada", "bob", "ÇAĞLA"}},
			{`userName eq "çağla@x.example"`, []string{"ÇAĞLA"}},
			{`userName gt "b"`, []string{"bob", "ÇAĞLA"}},
			{`userName pr`, []string{"ada", "bob", "ÇAĞLA"}},
			{`externalId eq "E-1"`, []string{"ada"}},
			{`externalId eq "e-1"`, nil},
			{`externalId pr`, []string{"ada"}},
			{`not (externalId pr)`, []string{"bob", "ÇAĞLA"}},
			{`externalId eq null`, []string{"bob", "ÇAĞLA"}},
			{`externalId ne null`, []string{"ada"}},
			{`id eq "` + boss + `"`, []string{"ada"}},
			{`id ne "` + boss + `"`, []string{"bob", "ÇAĞLA"}},
			{`id eq "nobody"`, nil},
			{`title eq "chief"`, []string{"ada"}},
			{`title ne "chief"`, []string{"bob", "ÇAĞLA"}},
			{`not(title eq "chief")`, []string{"bob", "ÇAĞLA"}},
			{`title co "%_"`, []string{"bob"}},
			{`title co "\\\""`, []string{"bob"}},
			{`title ew "'"`, []string{"bob"}},
			{`title eq "' OR 1=1 --"`, nil},
			{`displayName eq "e\u0301VA \ud83d\ude00"`, []string{"ÇAĞLA"}},
			{`displayName co "😀"`, []string{"ÇAĞLA"}},
			{`active eq true`, []string{"ada", "ÇAĞLA"}},
			{`active eq "False"`, []string{"bob"}},
			{`active ne true`, []string{"bob"}},
			{`nickName gt "abc" and nickName le "zed"`, []string{"bob"}},
			{`name.familyName eq "LOVELACE"`, []string{"ada"}},
			{`name pr`, []string{"ada"}},
			{`emails pr`, []string{"ada", "bob"}},
			{`emails co "work.example"`, []string{"ada", "bob"}},
			{`emails.type eq "work" and emails.value co "home"`, []string{"ada"}},
			{`emails[type eq "work" and value co "home"]`, nil},
			{`emails[type eq "work" and value eq "ADA@work.example"]`, []string{"ada"}},
			{`emails[type eq "work"].value eq "ada@work.example"`, []string{"ada"}},
			{`emails[not (type eq "work") or primary eq true]`, []string{"ada", "bob"}},
			{`emails[primary eq false]`, []string{"ada", "bob"}},
			{`emails.primary eq false`, []string{"ada", "bob"}},
			{`emails ne "ada@work.example"`, []string{"ada", "bob", "ÇAĞLA"}},
			{`not (emails eq "ada@work.example")`, []string{"bob", "ÇAĞLA"}},
			{enterprise + `:department eq "it"`, []string{"bob"}},
			{enterprise + `:manager.value eq "` + boss + `"`, []string{"bob"}},
			{strings.ToUpper(enterprise) + `:department pr`, []string{"bob"}},
			{`schemas eq "` + enterprise + `"`, []string{"bob"}},
			{`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "B"`, []string{"bob"}},
			{`meta.created eq "` + created + `"`, []string{"ada"}},
			{`meta.created ge "2020-01-01T00:00:00+02:00"`, []string{"ada", "bob", "ÇAĞLA"}},
			{`meta.lastModified lt "2020-01-01T00:00:00Z"`, nil},
			{`meta.resourceType eq "User"`, []string{"ada", "bob", "ÇAĞLA"}},
			{`meta.resourceType eq "Group"`, nil},
			{`userName sw "a" or userName sw "b" and title pr`, []string{"ada", "bob"}},
			{`(userName sw "a" or userName sw "ç") and not (title pr)`, []string{"ÇAĞLA"}},
			{`groups.value eq "` + group + `"`, []string{"ada"}},
			{`groups.value eq "` + outer + `"`, []string{"ada"}},
			{`groups[value eq "` + outer + `" and type eq "direct"]`, nil},
			{`groups[value eq "` + group + `" and type eq "direct"]`, []string{"ada"}},
			{`groups pr`, []string{"ada"}},
			{`photos pr`, nil},
			{`x509Certificates pr`, nil},
		} {
			t.Run(tc.filter, func(t *testing.T) {
				list := s.want(t, 200, "GET", "/Users?"+filterQuery(tc.filter), "")
				var got []string
				for _, r := range list["Resources"].([]any) {
					local, _, _ := strings.Cut(r.(map[string]any)["userName"].(string), "@")
					got = append(got, local)
				}
				slices.Sort(got)
				if !slices.Equal(got, tc.want) || list["totalResults"] != float64(len(tc.want)) {
					t.Errorf("got %v of %v, want %v", got, list["totalResults"], tc.want)
				}
			})
		}
		for _, filter := range []string{
			`members.value eq "` + boss + `"`, `members[value eq "` + boss + `"]`, `members eq "` + boss + `"`,
			`members[value eq "` + boss + `" and type eq "User"]`, `members[type eq "user"]`, `members.$ref ew "` + boss + `"`,
		} {
			list := s.want(t, 200, "GET", "/Groups?"+filterQuery(filter), "")
			if list["totalResults"] != 1.0 {
				t.Errorf("%s: %s", filter, brief(list))
			}
		}
		for _, filter := range []string{
			`active gt true`, `active co "t"`, `active eq "yes"`, `userName eq 5`, `userName eq bob`, `userName eq 'bob'`, `name eq "x"`,
			`nope eq "x"`, `userName regex "x"`, `userName eq "a" garbage`, `(userName eq "a"`, `emails[type eq "a"`, `emails[x[y eq 1]]`,
			`meta.created co "2020"`, `meta.created eq "yesterday"`, `meta.version eq "x"`, `x509Certificates.value gt "a"`, `groups.$ref gt "x"`,
			`groups[nope eq "x"]`, `userName eq "\ud800"`,
		} {
			if got := s.want(t, 400, "GET", "/Users?"+filterQuery(filter), ""); got["scimType"] != "invalidFilter" {
				t.Errorf("%s: %s", filter, brief(got))
			}
		}
	})
}

// TestRootQuery covers QRY-05, QRY-06 and SEA.
func TestRootQuery(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		user := s.user(t, "root", `"displayName":"same"`)
		group := s.group(t, "same", user)
		total := func(path, body string) float64 {
			method := "GET"
			if body != "" {
				method = "POST"
			}
			return s.want(t, 200, method, path, body)["totalResults"].(float64)
		}
		search := func(members string) string {
			return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],` + members + `}`
		}
		for filter, want := range map[string]float64{
			`displayName eq "SAME"`: 2, `userName pr`: 1, `userName eq "root"`: 1, `members pr`: 1, `meta.resourceType eq "Group"`: 1,
			`not (userName pr)`: 1, `id eq "` + group + `"`: 1, `members.value eq "` + user + `" or userName eq "root"`: 2,
		} {
			if got := total("?"+filterQuery(filter), ""); got != want {
				t.Errorf("GET %s: %v, want %v", filter, got, want)
			}
			escaped := strings.ReplaceAll(filter, `"`, `\"`)
			if got := total("/.search", search(`"filter":"`+escaped+`"`)); got != want {
				t.Errorf("POST %s: %v, want %v", filter, got, want)
			}
		}
		list := s.want(t, 200, "POST", "/.search", search(`"sortBy":"displayName","attributes":["displayName"],"count":1,"startIndex":2`))
		report(t, map[string]any{"totalResults": 2.0, "startIndex": 2.0, "itemsPerPage": 1.0, "Resources": []any{map[string]any{"displayName": "same", "meta": "$absent"}}}, list)
		s.want(t, 400, "GET", "?"+filterQuery(`nothing eq "x"`), "")
		s.want(t, 400, "POST", "/Users/.search", search(`"filter":""`))
	})
}

// TestSortAndPages covers SRT and PAG.
func TestSortAndPages(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		for i, more := range []string{
			`"title":"b","displayName":"Zoe","emails":[{"value":"z@x","primary":true},{"value":"a@x"}]`,
			`"title":"B","displayName":"adam","emails":[{"value":"m@x"},{"value":"0@x"}]`,
			`"displayName":"Émile"`,
			`"title":"a"`,
			`"title":"C","displayName":"bert"`,
		} {
			s.user(t, fmt.Sprintf("sort%d", i), more)
		}
		names := func(query string) string {
			var out []string
			for _, r := range s.want(t, 200, "GET", "/Users?"+query, "")["Resources"].([]any) {
				out = append(out, strings.TrimPrefix(r.(map[string]any)["userName"].(string), "sort"))
			}
			return strings.Join(out, "")
		}
		for query, want := range map[string]string{
			"sortBy=userName":                          "01234",
			"sortBy=userName&sortOrder=descending":     "43210",
			"sortBy=displayName":                       "14023",
			"sortBy=displayName&sortOrder=descending":  "32041",
			"sortBy=title":                             "30142",
			"sortBy=emails":                            "10234",
			"sortBy=emails.value&sortOrder=Descending": "43201",
			"sortBy=meta.created":                      "01234",
			"sortBy=" + url.QueryEscape("urn:ietf:params:scim:schemas:core:2.0:User:userName") + "&startIndex=2&count=2": "12",
			"sortBy=userName&" + filterQuery("title pr") + "&startIndex=3":                                               "34",
			"count=0":                              "",
			"count=-1":                             "",
			"startIndex=6":                         "",
			"sortBy=userName&startIndex=0&count=2": "01",
		} {
			if got := names(query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		for _, query := range []string{"sortBy=name", "sortBy=groups", "sortBy=nope", "sortBy=active", "sortBy=meta.version"} {
			s.want(t, 400, "GET", "/Users?"+query, "")
		}
		seen := ""
		for start := 1; start <= 5; start += 2 {
			page := s.want(t, 200, "GET", fmt.Sprintf("/Users?sortBy=userType&startIndex=%d&count=2", start), "")
			for _, r := range page["Resources"].([]any) {
				seen += strings.TrimPrefix(r.(map[string]any)["userName"].(string), "sort")
			}
		}
		if order := []byte(seen); len(order) != 5 {
			t.Errorf("pages %s", seen)
		} else if slices.Sort(order); string(order) != "01234" {
			t.Errorf("pages hold %s", seen)
		}
	})
}
