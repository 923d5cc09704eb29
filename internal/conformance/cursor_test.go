package conformance

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/testdb"
	"rollcall/internal/trial"
	"rollcall/store"
)

// unreserved is what RFC 9865 section 2 lets a cursor consist of.
var unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// cursorPage reads one page by cursor and checks its form.
func (s *server) cursorPage(t *testing.T, path, query, cursor string) map[string]any {
	t.Helper()
	page := s.want(t, 200, "GET", path+"?cursor="+cursor+"&"+query, "")
	if resources := page["Resources"].([]any); page["itemsPerPage"] != float64(len(resources)) {
		t.Errorf("itemsPerPage is %v with %d resources", page["itemsPerPage"], len(resources))
	}
	report(t, map[string]any{"schemas": "$len:1", "totalResults": "$number", "startIndex": "$absent"}, page)
	for _, name := range []string{"nextCursor", "previousCursor"} {
		if text, given := page[name].(string); given && !unreserved.MatchString(text) {
			t.Errorf("%s is %q", name, text)
		}
	}
	return page
}

// cursorWalk follows nextCursor to the end and returns the pages.
func (s *server) cursorWalk(t *testing.T, path, query string) []map[string]any {
	t.Helper()
	var pages []map[string]any
	for cursor := ""; ; {
		page := s.cursorPage(t, path, query, cursor)
		pages = append(pages, page)
		next, more := page["nextCursor"].(string)
		if !more {
			return pages
		}
		if cursor = next; len(pages) > 1000 {
			t.Fatal("the walk does not end")
		}
	}
}

func resourceIDs(pages ...map[string]any) []string {
	list := []string{}
	for _, page := range pages {
		for _, resource := range page["Resources"].([]any) {
			list = append(list, resource.(map[string]any)["id"].(string))
		}
	}
	return list
}

