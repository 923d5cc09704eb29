package scim_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// variety makes users that differ in what the lifecycle extension says of them.
func (b *bed) variety() {
	b.Helper()
	ext := func(members string) string { return `"` + lifecycleURN + `":{` + members + `}` }
	b.create(b.idp, "plain")
	b.create(b.idp, "off", `"active":false`)
	b.create(b.hr, "dated", ext(`"validFrom":"2026-01-01T00:00:00Z","validUntil":"2090-01-01T00:00:00Z","tags":["z","a"]`))
	b.create(b.hr, "tagged", ext(`"tags":["B"],"purpose":"tests","linkedContact":{"value":"7","display":"Eve"}`))
	b.create(b.hr, "contact", ext(`"tags":["c"],"purpose":"Apes","linkedContact":{"value":"10","$ref":"https://x/10","display":"ann"}`))
	b.create(b.idp, "early", ext(`"validFrom":"2080-01-01T00:00:00Z"`))
	b.create(b.idp, "ended", ext(`"validUntil":"2026-05-07T00:00:00Z"`))
	robot, role, member := b.create(b.idp, "robot"), b.create(b.idp, "role", rolesJSON("reader")), b.create(b.idp, "member")
	b.act(robot, lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: "robot"})
	b.team("staff", member)
	b.clock.pass(100 * day)
	fresh, locked := b.create(b.idp, "fresh"), b.create(b.idp, "locked")
	b.create(b.idp, "failed")
	b.signIn(fresh)
	b.clock.pass(time.Hour)
	b.signIn(role)
	now := b.clock.now()
	b.act(locked, lifecycle.Lock{By: "ann", Reason: "odd", Until: now.Add(day)})
	b.fail("failed", 10)
	b.fail("plain", 2)
	for i, id := range []string{b.create(b.admin, "leave"), b.create(b.admin, "longer")} {
		b.act(id, lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, By: "ann", Reason: "x", Since: now, Until: now.Add(time.Duration(3-i) * day)}})
	}
	if _, err := b.provider.Enter(b.Context(), b.admin, strings.NewReader(`{"schemas":["`+schema.UserURN+`"],"userName":"invited",`+mail("invited")+`}`), lifecycle.Invite{}); err != nil {
		b.Fatal(err)
	}
}

func (b *bed) signIn(id string) {
	b.Helper()
	if _, err := b.provider.ReportSignIn(b.Context(), b.idp, scim.SignIn{User: id, Succeeded: true}); err != nil {
		b.Fatal(err)
	}
}

// sorted is a page of a search with what the answer says beside its resources.
type sorted struct {
	TotalResults int
	NextCursor   string
	Resources    []map[string]any
}

func (b *bed) search(search scim.Search) (page sorted) {
	b.Helper()
	list, err := b.provider.Query(b.Context(), b.idp, []*schema.ResourceType{b.user}, search)
	if err != nil {
		b.Fatalf("%s %s: %v", search.SortBy, search.SortOrder, err)
	}
	var text strings.Builder
	if err := list.WriteTo(b.Context(), &text); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text.String()), &page); err != nil {
		b.Fatal(err)
	}
	return page
}

// TestSortByEachOfTheLifecycle sorts by every attribute that the schema of the
// lifecycle extension names, in both directions, and walks each order by index
// and by cursor.
func TestSortByEachOfTheLifecycle(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		b.variety()
		leaves := 0
		for _, top := range b.user.Lifecycle.Sub {
			for _, a := range append([]*schema.Attribute{top}, top.Sub...) {
				if a.Type == schema.Complex {
					continue
				}
				leaves++
				b.sortsBy(a)
			}
		}
		if leaves < 21 {
			t.Errorf("the schema names %d attributes", leaves)
		}
	})
}

// sortsBy holds an order to the values that the resources show.
func (b *bed) sortsBy(a *schema.Attribute) {
	b.Helper()
	all := 100
	search := scim.Search{SortBy: a.Path(), Count: &all, View: scim.View{Attributes: []string{"userName", a.Path()}}}
	whole := b.search(search).Resources
	for i := 1; i < len(whole); i++ {
		left, right := shownValue(whole[i-1], a), shownValue(whole[i], a)
		if order := compareShown(left, right); order > 0 || order == 0 && whole[i-1]["id"].(string) > whole[i]["id"].(string) {
			b.Errorf("%s: %v of %v before %v of %v", a, left, whole[i-1]["userName"], right, whole[i]["userName"])
		}
	}
	if first, last := shownValue(whole[0], a), shownValue(whole[len(whole)-1], a); (compareShown(first, last) == 0) != (a.Name == "purgeAfter") {
		b.Errorf("%s: nothing to sort, all are %v", a, first)
	}
	for _, order := range []string{"ascending", "descending"} {
		search.SortOrder = order
		want := ids(whole)
		if order == "descending" {
			slices.Reverse(want)
		}
		if got := b.byIndex(search); !slices.Equal(got, want) {
			b.Errorf("%s %s by index: %v, want %v", a, order, got, want)
		}
		if got := b.byCursor(search); !slices.Equal(got, want) {
			b.Errorf("%s %s by cursor: %v, want %v", a, order, got, want)
		}
	}
}

func (b *bed) byIndex(search scim.Search) (list []string) {
	b.Helper()
	three := 3
	search.Count = &three
	for search.StartIndex = 1; ; search.StartIndex += three {
		page := b.search(search)
		list = append(list, ids(page.Resources)...)
		if len(page.Resources) < three {
			return list
		}
	}
}

func (b *bed) byCursor(search scim.Search) (list []string) {
	b.Helper()
	four, cursor := 4, ""
	search.Count, search.Cursor = &four, &cursor
	for {
		page := b.search(search)
		list = append(list, ids(page.Resources)...)
		if cursor = page.NextCursor; cursor == "" {
			return list
		}
	}
}

func ids(resources []map[string]any) []string {
	list := make([]string, len(resources))
	for i, resource := range resources {
		list[i] = resource["id"].(string)
	}
	return list
}

// shownValue is what a resource shows of an attribute, of several values the
// first; nil for nothing.
func shownValue(resource map[string]any, a *schema.Attribute) any {
	extension, _ := resource[lifecycleURN].(map[string]any)
	value := extension[a.Name]
	if a.Parent != nil && a.Parent.Type == schema.Complex && !a.Parent.Extension {
		complex, _ := extension[a.Parent.Name].(map[string]any)
		value = complex[a.Name]
	}
	if list, ok := value.([]any); ok {
		value = list[0]
	}
	if text, ok := value.(string); ok {
		return a.Fold(text)
	}
	return value
}

// compareShown: what has no value comes last, false before true.
func compareShown(left, right any) int {
	if left == nil || right == nil {
		return cmp.Compare(fmt.Sprint(left == nil), fmt.Sprint(right == nil))
	}
	if number, ok := left.(float64); ok {
		return cmp.Compare(number, right.(float64))
	}
	return cmp.Compare(fmt.Sprint(left), fmt.Sprint(right))
}
