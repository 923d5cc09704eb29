package scim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// clock is a clock that a test sets.
type clock struct {
	mutex sync.Mutex
	at    time.Time
}

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) set(at time.Time) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = at
}

// walker walks over the users of one tenant by two servers on one database,
// whose clocks may differ.
type walker struct {
	t              *testing.T
	types          []*schema.ResourceType
	here, there    *scim.Provider
	clock, another *clock
	caller         *scim.Caller
}

func newWalker(t *testing.T) *walker {
	t.Helper()
	opened := testdb.OpenSQLite(t)
	tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "walk"}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	registry, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := registry.Type("User")
	begin := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	w := &walker{t: t, types: []*schema.ResourceType{user}, clock: &clock{at: begin}, another: &clock{at: begin}}
	options := scim.Options{Store: opened, Types: registry, Secrets: opened, Now: w.clock.now, CursorTimeout: 10 * time.Minute}
	w.here = scim.New(options)
	options.Now = w.another.now
	w.there = scim.New(options)
	w.caller = &scim.Caller{Tenant: tenant.ID, Base: "https://x", Kind: "connection", ID: "c", Leniency: &schema.Leniency{}}
	return w
}

func (w *walker) create(name, display string) string {
	w.t.Helper()
	body := fmt.Sprintf(`{"schemas":[%q],"userName":%q,"displayName":%q}`, schema.UserURN, name, display)
	created, err := w.here.Create(w.t.Context(), w.caller, w.types[0], strings.NewReader(body), scim.View{})
	if err != nil {
		w.t.Fatal(err)
	}
	return created.ID()
}

// rename changes the displayName through the other server.
func (w *walker) rename(id, display string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":%q}]}`, display)
	if _, err := w.there.Patch(w.t.Context(), w.caller, w.types[0], id, scim.Precondition{}, strings.NewReader(body), scim.View{}); err != nil {
		w.t.Fatal(err)
	}
}

// page is one page of two by displayName.
func (w *walker) page(cursor string) (names []string, next string) {
	w.t.Helper()
	names, next, err := w.try(cursor)
	if err != nil {
		w.t.Fatal(err)
	}
	return names, next
}

func (w *walker) try(cursor string) (names []string, next string, err error) {
	count := 2
	list, err := w.here.Query(w.t.Context(), w.caller, w.types, scim.Search{SortBy: "displayName", Count: &count, Cursor: &cursor})
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	if err := list.WriteTo(w.t.Context(), &out); err != nil {
		return nil, "", err
	}
	var page struct {
		Next      string `json:"nextCursor"`
		Resources []struct {
			UserName string `json:"userName"`
		}
	}
	if err := json.Unmarshal(out.Bytes(), &page); err != nil {
		return nil, "", err
	}
	for _, resource := range page.Resources {
		names = append(names, resource.UserName)
	}
	return names, page.Next, nil
}

// TestLateChangeIsCaughtUp: a server whose clock is behind, or whose commit took
// long, changes with a time before the walk began. Nobody is missed.
func TestLateChangeIsCaughtUp(t *testing.T) {
	t.Parallel()
	for _, behind := range []time.Duration{-time.Minute, 0, time.Minute} {
		w := newWalker(t)
		var ids []string
		for n := range 5 {
			ids = append(ids, w.create(fmt.Sprint("u", n), fmt.Sprint("d", n)))
		}
		w.clock.pass(time.Hour)
		w.another.pass(time.Hour + behind)
		seen, next := w.page("")
		w.rename(ids[4], "a") // from the end to before the beginning
		for pages := 0; next != "" && pages < 10; pages++ {
			var names []string
			names, next = w.page(next)
			seen = append(seen, names...)
		}
		if slices.Sort(seen); fmt.Sprint(seen) != "[u0 u1 u2 u3 u4]" {
			t.Errorf("clock off by %v: found %v", behind, seen)
		}
	}
}

// TestQuietWalkEndsExactly: what was written right before a walk is no change
// during it.
func TestQuietWalkEndsExactly(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	for n := range 7 {
		w.create(fmt.Sprint("u", n), fmt.Sprint("d", n))
	}
	var seen []string
	for cursor := ""; ; {
		names, next := w.page(cursor)
		if seen = append(seen, names...); next == "" {
			break
		}
		w.clock.pass(time.Minute)
		cursor = next
	}
	if len(seen) != 7 {
		t.Errorf("found %v", seen)
	}
}

// TestCursorTimeout: the time runs anew with each page.
func TestCursorTimeout(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	for n := range 7 {
		w.create(fmt.Sprint("u", n), fmt.Sprint("d", n))
	}
	_, next := w.page("")
	for range 2 {
		w.clock.pass(10 * time.Minute)
		_, next = w.page(next)
	}
	w.clock.pass(-time.Hour) // made by a server whose clock is ahead
	w.page(next)
	w.clock.pass(time.Hour + 10*time.Minute + time.Microsecond)
	_, _, err := w.try(next)
	var refused *fault.Error
	if !errors.As(err, &refused) || refused.Type != fault.ExpiredCursor || refused.Status != 400 {
		t.Errorf("error = %v", err)
	}
}