func TestCursors(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		for n := range 23 {
			more := []string{fmt.Sprintf(`"nickName":"n%d"`, n%2), fmt.Sprintf(`"displayName":"d%d"`, n%5)}
			if n%4 == 0 {
				more = []string{`"title":"t"`}
			}
			s.user(t, fmt.Sprintf("cursor%02d", 22-n), more...)
		}
		s.group(t, "cursors")
		orders := []string{"", "sortBy=userName", "sortBy=displayName", "sortBy=title", "sortBy=nickName", "sortBy=externalId", "sortBy=meta.created", "sortBy=meta.lastModified", "sortBy=id"}
		filters := []string{"", filterQuery(`userName sw "cursor"`), filterQuery(`nickName eq "n1"`), filterQuery(`not (displayName eq "d1")`), filterQuery(`userName eq "cursor03"`), filterQuery(`userName eq "nobody"`)}
		t.Run("CUR-01,02,05,11,12 PAG-09,10 SRT-10 a walk finds each match once, in order", func(t *testing.T) {
			for _, order := range orders {
				for _, filter := range filters {
					for _, direction := range []string{"", "sortOrder=descending"} {
						query := order + "&" + direction + "&" + filter + "&attributes=userName"
						whole := s.want(t, 200, "GET", "/Users?count=1000&"+query, "")
						pages := s.cursorWalk(t, "/Users", query+"&count=4")
						if got, want := resourceIDs(pages...), resourceIDs(whole); !slices.Equal(got, want) {
							t.Errorf("%s: %d found, %d wanted, or another order", query, len(got), len(want))
						}
						for n, page := range pages {
							if page["totalResults"] != whole["totalResults"] {
								t.Errorf("%s: totalResults %v, want %v", query, page["totalResults"], whole["totalResults"])
							}
							if short := len(page["Resources"].([]any)) < 4; short && n < len(pages)-1 {
								t.Errorf("%s: page %d is not full", query, n)
							}
						}
					}
				}
			}
			report(t, map[string]any{"nextCursor": "$string", "startIndex": "$absent"}, any(s.want(t, 200, "GET", "/Users?count=1&cursor", "")))
			report(t, map[string]any{"nextCursor": "$string", "itemsPerPage": 2.0}, any(s.want(t, 200, "GET", "/Users?CURSOR=&count=2", "")))
		})
		t.Run("CUR-03,04 previousCursor leads back", func(t *testing.T) {
			for _, order := range orders {
				query := order + "&count=4&" + filters[1]
				pages := s.cursorWalk(t, "/Users", query)
				if _, given := pages[0]["previousCursor"]; given {
					t.Errorf("%s: a previousCursor on the first page", order)
				}
				for n := len(pages) - 1; n > 0; n-- {
					back := s.cursorPage(t, "/Users", query, pages[n]["previousCursor"].(string))
					if !slices.Equal(resourceIDs(back), resourceIDs(pages[n-1])) {
						t.Errorf("%s: before page %d comes another page", order, n)
					}
					if _, given := back["previousCursor"]; given != (n > 1) {
						t.Errorf("%s: page %d reached from behind: previousCursor %v", order, n-1, given)
					}
					on := s.cursorPage(t, "/Users", query, back["nextCursor"].(string))
					if !slices.Equal(resourceIDs(on), resourceIDs(pages[n])) {
						t.Errorf("%s: back and on again is another page", order)
					}
				}
			}
		})
		t.Run("CUR-07,10,18 ERR-14 AMB-07 PAG-03 count", func(t *testing.T) {
			for _, count := range []string{"0", "-1", "-99999999999"} {
				report(t, map[string]any{"totalResults": 23.0, "itemsPerPage": 0.0, "Resources": "$empty", "nextCursor": "$absent", "previousCursor": "$absent"},
					any(s.cursorPage(t, "/Users", "count="+count, "")))
			}
			report(t, map[string]any{"itemsPerPage": 23.0, "nextCursor": "$absent"}, any(s.cursorPage(t, "/Users", "", "")))
			report(t, map[string]any{"itemsPerPage": 23.0}, any(s.cursorPage(t, "/Users", "count=99999999999", "")))
			next := s.cursorPage(t, "/Users", "count=2", "")["nextCursor"].(string)
			for _, count := range []string{"", "count=3", "count=0", "count=-1", "count=1000", "count=99999999999", "count=x", "count=", "count=2.0"} {
				s.refuse(t, 400, "invalidCount", "GET", "/Users?cursor="+next+"&"+count, "")
			}
			s.refuse(t, 400, "invalidCount", "GET", "/Users?cursor&count=many", "")
			s.refuse(t, 400, "invalidValue", "GET", "/Users?count=many", "")
			s.cursorPage(t, "/Users", "count=2", next)
		})
		t.Run("CUR-14,15,26 the method", func(t *testing.T) {
			report(t, map[string]any{"startIndex": 1.0, "nextCursor": "$absent"}, any(s.want(t, 200, "GET", "/Users?count=2", "")))
			report(t, map[string]any{"startIndex": 3.0, "nextCursor": "$absent"}, any(s.want(t, 200, "GET", "/Users?count=2&startIndex=3", "")))
			for _, query := range []string{"cursor&startIndex=1", "startIndex=0&cursor=", "startIndex=2&cursor=x"} {
				s.refuse(t, 400, "invalidValue", "GET", "/Users?"+query, "")
			}
		})
		t.Run("CUR-13,16,17 configuration", func(t *testing.T) {
			_, _, document := s.send(t, "GET", "/ServiceProviderConfig", nil, nil)
			report(t, map[string]any{"pagination": map[string]any{
				"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 100.0, "maxPageSize": 1000.0, "cursorTimeout": 3600.0,
			}}, document)
		})
		t.Run("CUR-27 a cursor repeats its page", func(t *testing.T) {
			first := s.cursorPage(t, "/Users", "count=5&sortBy=userName", "")
			page := s.cursorPage(t, "/Users", "count=5&sortBy=userName", first["nextCursor"].(string))
			again := s.cursorPage(t, "/Users", "count=5&sortBy=userName", first["nextCursor"].(string))
			if !slices.Equal(resourceIDs(page), resourceIDs(again)) {
				t.Error("the second time it is another page")
			}
			third := s.cursorPage(t, "/Users", "count=5&sortBy=userName", page["nextCursor"].(string))
			if !slices.Equal(resourceIDs(third), resourceIDs(s.cursorPage(t, "/Users", "count=5&sortBy=userName", again["nextCursor"].(string)))) {
				t.Error("the second time another page follows")
			}
		})
		t.Run("CUR-06 all parameters repeat", func(t *testing.T) {
			const query = "count=3&sortBy=userName&filter=userName+pr&attributes=userName,id"
			next := s.cursorPage(t, "/Users", query, "")["nextCursor"].(string)
			s.cursorPage(t, "/Users", query, next)
			for _, other := range []string{
				"count=3", "count=3&sortBy=userName&filter=userName+pr", "count=3&sortBy=displayName&filter=userName+pr&attributes=userName,id",
				query + "&sortOrder=descending", "count=3&sortBy=userName&filter=id+pr&attributes=userName,id", "count=3&sortBy=userName&filter=userName+pr&attributes=userName",
				"count=3&sortBy=userName&filter=userName+pr&excludedAttributes=userName,id", query + "&membersCount=1",
			} {
				s.refuse(t, 400, "invalidCursor", "GET", "/Users?cursor="+next+"&"+other, "")
			}
			for _, path := range []string{"/Groups", ""} {
				plain := s.cursorPage(t, "/Users", "count=1", "")["nextCursor"].(string)
				s.refuse(t, 400, "invalidCursor", "GET", path+"?count=1&cursor="+plain, "")
			}
		})
		t.Run("CUR-20 SEA-01,03,04,06,07 in the body of a search", func(t *testing.T) {
			search := func(status int, path, members string) map[string]any {
				return s.want(t, status, "POST", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],`+members+`}`)
			}
			for _, path := range []string{"/Users", ""} {
				const members = `"filter":"id pr","sortBy":"id","count":4,"attributes":["id"]`
				var pages []map[string]any
				for cursor := ""; ; {
					page := search(200, path+"/.search", members+`,"cursor":"`+cursor+`"`)
					report(t, map[string]any{"startIndex": "$absent", "totalResults": "$number"}, any(page))
					pages = append(pages, page)
					next, more := page["nextCursor"].(string)
					if !more {
						break
					}
					cursor = next
				}
				whole := s.want(t, 200, "GET", path+"?count=100&sortBy=id&filter=id+pr", "")
				if !slices.Equal(resourceIDs(pages...), resourceIDs(whole)) {
					t.Errorf("%s/.search walks over something else", path)
				}
			}
			report(t, map[string]any{"startIndex": 1.0}, any(search(200, "/Users/.search", `"cursor":null,"count":1`)))
			for members, scimType := range map[string]string{
				`"cursor":5`: "invalidSyntax", `"cursor":"x"`: "invalidCursor", `"cursor":"","startIndex":1`: "invalidValue",
				`"cursor":"","count":"5"`: "invalidCount", `"cursor":"","count":{}`: "invalidCount", `"count":"5"`: "invalidValue",
			} {
				report(t, map[string]any{"scimType": scimType}, any(search(400, "/Users/.search", members)))
			}
		})
		t.Run("CUR-01 SRT-08 over all types", func(t *testing.T) {
			whole := s.want(t, 200, "GET", "?count=1000&sortBy=displayName", "")
			if got := resourceIDs(s.cursorWalk(t, "", "sortBy=displayName&count=5")...); !slices.Equal(got, resourceIDs(whole)) {
				t.Errorf("%d found, %d wanted, or another order", len(got), len(resourceIDs(whole)))
			}
		})
	})
}

// TestForeignCursors: what is wrong with a cursor has one answer, whatever it
// is (CUR-08, 21..24).
func TestForeignCursors(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		for n := range 4 {
			s.user(t, fmt.Sprintf("mine%d", n))
		}
		next := s.cursorPage(t, "/Users", "count=1", "")["nextCursor"].(string)
		raw, err := base64.RawURLEncoding.DecodeString(next)
		if err != nil {
			t.Fatal(err)
		}
		want := s.refuse(t, 400, "invalidCursor", "GET", "/Users?count=1&cursor=x", "")
		same := func(s *server, what, cursor string) {
			t.Helper()
			if got := s.refuse(t, 400, "invalidCursor", "GET", "/Users?count=1&cursor="+url.QueryEscape(cursor), ""); got["detail"] != want["detail"] {
				t.Errorf("%s has an answer of its own: %v", what, got["detail"])
			}
		}
		t.Run("CUR-08,24 ERR-14 forged and damaged", func(t *testing.T) {
			for n := range raw {
				flipped := slices.Clone(raw)
				flipped[n] ^= 1 << (n % 8)
				same(s, "a flipped bit", base64.RawURLEncoding.EncodeToString(flipped))
				same(s, "a cut cursor", base64.RawURLEncoding.EncodeToString(raw[:max(n, 1)]))
			}
			for _, cursor := range []string{
				next + "A", next + "=", next + "\n", "\r\n" + next, " " + next, next + next, strings.ToLower(next), next[1:], "AAAA", "%", "\x00", "é", "null", "0",
				strings.Repeat("A", 4096), strings.Repeat("A", 20000), uuid.NewString(),
				"+" + next[1:], "/" + next[1:], // the other alphabet of base64
			} {
				same(s, "rubbish", cursor)
			}
			if got := len(resourceIDs(s.cursorPage(t, "/Users", "count=1", next))); got != 1 {
				t.Errorf("the cursor itself finds %d", got)
			}
		})
		t.Run("CUR-21,23 of somebody else", func(t *testing.T) {
			other := s.another(t, "other", auth.ScopeSCIMRead, auth.ScopeSCIMWrite)
			for n := range 4 {
				other.user(t, fmt.Sprintf("theirs%d", n))
			}
			same(other, "another tenant's cursor", next)
			theirs := other.cursorPage(t, "/Users", "count=1", "")["nextCursor"].(string)
			same(s, "another tenant's cursor", theirs)
			connection := store.Connection{ID: uuid.New(), Tenant: tenantOf(t, s).ID, Name: "second", Kind: "generic"}
			if err := s.Store.CreateConnection(t.Context(), connection, store.Audit{}); err != nil {
				t.Fatal(err)
			}
			second := s.with(t, connection, time.Time{}, auth.ScopeSCIMRead)
			second.cursorPage(t, "/Users", "count=1", "")
			same(second, "another connection's cursor", next)
			t.Run("CUR-21 each page is authorised anew", func(t *testing.T) {
				writer := s.with(t, connection, time.Time{}, auth.ScopeSCIMWrite)
				cursor := second.cursorPage(t, "/Users", "count=1", "")["nextCursor"].(string)
				writer.want(t, 403, "GET", "/Users?count=1&cursor="+cursor, "")
				nobody := *s
				nobody.Token = "x"
				nobody.want(t, 401, "GET", "/Users?count=1&cursor="+cursor, "")
			})
		})
	})
}

// TestCursorsOfSeveralServers: the copies of a server on one database read each
// other's cursors, and no others (CUR-08).
func TestCursorsOfSeveralServers(t *testing.T) {
	t.Parallel()
	testdb.OnEach(t, func(t *testing.T, database func() string) {
		shared := database()
		a, b, foreign := serve(t, shared, ""), serve(t, shared, ""), serve(t, database(), "")
		for n := range 3 {
			a.user(t, fmt.Sprintf("shared%d", n))
		}
		next := a.cursorPage(t, "/Users", "count=2", "")["nextCursor"].(string)
		t.Run("CUR-08 one key", func(t *testing.T) {
			report(t, map[string]any{"itemsPerPage": 1.0, "nextCursor": "$absent"}, any(b.cursorPage(t, "/Users", "count=2", next)))
			foreign.refuse(t, 400, "invalidCursor", "GET", "/Users?count=2&cursor="+next, "")
		})
		t.Run("CUR-22 a cursor ends with the rights of who walks", func(t *testing.T) {
			connection := store.Connection{ID: uuid.New(), Tenant: tenantOf(t, a).ID, Name: "walker", Kind: "generic"}
			if err := a.Store.CreateConnection(t.Context(), connection, store.Audit{}); err != nil {
				t.Fatal(err)
			}
			walker := a.with(t, connection, time.Time{}, auth.ScopeSCIMRead)
			next := walker.cursorPage(t, "/Users", "count=1", "")["nextCursor"].(string)
			walker.cursorPage(t, "/Users", "count=1", next)
			if err := a.Store.RevokeToken(t.Context(), connection.Tenant, strings.Split(walker.Token, "_")[1], time.Now(), store.Audit{}); err != nil {
				t.Fatal(err)
			}
			walker.Base = b.Base // which has not seen the token, and so remembers nothing of it
			walker.want(t, 401, "GET", "/Users?count=1&cursor="+next, "")
			b.refuse(t, 400, "invalidCursor", "GET", "/Users?count=1&cursor="+next, "")
		})
	})
}

// TestCursorsExpire (CUR-09, 19) asks until the answer changes: a cursor may
// work longer than it must, and a slow machine makes it look older.
func TestCursorsExpire(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + filepath.Join(t.TempDir(), "rollcall.db")
	running, err := trial.Start(t.Context(), trial.Options{Database: database, CursorTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Stop() })
	s := &server{Base: running.SCIM, Token: trial.Token}
	for n := range 3 {
		s.user(t, fmt.Sprintf("expire%d", n))
	}
	t.Run("CUR-09,17,19 ERR-14", func(t *testing.T) {
		_, _, document := s.send(t, "GET", "/ServiceProviderConfig", nil, nil)
		report(t, map[string]any{"pagination": map[string]any{"cursorTimeout": 1.0}}, document)
		made := time.Now()
		next := s.cursorPage(t, "/Users", "count=1", "")["nextCursor"].(string)
		for {
			status, _, answer := s.do(t, "GET", "/Users?count=1&cursor="+next, "")
			age := time.Since(made)
			switch {
			case status == http.StatusOK && age < time.Minute:
				continue
			case status != http.StatusBadRequest || age < time.Second:
				t.Fatalf("after %v: %d %s", age, status, brief(answer))
			}
			report(t, map[string]any{"scimType": "expiredCursor", "detail": "$string"}, any(answer))
			return
		}
	})
}

// TestManyCursors: the server keeps nothing for a cursor, so that none pushes
// another out (CUR-25); their making is bounded by the rate of requests.
func TestManyCursors(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		s.user(t, "one")
		s.user(t, "two")
		t.Run("CUR-25 many live cursors", func(t *testing.T) {
			first := ""
			for range 300 {
				next := s.cursorPage(t, "/Users", "count=1", "")["nextCursor"].(string)
				if first == "" {
					first = next
				}
			}
			s.cursorPage(t, "/Users", "count=1", first)
		})
	})
}
