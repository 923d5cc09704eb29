package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestPageAndBulkLimits: the flags hold, and discovery publishes them.
func TestPageAndBulkLimits(t *testing.T) {
	t.Parallel()
	flags := defaults(t, "--max-bulk=2", "--max-page=4", "--default-page=3")
	s, _ := newTestServer(t, func(c *Config) { c.LimitConfig = flags.LimitConfig })
	bulk := func(operations int, name string) int {
		operation := `{"method":"POST","path":"/Users","bulkId":"x","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x"}}`
		list := make([]string, operations)
		for i := range list {
			list[i] = strings.ReplaceAll(operation, `"x"`, `"`+name+string(rune('a'+i))+`"`)
		}
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + strings.Join(list, ",") + `]}`
		return s.ask(t, "POST", "/scim/v2/Bulk", testToken, body, "Content-Type", "application/scim+json").Code
	}
	for _, name := range []string{"a", "b", "c"} {
		if got := bulk(2, name); got != http.StatusOK {
			t.Fatalf("2 operations: %d", got)
		}
	}
	if got := bulk(3, "d"); got != http.StatusRequestEntityTooLarge {
		t.Errorf("3 operations: %d", got)
	}
	for query, want := range map[string]int{"": 3, "?count=2": 2, "?count=9": 4} {
		var page struct {
			Total int               `json:"totalResults"`
			List  []json.RawMessage `json:"Resources"`
		}
		s.read(t, "/scim/v2/Users"+query, &page)
		if page.Total != 6 || len(page.List) != want {
			t.Errorf("%q: %d of %d, want %d of 6", query, len(page.List), page.Total, want)
		}
	}
	if got, want := s.published(t), (published{bulk: 2, page: 3, largest: 4}); got != want {
		t.Errorf("published %+v, want %+v", got, want)
	}
}

// TestDefaultPageFitsTheLargest: a smaller --max-page alone is enough to have
// smaller pages.
func TestDefaultPageFitsTheLargest(t *testing.T) {
	t.Parallel()
	flags := defaults(t, "--max-page=50")
	s, _ := newTestServer(t, func(c *Config) { c.LimitConfig = flags.LimitConfig })
	if got, want := s.published(t), (published{bulk: 1000, page: 50, largest: 50}); got != want {
		t.Errorf("published %+v, want %+v", got, want)
	}
}

func TestLimitsAreMoreThanNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"max-bulk", "max-page", "default-page"} {
		for _, value := range []string{"0", "-1"} {
			parser, err := kong.New(new(Config))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse([]string{"--" + name + "=" + value}); err == nil || !strings.Contains(err.Error(), name+" must be more than 0") {
				t.Errorf("%s %s: %v", name, value, err)
			}
		}
	}
}

// published are the limits that discovery tells.
type published struct{ bulk, page, largest int }

func (s *server) published(t *testing.T) published {
	t.Helper()
	var config struct {
		Bulk       struct{ MaxOperations int }
		Pagination struct{ DefaultPageSize, MaxPageSize int }
	}
	s.read(t, "/scim/v2/ServiceProviderConfig", &config)
	return published{config.Bulk.MaxOperations, config.Pagination.DefaultPageSize, config.Pagination.MaxPageSize}
}

// read gets a document.
func (s *server) read(t *testing.T, target string, into any) {
	t.Helper()
	r := s.ask(t, "GET", target, testToken, "")
	if err := json.Unmarshal(r.Body.Bytes(), into); err != nil || r.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", target, r.Code, r.Body)
	}
}
