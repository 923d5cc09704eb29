package scim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// mortal is a store behind a process that is killed after some commits.
type mortal struct {
	store.Store
	commits int
}

func (s *mortal) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	if s.commits--; s.commits < 0 {
		return nil, errKilled
	}
	return s.Store.Commit(ctx, changes)
}

// TestInvitedAtOnce: an invited account is there with its link and its letter, or
// not at all.
func TestInvitedAtOnce(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		box, process := &letterbox{}, &mortal{Store: opened}
		b := newBed(t, process, box.set)
		enter := func(name string, entry lifecycle.Command, more string) (*scim.Transition, error) {
			body := `{"schemas":["` + schema.UserURN + `","` + lifecycleURN + `"],"userName":"` + name + `"` + more + `}`
			return b.provider.Enter(t.Context(), b.admin, strings.NewReader(body), entry)
		}
		jobs := func() int {
			t.Helper()
			list, err := opened.Jobs(t.Context(), store.JobQuery{Tenant: b.admin.Tenant, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if done, err := enter("ada", lifecycle.Invite{}, ","+mail("ada")); !errors.Is(err, errKilled) {
			t.Fatalf("killed before the first commit: %+v, %v", done, err)
		}
		if found := b.found("", ""); len(found) != 0 || jobs() != 0 {
			t.Errorf("%v is left, and %d letters", found, jobs())
		}
		box.take()
		process.commits = 1
		done, err := enter("ada", lifecycle.Invite{}, ","+mail("ada"))
		if err != nil {
			t.Fatalf("killed behind the first commit: %v", err)
		}
		if done.From != lifecycle.StatusNone || done.To != lifecycle.StatusPending || !done.Changed || len(done.Letters) != 0 {
			t.Errorf("it is answered %+v", done)
		}
		want := []lifecycle.EventKind{lifecycle.EventCreate, lifecycle.EventStatusChange}
		if diff := cmp.Diff(want, done.Events); diff != "" {
			t.Errorf("events of the answer (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"prov:create", "prov:deactivate", "status:change"}, b.events(done.ID)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"user.create", "user.invite"}, b.audits(done.ID)); diff != "" {
			t.Errorf("the trail (-want +got):\n%s", diff)
		}
		b.is(done.ID, lifecycle.StatusPending)
		if record, err := opened.Get(t.Context(), b.key(done.ID), 0); err != nil || record.Version != done.Version {
			t.Errorf("version %d is answered of %+v, %v", done.Version, record, err)
		}
		letters := box.take()
		if len(letters) != 1 || letters[0].Kind != scim.LetterInvite || letters[0].To != "ada@example.com" || !b.stands(letters[0]) || jobs() != 1 {
			t.Errorf("%d letters are kept: %+v", jobs(), letters)
		}
		// What is refused leaves nothing, whatever it is refused for.
		process.commits = 10
		for why, more := range map[lifecycle.Why]string{
			lifecycle.WhyNoEmail: ``, lifecycle.WhyAPIOnly: `,` + mail("robot") + `,"` + lifecycleURN + `":{"apiOnly":true,"purpose":"sync"}`,
		} {
			var refused *lifecycle.Refusal
			if _, err := enter("robot", lifecycle.Invite{}, more); !errors.As(err, &refused) || refused.Why != why {
				t.Errorf("want %s: %v", why, err)
			}
		}
		if found := b.found("", ""); !slices.Equal(found, []string{"ada"}) || jobs() != 1 {
			t.Errorf("%v are left, and %d letters", found, jobs())
		}
		if _, err := enter("ada", lifecycle.Invite{}, ","+mail("ada")); err == nil || jobs() != 1 {
			t.Errorf("the same name: %v, and %d letters", err, jobs())
		}
		for _, entry := range []lifecycle.Command{lifecycle.Enroll{}, lifecycle.Create{}, lifecycle.Submit{}} {
			done, err := enter(string(entry.Trigger()), entry, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]lifecycle.EventKind{lifecycle.EventCreate}, done.Events); diff != "" {
				t.Errorf("%s (-want +got):\n%s", entry.Trigger(), diff)
			}
		}
	})
}

// TestEnteredWithGroups: a new user is a member of its groups with the commit that
// makes it, or is not there; a group that is deleted meanwhile takes nobody in.
func TestEnteredWithGroups(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		process := &mortal{Store: opened, commits: 100}
		b := newBed(t, process)
		group := func(name string) uuid.UUID {
			id, _ := store.ParseID(b.team(name))
			return id
		}
		one, two := group("one"), group("two")
		body := func(name string) *strings.Reader {
			return strings.NewReader(`{"schemas":["` + schema.UserURN + `"],"userName":"` + name + `",` + mail(name) + `}`)
		}
		for i, entry := range []lifecycle.Command{lifecycle.Enroll{}, lifecycle.Invite{}} {
			name := fmt.Sprint("ada", i)
			process.commits = 0
			if done, err := b.provider.Enter(t.Context(), b.admin, body(name), entry, one, two); !errors.Is(err, errKilled) {
				t.Fatalf("killed before the commit: %+v, %v", done, err)
			}
			process.commits = 1
			done, err := b.provider.Enter(t.Context(), b.admin, body(name), entry, two, one, two)
			if err != nil {
				t.Fatal(err)
			}
			process.commits = 100
			found, err := b.provider.Explain(t.Context(), b.admin, done.ID)
			if err != nil || len(found.Groups) != 2 {
				t.Errorf("it is in %+v, %v", found.Groups, err)
			}
		}
		nowhere := uuid.MustParse("2819c223-7f76-453a-919d-413861904646")
		if done, err := b.provider.Enter(t.Context(), b.admin, body("eve"), lifecycle.Enroll{}, one, nowhere); err == nil {
			t.Errorf("a group that there is not: %+v", done)
		}
		if found := b.found(`userName eq "eve"`, ""); len(found) != 0 {
			t.Errorf("%v is left", found)
		}
	})
}
