package conformance

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/console"
	"rollcall/internal/operator"
	"rollcall/store"
)

// manyTokens stores tokens of a connection, in the order of their creation, and
// returns their prefixes: each third is revoked, each fifth expired.
func (s *server) manyTokens(t *testing.T, connection string, user uuid.UUID, n int) (prefixes []string) {
	t.Helper()
	tenant := tenantOf(t, s)
	owner, err := s.Store.Connection(t.Context(), tenant.ID, connection)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Truncate(time.Microsecond)
	for i := range n {
		token := store.Token{
			Prefix: fmt.Sprintf("%s%s%04d", connection[:2], user.String()[:4], i), Tenant: tenant.ID, Connection: owner.ID, Hash: []byte{1}, Scopes: []string{"scim:read"}, Subject: user,
			Created: at.Add(time.Duration(i/2) * time.Millisecond),
		}
		if i%3 == 0 {
			token.Revoked = at
		}
		if i%5 == 0 {
			token.Expires = at.Add(-time.Hour)
		}
		if err := s.Store.CreateToken(t.Context(), token, store.Audit{At: at, ActorKind: "system", ActorID: "test", Action: "token.create"}); err != nil {
			t.Fatal(err)
		}
		prefixes = append(prefixes, token.Prefix)
	}
	return prefixes
}

// TestTokensInPages: the admin API lists tokens in pages, of a connection or of
// all, each of them once.
func TestTokensInPages(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		o.ask(t, 201, "POST", "/connections", `{"name":"acme"}`)
		want := s.manyTokens(t, "acme", uuid.Nil, 23)
		walk := func(query string) (found []string) {
			for cursor := ""; ; {
				page := o.ask(t, 200, "GET", "/tokens?count=5"+query+cursor, "")
				for _, one := range page["tokens"].([]any) {
					if row := one.(map[string]any); row["connection"] == "acme" {
						found = append(found, row["prefix"].(string))
					}
				}
				next, more := page["next"].(string)
				if !more {
					return found
				}
				if rows := len(page["tokens"].([]any)); rows != 5 {
					t.Errorf("%d tokens on a page that goes on", rows)
				}
				cursor = "&cursor=" + url.QueryEscape(next)
			}
		}
		for _, query := range []string{"&connection=acme", ""} {
			if found := walk(query); !slices.Equal(found, want) {
				t.Errorf("%q: %v, want %v", query, found, want)
			}
		}
		report(t, map[string]any{"tokens": "$len:23", "next": "$absent"}, o.ask(t, 200, "GET", "/tokens?connection=acme", ""))
		for _, query := range []string{"cursor=none", "count=0", "cursor=AAAA"} {
			o.ask(t, 400, "GET", "/tokens?"+query, "")
		}
	})
}

// TestConsoleListsTokensInPages: the tokens of a connection are walked newest first,
// the list of connections says how many work, and a user shows its own alone.
func TestConsoleListsTokensInPages(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		at := b.made(t, "/connections", url.Values{"name": {"acme"}, "kind": {"generic"}})
		want := s.manyTokens(t, "acme", uuid.Nil, 120)
		slices.Reverse(want)
		var found []string
		for path := at; path != ""; {
			response, body := b.open(t, path)
			shows(t, response, body, 200, "newest first")
			for _, row := range strings.Split(body, `<th scope="row"><code>rc_`)[1:] {
				prefix, _, _ := strings.Cut(row, "_")
				found = append(found, prefix)
			}
			next := after(body, `<nav aria-label="Pages" class="pages"><a href="`, `"`)
			if path = ""; next != "" {
				path = at + next
			}
		}
		if !slices.Equal(found, want) {
			t.Errorf("found %d: %v", len(found), found)
		}
		// Those that are neither a third nor a fifth: 8 of 15.
		if row := after(must(b.open(t, "/connections")), ">acme</a>", "</tr>"); !strings.Contains(row, "<td>64</td>") {
			t.Errorf("working tokens: %s", row)
		}
		oldest := want[len(want)-2] // the last one is revoked
		response, body := b.open(t, at+"/"+oldest+"/revoke")
		shows(t, response, body, 200, "rc_"+oldest)
		b.done(t, at+"/"+oldest+"/revoke", nil, "The token was revoked.")
		if row := after(must(b.open(t, "/connections")), ">acme</a>", "</tr>"); !strings.Contains(row, "<td>63</td>") {
			t.Errorf("working tokens after one was revoked: %s", row)
		}
		response, body = b.open(t, at+"?before=none")
		shows(t, response, body, 404)

		user := s.user(t, "eve")
		own := s.manyTokens(t, "acme", uuid.MustParse(user), 101)
		response, body = b.open(t, "/users/"+user+"/sign-ins")
		shows(t, response, body, 200, own[100], own[1], "The newest 100", console.Root+"/connections/")
		if strings.Contains(body, own[0]) || strings.Contains(body, want[0]) {
			t.Error("the page of a user shows an older token than the newest 100, or one of somebody else")
		}
	})
}

// TestConsoleCountsWorkingTokens: the number is not counted out.
func TestConsoleCountsWorkingTokens(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Auditor, func(t *testing.T, s *server, o *office, b *browser) {
		o.ask(t, 201, "POST", "/connections", `{"name":"portal"}`)
		s.manyTokens(t, "portal", uuid.New(), 1900)
		if row := after(html.UnescapeString(must(b.open(t, "/connections"))), ">portal</a>", "</tr>"); !strings.Contains(row, "<td>1,000+</td>") {
			t.Errorf("working tokens: %s", row)
		}
	})
}
