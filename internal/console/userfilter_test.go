package console

import (
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func understood(t *testing.T, query url.Values) userFilter {
	t.Helper()
	filter, err := readUserFilter(query, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return filter
}

// fullFilter narrows a list down by everything that there is.
func fullFilter(t *testing.T) userFilter {
	t.Helper()
	query := url.Values{
		"q": {"ada"}, "status": {"Active"}, "stale": {"on"}, "activity": {"never"}, "source": {"local"}, "role": {"engineer"},
		"group": {"01234567-89ab-7def-8123-456789abcdef"}, "tag": {"contractor"},
	}
	filter := understood(t, query)
	for name, value := range reflect.ValueOf(filter).Fields() {
		if name.IsExported() && value.IsZero() {
			t.Fatalf("%s is not set by %v: this test has to know each of them", name.Name, query)
		}
	}
	return filter
}

// sentAs is what a browser sends of hidden fields.
func sentAs(fields []parameter) url.Values {
	sent := url.Values{}
	for _, field := range fields {
		sent.Add(field.Name, field.Value)
	}
	return sent
}

// TestFilterIsKept: what a batch is about is never more than what the list shows.
func TestFilterIsKept(t *testing.T) {
	t.Parallel()
	filter := fullFilter(t)
	view := &usersView{Filter: filter, order: readUserOrder(nil), chosen: usualColumns()}
	got := understood(t, sentAs(hidden(sentAs(view.Kept()), selecting...)))
	if diff := cmp.Diff(filter, got, cmp.AllowUnexported(userFilter{})); diff != "" {
		t.Errorf("the form of a batch (-list +batch):\n%s", diff)
	}
	if got, want := got.scim(), filter.scim(); got != want {
		t.Errorf("a batch is about %s, the list shows %s", got, want)
	}
}

// TestFilterForm: what the form of the filter does not ask for it keeps, and
// nothing twice.
func TestFilterForm(t *testing.T) {
	t.Parallel()
	filter := fullFilter(t)
	view := &usersView{Filter: filter, order: readUserOrder(nil), chosen: usualColumns()}
	sent := sentAs(view.KeptByFilter())
	for _, name := range filterForm {
		if sent.Has(name) {
			t.Errorf("%s is kept and asked for", name)
		}
		sent[name] = filter.values()[name]
	}
	if diff := cmp.Diff(filter, understood(t, sent), cmp.AllowUnexported(userFilter{})); diff != "" {
		t.Errorf("the form of the filter (-before +after):\n%s", diff)
	}
}
