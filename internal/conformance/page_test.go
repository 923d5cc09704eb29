package conformance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestSortRules covers SRT on every data type.
func TestSortRules(t *testing.T) {
	t.Parallel()
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		s.gauge(t, "a", `"size":10,"weight":0.5,"seen":"2024-01-01T00:00:00Z","flag":true,"code":"b"`)
		s.gauge(t, "b", `"size":9,"weight":-1.5,"seen":"2024-01-01T01:00:00+02:00","flag":false,"code":"B"`)
		s.gauge(t, "C", `"size":-1,"weight":100,"seen":"2023-12-31T23:30:00Z","code":"é"`)
		s.gauge(t, "É")
		s.user(t, "u1", `"emails":[{"value":"m@x"},{"value":"a@x"}],"name":{"familyName":"b"},"roles":[{"value":"z"}]`)
		s.user(t, "u2", `"emails":[{"value":"b@x"},{"value":"z@x","primary":true}],"name":{"familyName":"A"}`)
		s.user(t, "u3", `"emails":[{"value":"c@x"}]`)
		sorted := func(path, naming, query string) string {
			var out []string
			for _, r := range s.want(t, 200, "GET", path+"?"+query, "")["Resources"].([]any) {
				out = append(out, r.(map[string]any)[naming].(string))
			}
			return strings.Join(out, " ")
		}
		for name, orders := range map[string]map[string]string{
			"SRT-02 ascending unless it is said otherwise":  {"sortBy=label": "a b C É", "sortBy=label&sortOrder=ascending": "a b C É", "sortBy=label&sortOrder=descending": "É C b a"},
			"SRT-04 without a value last, descending first": {"sortBy=size": "C b a É", "sortBy=size&sortOrder=descending": "É a b C", "sortBy=code&sortOrder=descending&count=1": "É"},
			"SRT-07 numbers, instants and booleans":         {"sortBy=size&count=3": "C b a", "sortBy=weight&count=3": "b a C", "sortBy=seen&count=3": "b C a", "sortBy=flag&count=2": "b a"},
			"SRT-08 with case and without, by Unicode":      {"sortBy=code&count=3": "b a C", "sortBy=label": "a b C É"},
		} {
			t.Run(name, func(t *testing.T) {
				for query, want := range orders {
					if got := sorted("/Gauges", "label", query); got != want {
						t.Errorf("%s: %s, want %s", query, got, want)
					}
				}
			})
		}
		t.Run("SRT-05 the primary value, else the first", func(t *testing.T) {
			for query, want := range map[string]string{"sortBy=emails": "u3 u1 u2", "sortBy=emails.value&sortOrder=descending": "u2 u1 u3"} {
				if got := sorted("/Users", "userName", query); got != want {
					t.Errorf("%s: %s, want %s", query, got, want)
				}
			}
		})
		t.Run("SRT-03,06 orders and paths that are none", func(t *testing.T) {
			s.refuse(t, 400, "invalidValue", "GET", "/Users?sortBy=userName&sortOrder=up", "")
			for _, by := range []string{"name", "nope", "groups", "active", "password", "x509Certificates"} {
				s.refuse(t, 400, "invalidPath", "GET", "/Users?sortBy="+by, "")
			}
			if got := sorted("/Users", "userName", "sortBy=name.familyName"); got != "u2 u1 u3" {
				t.Error(got)
			}
		})
		t.Run("SRT-09 qualified names", func(t *testing.T) {
			by := url.QueryEscape("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName")
			if got := sorted("/Users", "userName", "sortBy="+by); got != "u2 u1 u3" {
				t.Error(got)
			}
		})
		t.Run("SRT-10 PAG-09 pages of equals do not overlap", func(t *testing.T) {
			var seen []string
			for start := 1; start <= 4; start++ {
				seen = append(seen, sorted("/Gauges", "label", fmt.Sprintf("sortBy=hint&startIndex=%d&count=1", start)))
			}
			slices.Sort(seen)
			if got := strings.Join(seen, " "); got != "C a b É" {
				t.Error(got)
			}
		})
	})
}

