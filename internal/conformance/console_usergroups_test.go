package conformance

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// forward walks the pages of a list from one on, by the link that says what it
// leads to, and gathers what a pattern finds in each.
func (b *browser) forward(t *testing.T, at, query, label string, pattern *regexp.Regexp) (pages int, found []string) {
	t.Helper()
	link := regexp.MustCompile(`<a href="([^"]*)" rel="next">` + label + `</a>`)
	for range 20 {
		response, body := b.open(t, at+query)
		if shows(t, response, body, 200); len(body) > 60_000 {
			t.Errorf("%s%s: %d bytes", at, query, len(body))
		}
		pages++
		for _, match := range pattern.FindAllStringSubmatch(body, -1) {
			found = append(found, match[1])
		}
		next := link.FindStringSubmatch(body)
		if next == nil {
			return pages, found
		}
		query = html.UnescapeString(next[1])
	}
	t.Errorf("%s%s has no last page", at, query)
	return pages, found
}

// TestConsolePagesGroupsOfUsers: however many groups and roles a user has, a page
// costs the same, and all of them can be reached.
func TestConsolePagesGroupsOfUsers(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, _ *office, b *browser) {
		const groups, roles = 120, 1000
		var given, wanted, joined []string
		for i := range roles {
			wanted = append(wanted, fmt.Sprintf("role%04d", i))
			given = append(given, `{"value":"`+wanted[i]+`"}`)
		}
		id := s.user(t, "eve", `"roles":[`+strings.Join(given, ",")+`]`)
		for i := range groups {
			joined = append(joined, s.group(t, fmt.Sprintf("group %d", i), id))
		}
		at := "/users/" + id
		group, role := regexp.MustCompile(`/groups/([0-9a-f-]{36})"`), regexp.MustCompile(`<th scope="row">(role\d+)</th>`)
		pages, found := b.forward(t, at+"/groups", "", "More groups", group)
		slices.Sort(found)
		slices.Sort(joined)
		if pages != 3 || !slices.Equal(found, joined) {
			t.Errorf("%d pages of %d groups", pages, len(found))
		}
		if pages, found = b.forward(t, at+"/groups", "", "More roles", role); pages != 20 || !slices.Equal(found, wanted) {
			t.Errorf("%d pages of %d roles", pages, len(found))
		}
		// Each list goes on by itself.
		response, body := b.open(t, at+"/groups?role=role0049&group="+url.QueryEscape(joined[99]))
		shows(t, response, body, 200, "role0050", joined[100], "Back to the first groups", "Back to the first roles")
		if strings.Contains(body, "role0049<") || strings.Contains(body, "/groups/"+joined[99]) || strings.Contains(body, "More groups") {
			t.Error("a page begins or ends elsewhere")
		}
		for _, bad := range []string{"?group=x", "?role=nobody", "?group=" + url.QueryEscape(script) + "&role=" + url.QueryEscape(script)} {
			response, body := b.open(t, at+"/groups"+bad)
			shows(t, response, body, 200, joined[0], "role0000")
			harmless(t, bad, body)
		}
		for _, path := range []string{at, "/users?columns=userName,role,groups"} {
			response, body := b.open(t, path)
			if shows(t, response, body, 200, "role0000", "more"); strings.Contains(body, "role0099") || len(body) > 60_000 {
				t.Errorf("%s shows all roles in %d bytes", path, len(body))
			}
		}
	})
}

// TestConsoleFindsGroupsByName: a text is the name of a group or its id; where it is
// the name of one and the id of another it is neither, and a button means the group
// that it stands beside.
func TestConsoleFindsGroupsByName(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, _ *office, b *browser) {
		const name = "0f5f1d3c-3f6b-4c55-9d0a-6a1f0f8b7e11"
		id := s.user(t, "eve")
		at := "/users/" + id
		odd, engineers := s.group(t, name), s.group(t, "Engineers")
		b.done(t, at+"/groups/add", url.Values{"group": {name}}, "The user was changed.")
		s.wantMembers(t, odd, id)
		b.done(t, at+"/groups/remove", url.Values{"group": {odd}}, "The user was changed.")
		s.wantMembers(t, odd)

		twin := s.group(t, engineers)
		response, body := b.submit(t, at+"/groups/add", url.Values{"group": {engineers}})
		shows(t, response, body, 422, "is the id of one group and the name of another")
		form := url.Values{"action": {"add-to-group"}, "whom": {"ticked"}, "id": {id}, "reason": {"r"}, "toGroup": {engineers}}
		response, body = b.submit(t, "/batches/preview", form)
		shows(t, response, body, 422, "is the id of one group and the name of another")
		for text, group := range map[string]string{"engineers": engineers, twin: twin} {
			form.Set("toGroup", text)
			response, body := b.submit(t, "/batches/preview", form)
			shows(t, response, body, 200, "Nothing is done yet", `name="groupId" value="`+group+`"`)
			sent := url.Values{"users": {"1"}, "form": shownAs(body, "form"), "groupId": {group}}
			for name, values := range form {
				sent[name] = values
			}
			response, _ = b.submit(t, "/batches", sent)
			b.over(t, response.Header.Get("Location"))
			s.wantMembers(t, group, id)
		}
		b.done(t, at+"/groups/remove", url.Values{"group": {engineers}}, "The user was changed.")
		s.wantMembers(t, engineers)
		s.wantMembers(t, twin, id)
		for _, group := range []string{"no-group", id} {
			response, body := b.submit(t, "/batches/preview", url.Values{"action": {"add-to-group"}, "whom": {"ticked"}, "id": {id}, "reason": {"r"}, "groupId": {group}})
			shows(t, response, body, 422)
		}
	})
}