// TestPages covers PAG and the form of lists.
func TestPages(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		for i := range 5 {
			s.user(t, fmt.Sprint("page", i), fmt.Sprintf(`"title":"%d"`, i%2))
		}
		page := func(query string) map[string]any {
			got := s.want(t, 200, "GET", "/Users?sortBy=userName&"+query, "")
			report(t, map[string]any{"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "Resources": "$array", "totalResults": "$number"}, got)
			return got
		}
		t.Run("QRY-01..04 lists", func(t *testing.T) {
			report(t, map[string]any{"totalResults": 5.0, "startIndex": 2.0, "itemsPerPage": 2.0, "Resources": "$len:2"}, page("startIndex=2&count=2"))
			report(t, map[string]any{"totalResults": 5.0, "Resources": "$len:5"}, page(""))
			report(t, map[string]any{"totalResults": 0.0, "Resources": "$len:0"}, page(filterQuery(`userName eq "nobody"`)))
		})
		t.Run("PAG-01,06 where a page starts", func(t *testing.T) {
			for _, query := range []string{"count=1", "startIndex=1&count=1", "startIndex=0&count=1", "startIndex=-7&count=1"} {
				report(t, map[string]any{"startIndex": 1.0, "itemsPerPage": 1.0, "Resources": []any{map[string]any{"userName": "page0"}}}, page(query))
			}
			report(t, map[string]any{"startIndex": 5.0, "itemsPerPage": 1.0, "Resources": []any{map[string]any{"userName": "page4"}}}, page("startIndex=5&count=9"))
		})
		t.Run("PAG-02,03 how long a page is", func(t *testing.T) {
			for query, want := range map[string]string{"count=3": "$len:3", "count=0": "$len:0", "count=-3": "$len:0", "count=100": "$len:5"} {
				report(t, map[string]any{"totalResults": 5.0, "Resources": want}, page(query))
			}
		})
		t.Run("PAG-07 beyond the end", func(t *testing.T) {
			report(t, map[string]any{"totalResults": 5.0, "itemsPerPage": 0.0, "Resources": "$len:0"}, page("startIndex=6"))
		})
		t.Run("PAG-08 no numbers", func(t *testing.T) {
			for _, query := range []string{"count=many", "count=1.5", "startIndex=x", "startIndex="} {
				s.refuse(t, 400, "invalidValue", "GET", "/Users?"+query, "")
			}
			s.refuse(t, 400, "invalidValue", "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"count":"x"}`)
		})
		t.Run("PAG-10 with filter, order and projection", func(t *testing.T) {
			got := page("sortOrder=descending&startIndex=2&count=1&attributes=userName&" + filterQuery(`title eq "0"`))
			report(t, map[string]any{"totalResults": 3.0, "startIndex": 2.0, "Resources": []any{map[string]any{"userName": "page2", "title": "$absent"}}}, got)
		})
	})
}

// TestLargeResults asks for more than a page holds, and for more than the
// server is willing to sort.
func TestLargeResults(t *testing.T) {
	t.Parallel()
	const size, batch = store.ProbeCap + 1, 1000
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		tenant, now := tenantOf(t, s).ID, time.Now().UTC().Truncate(time.Microsecond)
		for start := 0; start < size; start += batch {
			var changes []store.Change
			for n := start; n < min(start+batch, size); n++ {
				id, name := uuid.Must(uuid.NewV7()), fmt.Sprintf("g%05d", n)
				changes = append(changes, &store.Create{
					Record: store.Record{
						Key: store.Key{Tenant: tenant, Type: "Gauge", ID: id}, Name: name, Label: name, Version: 1, Created: now, Modified: now,
						Document: []byte(`{"schemas":["urn:example:Gauge"],"id":"` + id.String() + `","label":"` + name + `","code":"` + name + `"}`),
						Index:    []byte(`{"code":"` + name + `"}`),
					},
					Trail: store.Trail{Audit: store.Audit{At: now, ActorKind: "test", ActorID: "test", Action: "gauge.create"}},
				})
			}
			if _, err := s.Store.Commit(t.Context(), changes); err != nil {
				t.Fatal(err)
			}
		}
		t.Run("QRY-07 ERR-05 too many to sort", func(t *testing.T) {
			s.refuse(t, 400, "tooMany", "GET", "/Gauges?sortBy=code", "")
			s.refuse(t, 400, "tooMany", "GET", "/Gauges?sortBy=code&"+filterQuery(`code sw "g"`), "")
			report(t, map[string]any{"totalResults": 1000.0}, s.want(t, 200, "GET", "/Gauges?sortBy=code&count=1&"+filterQuery(`code sw "g01"`), ""))
		})
		t.Run("QRY-08 PAG-04,05 a page has an end", func(t *testing.T) {
			for query, want := range map[string]int{"": 100, "count=5000": 1000, "count=1000": 1000} {
				list := s.want(t, 200, "GET", "/Gauges?"+query, "")
				if n := len(list["Resources"].([]any)); n != want || list["itemsPerPage"] != float64(want) || list["totalResults"] != float64(size) {
					t.Errorf("%q: %d of %v, want %d", query, n, list["totalResults"], want)
				}
			}
		})
	})
}
